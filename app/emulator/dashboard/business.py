"""The page of the Business API for people: accounts, money, campaigns and calls."""

from dataclasses import dataclass
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from app.emulator.business_api import limits, money
from app.emulator.business_api.book import Book
from app.emulator.business_api.delivery import settle
from app.emulator.business_api.standing import Tree, plant, stand_adgroup, stand_campaign
from app.emulator.business_api.store import Doc
from app.emulator.business_api.times import stamp
from app.emulator.dashboard.pages import render

_CALLS_SHOWN = 60
_CAMPAIGNS_SHOWN = 50
_TRANSFERS_SHOWN = 12
_COLUMNS = ("at", "method", "endpoint", "advertiser_id", "code", "message", "fault", "ignored", "request_id")


@dataclass(frozen=True)
class CampaignView:
    """A campaign with what it has spent and how its ad groups stand."""

    campaign: Doc
    account: str
    status: str
    spent: float
    groups: str


@get("/business/")
async def show_business(book: NamedDependency[Book]) -> Response[str]:
    with book.turn():
        accounts = [settle(book, one) for one in book.store.find("advertiser")]
        context: dict[str, Any] = {
            "centers": book.store.find("center"),
            "accounts": accounts,
            "campaigns": _view_campaigns(book, accounts),
            "transfers": [
                {**one, "at": stamp(one["at"])} for one in reversed(book.store.find("transaction")[-_TRANSFERS_SHOWN:])
            ],
            "calls": _view_calls(book),
            "counts": _count(book),
            "money": money.count_all(book),
            "limits": limits.show(book),
            "now": stamp(book.now()),
            "settings": book.settings,
        }
    return render("business.html", **context)


def _view_campaigns(book: Book, accounts: list[Doc]) -> list[CampaignView]:
    views = []
    for account in accounts:
        tree = plant(book, account)
        newest = list(tree.campaigns.values())[::-1][:_CAMPAIGNS_SHOWN]
        sql = "SELECT campaign_id, SUM(spend) FROM facts WHERE advertiser_id = ? GROUP BY campaign_id"
        spent = dict(book.store.rows(sql, (account["advertiser_id"],)))
        views += [_view_campaign(tree, one, spent.get(one["campaign_id"], 0)) for one in newest]
    return views[:_CAMPAIGNS_SHOWN]


def _view_campaign(tree: Tree, campaign: Doc, spent: int) -> CampaignView:
    groups = [one for one in tree.adgroups.values() if one["campaign_id"] == campaign["campaign_id"]]
    standing = sorted({stand_adgroup(tree, one).removeprefix("ADGROUP_STATUS_") for one in groups})
    return CampaignView(
        campaign,
        tree.advertiser["name"],
        stand_campaign(tree, campaign).removeprefix("CAMPAIGN_STATUS_"),
        spent / 100,
        f"{len(groups)} {', '.join(standing)}".strip(),
    )


def _view_calls(book: Book) -> list[Doc]:
    sql = f"SELECT {', '.join(_COLUMNS)} FROM calls ORDER BY id DESC LIMIT ?"  # noqa: S608 - our own names
    rows = (dict(zip(_COLUMNS, row, strict=True)) for row in book.store.rows(sql, (_CALLS_SHOWN,)))
    return [{**row, "at": stamp(row["at"])[11:]} for row in rows]


def _count(book: Book) -> dict[str, int]:
    (calls, throttled), *_ = book.store.rows(
        "SELECT COALESCE(SUM(times), 0), COALESCE(SUM(CASE code WHEN 40100 THEN times ELSE 0 END), 0) FROM counts"
    )
    (campaigns,), *_ = book.store.rows("SELECT COUNT(*) FROM things WHERE kind = 'campaign'")
    return {"calls": calls, "throttled": throttled, "campaigns": campaigns}


handlers: list[Any] = [show_business]
