"""`newsreel ads`. It imports late, as the other commands do."""

import asyncio
import logging
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from app.config import Settings


@click.group()
def ads() -> None:
    """Ad accounts and campaigns at TikTok. Exit 0 done, 1 refused, 2 misuse, 3 when the outcome is unknown."""


@ads.group("advertisers")
def ads_advertisers() -> None:
    """Ad accounts."""


@ads.group("campaigns")
def ads_campaigns() -> None:
    """Campaigns."""


AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for a program.")
_ADVERTISER = click.option("--advertiser", metavar="ID", help="Which ad account; may be left out where there is one.")


@ads_advertisers.command("list")
@AS_JSON
def ads_list_advertisers(*, as_json: bool) -> None:
    """Ask TikTok which ad accounts there are, and in which role."""
    run_ads("show_advertisers", as_json=as_json)


@ads_campaigns.command("list")
@_ADVERTISER
@AS_JSON
def ads_list_campaigns(*, advertiser: str | None, as_json: bool) -> None:
    """List campaigns, those of Upgraded Smart+ too."""
    run_ads("show_campaigns", advertiser, as_json=as_json)


@ads_campaigns.command("create")
@_ADVERTISER
@click.option("--name", required=True, help="Up to 512 characters, no emoji.")
@click.option("--objective", required=True, help="TRAFFIC, REACH, VIDEO_VIEWS, ENGAGEMENT, ...")
@click.option("--budget", metavar="AMOUNT", help="In the account's currency; without it there is no limit.")
@click.option("--budget-mode", help="BUDGET_MODE_DAY (with a budget, the default), BUDGET_MODE_TOTAL, ...")
@click.option("--enable", is_flag=True, help="Switch it on at once; otherwise it is made switched off.")
@click.option("--confirm", multiple=True, metavar="GUARD:VALUE", help="Let exactly this value past a spending guard.")
@AS_JSON
def ads_create_campaign(
    *,
    advertiser: str | None,
    name: str,
    objective: str,
    budget: str | None,
    budget_mode: str | None,
    enable: bool,
    confirm: tuple[str, ...],
    as_json: bool,
) -> None:
    """Make a campaign, switched off."""
    body = {
        "campaign_name": name,
        "objective_type": objective,
        "budget_mode": budget_mode or ("BUDGET_MODE_INFINITE" if budget is None else "BUDGET_MODE_DAY"),
        "budget": budget,
        "operation_status": "ENABLE" if enable else "DISABLE",
    }
    run_ads("make_campaign", advertiser, body, confirm, as_json=as_json)


@ads_campaigns.command("pause")
@click.argument("campaign_ids", nargs=-1, required=True)
@_ADVERTISER
@AS_JSON
def ads_pause_campaigns(*, campaign_ids: tuple[str, ...], advertiser: str | None, as_json: bool) -> None:
    """Switch campaigns off."""
    run_ads("switch_campaigns", advertiser, campaign_ids, "DISABLE", as_json=as_json)


@ads_campaigns.command("resume")
@click.argument("campaign_ids", nargs=-1, required=True)
@_ADVERTISER
@AS_JSON
def ads_resume_campaigns(*, campaign_ids: tuple[str, ...], advertiser: str | None, as_json: bool) -> None:
    """Switch campaigns on: from then on they may spend."""
    run_ads("switch_campaigns", advertiser, campaign_ids, "ENABLE", as_json=as_json)


@ads.command("report")
@_ADVERTISER
@click.option("--level", default="campaign", type=click.Choice(["advertiser", "campaign", "adgroup", "ad"]),
              show_default=True)  # fmt: skip
@click.option(
    "--bought",
    default="auction",
    type=click.Choice(["auction", "reservation"]),
    show_default=True,
    help="TikTok reports each apart; what is left out is said.",
)
@click.option("--dimensions", metavar="NAMES", help="TikTok's, with commas; without it the level's id.")
@click.option("--metrics", metavar="NAMES", default="spend,impressions,clicks,ctr", show_default=True)
@click.option("--from", "start", metavar="DAY", help="First day, 2026-11-01; without it a week ago.")
@click.option("--to", "end", metavar="DAY", help="Last day; without it today.")
@click.option("--lifetime", is_flag=True, help="All time, instead of days.")
@click.option("--order-by", metavar="NAME", help="One of the dimensions or metrics.")
@click.option("--ascending", is_flag=True)
@click.option("--limit", default=100, type=click.IntRange(1, 1000), show_default=True, help="Rows that are printed.")
@click.option("--csv", metavar="FILE", help="Write all rows as CSV; - is standard output.")
@click.option("--xlsx", metavar="FILE", help="Write all rows as a workbook.")
@AS_JSON
def ads_report(
    *,
    advertiser: str | None,
    level: str,
    bought: str,
    dimensions: str | None,
    metrics: str,
    start: str | None,
    end: str | None,
    lifetime: bool,
    order_by: str | None,
    ascending: bool,
    limit: int,
    csv: str | None,
    xlsx: str | None,
    as_json: bool,
) -> None:
    """Print figures of an ad account, or write them into a file. Spans of any length are cut and joined."""
    if lifetime and (start or end):
        raise click.UsageError("--lifetime is all time: leave out --from and --to.")
    asked = {
        "data_level": f"{bought.upper()}_{level.upper()}",
        "dimensions": dimensions or f"{level}_id",
        "metrics": metrics,
        "start_date": start or "",
        "end_date": end or "",
        "query_lifetime": "true" if lifetime else "",
        "order_field": order_by or "",
        "order_type": ("ASC" if ascending else "DESC") if order_by else "",
    }
    if csv or xlsx:
        run_ads("save_report", advertiser, asked, csv, xlsx)
    else:
        run_ads("print_report", advertiser, asked, limit, as_json=as_json)


@ads.command("upload-video")
@click.argument("source", metavar="FILE|URL")
@_ADVERTISER
@click.option("--name", help="Its name in the library, up to 100 characters; without it that of the file.")
@AS_JSON
def ads_upload_video(*, source: str, advertiser: str | None, name: str | None, as_json: bool) -> None:
    """Store a video in the ad account's library. The same file under the same name is stored once."""
    run_ads("upload_video", advertiser, source, name, as_json=as_json)


def run_ads(work: str, *args: object, **options: object) -> None:
    """Do one of the works of app.ads.commands, or of its neighbour, against the same TikTok as the service."""
    from app.ads import commands, commands_files
    from app.comments import commands as comments
    from app.emulated import emulate_business
    from app.kit.logs import configure_logging
    from app.ops.migrate import require_head
    from app.process.startup import begin
    from app.resources import open_resources

    async def run(settings: "Settings") -> int:
        await require_head(settings)
        async with open_resources(settings, emulate=emulate_business) as app:
            return await commands.run(app, lambda opened: do(opened, *args, **options))

    do = next(found for part in (commands, commands_files, comments) if (found := getattr(part, work, None)))
    settings = begin()
    configure_logging(level=logging.ERROR)  # to standard error: what is printed stands alone, for a program to read
    sys.exit(asyncio.run(run(settings)))
