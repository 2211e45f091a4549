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


_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for a program.")
_ADVERTISER = click.option("--advertiser", metavar="ID", help="Which ad account; may be left out where there is one.")


@ads_advertisers.command("list")
@_AS_JSON
def ads_list_advertisers(*, as_json: bool) -> None:
    """Ask TikTok which ad accounts there are, and in which role."""
    _ads("show_advertisers", as_json=as_json)


@ads_campaigns.command("list")
@_ADVERTISER
@_AS_JSON
def ads_list_campaigns(*, advertiser: str | None, as_json: bool) -> None:
    """List campaigns, those of Upgraded Smart+ too."""
    _ads("show_campaigns", advertiser, as_json=as_json)


@ads_campaigns.command("create")
@_ADVERTISER
@click.option("--name", required=True, help="Up to 512 characters, no emoji.")
@click.option("--objective", required=True, help="TRAFFIC, REACH, VIDEO_VIEWS, ENGAGEMENT, ...")
@click.option("--budget", metavar="AMOUNT", help="In the account's currency; without it there is no limit.")
@click.option("--budget-mode", help="BUDGET_MODE_DAY (with a budget, the default), BUDGET_MODE_TOTAL, ...")
@click.option("--enable", is_flag=True, help="Switch it on at once; otherwise it is made switched off.")
@click.option("--confirm", multiple=True, metavar="GUARD:VALUE", help="Let exactly this value past a spending guard.")
@_AS_JSON
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
    _ads("make_campaign", advertiser, body, confirm, as_json=as_json)


@ads_campaigns.command("pause")
@click.argument("campaign_ids", nargs=-1, required=True)
@_ADVERTISER
@_AS_JSON
def ads_pause_campaigns(*, campaign_ids: tuple[str, ...], advertiser: str | None, as_json: bool) -> None:
    """Switch campaigns off."""
    _ads("switch_campaigns", advertiser, campaign_ids, "DISABLE", as_json=as_json)


@ads_campaigns.command("resume")
@click.argument("campaign_ids", nargs=-1, required=True)
@_ADVERTISER
@_AS_JSON
def ads_resume_campaigns(*, campaign_ids: tuple[str, ...], advertiser: str | None, as_json: bool) -> None:
    """Switch campaigns on: from then on they may spend."""
    _ads("switch_campaigns", advertiser, campaign_ids, "ENABLE", as_json=as_json)


def _ads(work: str, *args: object, as_json: bool) -> None:
    """Do one of the works of app.ads.commands, against the same TikTok as the service."""
    from app.ads import commands
    from app.emulated import emulate_business
    from app.kit.logs import configure_logging
    from app.ops.migrate import require_head
    from app.process.startup import begin
    from app.resources import open_resources

    async def run(settings: "Settings") -> int:
        await require_head(settings)
        async with open_resources(settings, emulate=emulate_business) as app:
            return await commands.run(app, lambda opened: getattr(commands, work)(opened, *args, as_json=as_json))

    settings = begin()
    configure_logging(level=logging.ERROR)  # to standard error: what is printed stands alone, for a program to read
    sys.exit(asyncio.run(run(settings)))
