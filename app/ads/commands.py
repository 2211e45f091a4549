"""`newsreel ads` on the command line. Exit 0 done, 1 refused, 2 misuse, 3 outcome unknown."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pydantic import ValidationError

from app.ads.connections.listing import list_advertisers
from app.ads.connections.sync import sync
from app.ads.desk.creating import create_campaign
from app.ads.desk.errors import InvalidInput, OutcomeUnknown
from app.ads.desk.kinds import CAMPAIGNS
from app.ads.desk.listing import MOST_AT_ONCE, list_objects
from app.ads.desk.switching import switch_objects
from app.ads.desk.writing import Desk
from app.ads.printing import complain, print_one, print_rows
from app.errors import AppError, Conflict
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
        complain(str(error))
        for row in getattr(error, "members", {}).get("errors", []):
            complain(f"  {row['field']} {row['message']}")
        return MISUSE
    except ValidationError as error:
        for item in error.errors():
            complain(f"{'.'.join(str(part) for part in item['loc'])} {item['msg']}")
        return MISUSE
    except AppError as error:
        complain(str(error.message))
        return UNKNOWN if error.code == OutcomeUnknown.code else REFUSED
    return DONE


async def show_advertisers(app: Resources, *, as_json: bool) -> None:
    """Ask TikTok which ad accounts there are, and print them."""
    told = await sync(app)
    for connection, why in told.failed.items():
        complain(f"Connection {connection} could not be asked: {why}")
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
    print_rows(rows, _ADVERTISER_COLUMNS, as_json=as_json)


async def show_campaigns(app: Resources, advertiser_id: str | None, *, as_json: bool) -> None:
    """Print all campaigns of an ad account, those of Upgraded Smart+ too."""
    advertiser_id = await which(app, advertiser_id)
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = await list_objects(app, CAMPAIGNS, advertiser_id, {}, limit=MOST_AT_ONCE, cursor=cursor)
        rows += page.items
        if page.notice:
            complain(str(page.notice))
        if (cursor := page.next_cursor) is None:
            break
    print_rows(rows, _CAMPAIGN_COLUMNS, as_json=as_json)


async def make_campaign(
    app: Resources, advertiser_id: str | None, body: dict[str, Any], confirmed: Sequence[str], *, as_json: bool
) -> None:
    """Make a campaign, and print it."""
    desk = Desk(app, _CALLER, [part for one in confirmed for part in one.split(",")])
    made = await create_campaign(desk, await which(app, advertiser_id), body)
    print_one(made, _CAMPAIGN_COLUMNS, as_json=as_json)


async def switch_campaigns(
    app: Resources, advertiser_id: str | None, ids: Sequence[str], status: str, *, as_json: bool
) -> None:
    """Switch campaigns on or off, and print what became of each. Raises AppError where one could not be switched."""
    desk = Desk(app, _CALLER)
    body = {"ids": list(ids), "operation_status": status}
    rows = await switch_objects(desk, CAMPAIGNS, await which(app, advertiser_id), body)
    shown = [{**row, "error": row["error"]["message"] if row["error"] else None} for row in rows]
    print_rows(rows if as_json else shown, ("campaign_id", "operation_status", "error"), as_json=as_json)
    if any(row["error"] for row in rows):
        raise Conflict(ads.SOME_NOT_SWITCHED)


async def which(app: Resources, advertiser_id: str | None) -> str:
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
