"""`newsreel ads` on the command line. Exit 0 done, 1 refused, 2 misuse, 3 outcome unknown."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import click

from app.ads.connections.listing import list_advertisers
from app.ads.connections.sync import sync
from app.ads.desk.creating import create_campaign
from app.ads.desk.errors import InvalidInput, OutcomeUnknown
from app.ads.desk.kinds import CAMPAIGNS
from app.ads.desk.listing import MOST_AT_ONCE, list_objects
from app.ads.desk.switching import switch_objects
from app.ads.desk.writing import Desk
from app.errors import AppError, Conflict
from app.kit import exact_json
from app.messages import ads
from app.resources import Resources

DONE, REFUSED, MISUSE, UNKNOWN = 0, 1, 2, 3
_CALLER = "command line"
_MOST_ADVERTISERS = 1000
_CAMPAIGN_COLUMNS = ("campaign_id", "campaign_name", "operation_status", "budget_mode", "budget", "smart_plus")
_ADVERTISER_COLUMNS = ("advertiser_id", "name", "role", "status", "currency", "balance")


class Misuse(Exception):
    """The command cannot mean anything as it was given."""


async def run(app: Resources, work: Callable[[Resources], Awaitable[None]]) -> int:
    """Do a command's work; say what went wrong, and tell the exit code."""
    try:
        await work(app)
    except (InvalidInput, Misuse) as error:
        _complain(str(error))
        for row in getattr(error, "members", {}).get("errors", []):
            _complain(f"  {row['field']} {row['message']}")
        return MISUSE
    except OutcomeUnknown as error:
        _complain(str(error.message))
        return UNKNOWN
    except AppError as error:
        _complain(str(error.message))
        return REFUSED
    return DONE


async def show_advertisers(app: Resources, *, as_json: bool) -> None:
    """Ask TikTok which ad accounts there are, and print them."""
    told = await sync(app)
    for connection, why in told.failed.items():
        _complain(f"Connection {connection} could not be asked: {why}")
    page = await list_advertisers(app, limit=_MOST_ADVERTISERS)
    rows = [
        {
            "advertiser_id": one.advertiser.advertiser_id,
            "name": one.advertiser.name,
            "role": one.best.role,
            "status": one.advertiser.status,
            "currency": one.advertiser.currency,
            "timezone": one.advertiser.timezone,
            "balance": one.advertiser.balance,
            "bc_id": one.advertiser.bc_id,
        }
        for one in page.items
    ]
    _print(rows, _ADVERTISER_COLUMNS, as_json=as_json)


async def show_campaigns(app: Resources, advertiser_id: str | None, *, as_json: bool) -> None:
    """Print all campaigns of an ad account, those of Upgraded Smart+ too."""
    advertiser_id = await _which(app, advertiser_id)
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = await list_objects(app, CAMPAIGNS, advertiser_id, {}, limit=MOST_AT_ONCE, cursor=cursor)
        rows += page.items
        if page.notice:
            _complain(str(page.notice))
        if (cursor := page.next_cursor) is None:
            break
    _print(rows, _CAMPAIGN_COLUMNS, as_json=as_json)


async def make_campaign(
    app: Resources, advertiser_id: str | None, body: dict[str, Any], confirmed: Sequence[str], *, as_json: bool
) -> None:
    """Make a campaign, and print it."""
    desk = Desk(app, _CALLER, [part for one in confirmed for part in one.split(",")])
    made = await create_campaign(desk, await _which(app, advertiser_id), body)
    _print_one(made, _CAMPAIGN_COLUMNS, as_json=as_json)


async def switch_campaigns(
    app: Resources, advertiser_id: str | None, ids: Sequence[str], status: str, *, as_json: bool
) -> None:
    """Switch campaigns on or off, and print what became of each. Raises AppError where one could not be switched."""
    desk = Desk(app, _CALLER)
    body = {"ids": list(ids), "operation_status": status}
    rows = await switch_objects(desk, CAMPAIGNS, await _which(app, advertiser_id), body)
    shown = [{**row, "error": row["error"]["message"] if row["error"] else None} for row in rows]
    _print(rows if as_json else shown, ("campaign_id", "operation_status", "error"), as_json=as_json)
    if any(row["error"] for row in rows):
        raise Conflict(ads.SOME_NOT_SWITCHED)


async def _which(app: Resources, advertiser_id: str | None) -> str:
    """Give the ad account that is meant: the only one, where none is named. Raises Misuse."""
    if advertiser_id is not None:
        if not (advertiser_id.isascii() and advertiser_id.isdigit() and len(advertiser_id) <= 20):
            raise Misuse("--advertiser must be an id of 1 to 20 digits.")
        return advertiser_id
    page = await list_advertisers(app, limit=_MOST_ADVERTISERS)
    if not page.items:
        await sync(app)
        page = await list_advertisers(app, limit=_MOST_ADVERTISERS)
    if len(page.items) != 1:
        known = ", ".join(f"{one.advertiser.advertiser_id} ({one.advertiser.name})" for one in page.items) or "none"
        raise Misuse(f"Say which ad account, as --advertiser ID. There are: {known}.")
    return page.items[0].advertiser.advertiser_id


def _print(rows: Sequence[dict[str, Any]], columns: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        click.echo(exact_json.write({"items": list(rows), "next_cursor": None}).decode())
        return
    table = [list(columns), *([_cell(row.get(name)) for name in columns] for row in rows)]
    widths = [max(len(line[place]) for line in table) for place in range(len(columns))]
    for line in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _print_one(row: dict[str, Any], columns: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        click.echo(exact_json.write(row).decode())
    else:
        _print([row], columns, as_json=False)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    # A name may hold what would move the cursor of a terminal.
    return "".join(sign if sign.isprintable() else "�" for sign in str(value))


def _complain(text: str) -> None:
    click.secho(text, fg="red", err=True)
