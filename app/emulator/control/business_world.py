"""What a test makes happen in the world of the Business API: ad accounts, money, reviews and a past."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import ClientException
from litestar.params import FromPath, RawBody

from app.emulator.business_api import first
from app.emulator.business_api.advertisers import CURRENCIES
from app.emulator.business_api.book import Book
from app.emulator.business_api.delivery import relive, settle
from app.emulator.business_api.errors import BusinessError
from app.emulator.business_api.money import balance, read_money
from app.emulator.business_api.notices import send_notices
from app.emulator.business_api.objects import SMART_PLUS
from app.emulator.business_api.smart_plus import make_tree
from app.emulator.business_api.store import Doc
from app.emulator.business_api.subscriptions import tell_reviews, tell_suspension
from app.emulator.business_api.times import is_zone
from app.emulator.control.business_people import Text
from app.emulator.control.business_posts import need
from app.emulator.control.control import decode
from app.emulator.world.world import World

Amount = float | str
_DAY = 86_400


class AdvertiserWish(msgspec.Struct, forbid_unknown_fields=True):
    name: Text = "Another newsroom"
    bc_id: Text | None = None
    currency: Text = "USD"
    timezone: Text = "Etc/GMT"


class AdvertiserChange(msgspec.Struct, forbid_unknown_fields=True):
    status: Literal["STATUS_ENABLE", "STATUS_DISABLE", "STATUS_LIMIT", "STATUS_PENDING_CONFIRM"]


class Deposit(msgspec.Struct, forbid_unknown_fields=True):
    amount: Amount
    kind: Literal["cash", "grant", "credit"] = "cash"
    bc_id: Text | None = None
    advertiser_id: Text | None = None


class ReviewOrder(msgspec.Struct, forbid_unknown_fields=True):
    outcome: Literal["pass", "fail"] = "pass"
    seconds: Annotated[float, msgspec.Meta(ge=0, le=1e8)] = 0.0
    reason: Annotated[str, msgspec.Meta(max_length=500)] = "The ad breaks the advertising policies."
    times: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 1


class Verdict(msgspec.Struct, forbid_unknown_fields=True):
    outcome: Literal["pass", "fail"] = "pass"
    reason: Annotated[str, msgspec.Meta(max_length=500)] = "The ad breaks the advertising policies."


class History(msgspec.Struct, forbid_unknown_fields=True):
    advertiser_id: Text = first.FIRST_ADVERTISER
    campaigns: Annotated[int, msgspec.Meta(ge=1, le=2_000)] = 3
    days: Annotated[int, msgspec.Meta(ge=0, le=1_000)] = 30
    daily_budget: Amount = 50
    smart_plus: bool = False
    buying_type: Literal["AUCTION", "RESERVATION_RF", "RESERVATION_TOP_VIEW"] = "AUCTION"
    # So that what was spent meanwhile is covered; it counts as money from outside.
    deposit: Amount | None = None


@get("/advertisers")
async def list_advertisers(book: NamedDependency[Book]) -> dict[str, Any]:
    with book.turn():
        return {"items": [settle(book, one) for one in book.store.find("advertiser")]}


@post("/advertisers", status_code=200)
async def add_advertiser(body: RawBody, book: NamedDependency[Book]) -> Doc:
    asked = decode(body, AdvertiserWish)
    if asked.currency not in CURRENCIES or not is_zone(asked.timezone):
        raise ClientException("currency or timezone is unknown")
    with book.turn():
        bc_id = asked.bc_id or book.settings.bc_id
        need(book, "center", bc_id)
        return first.make_advertiser(
            book, book.new_id(), asked.name, bc_id, currency=asked.currency, timezone=asked.timezone
        )


@post("/advertisers/{advertiser_id:str}", status_code=200)
async def change_advertiser(
    advertiser_id: FromPath[str], body: RawBody, book: NamedDependency[Book], world: NamedDependency[World]
) -> Doc:
    """Suspend an ad account, or set it free again."""
    asked = decode(body, AdvertiserChange)
    with book.turn():
        advertiser = {**settle(book, need(book, "advertiser", advertiser_id)), "status": asked.status}
        book.store.change("advertiser", advertiser_id, advertiser)
        notices = tell_suspension(book, advertiser)
    send_notices(book, world, notices)
    return advertiser


@post("/deposits", status_code=200)
async def deposit(body: RawBody, book: NamedDependency[Book]) -> Doc:
    """Let money come in from outside."""
    asked = decode(body, Deposit)
    kind, id_ = ("center", asked.bc_id) if asked.bc_id else ("advertiser", asked.advertiser_id or "")
    if kind == "advertiser" and asked.kind == "credit":
        raise ClientException("kind: an ad account has no credit")
    with book.turn():
        return _pay_in(book, kind, need(book, kind, id_ or ""), asked.kind, asked.amount)


@post("/reviews", status_code=200)
async def order_reviews(body: RawBody, book: NamedDependency[Book]) -> dict[str, int]:
    """Say how the next reviews go; all others go as the settings have it."""
    asked = decode(body, ReviewOrder)
    with book.turn():
        order = {"outcome": asked.outcome, "seconds": asked.seconds, "reason": asked.reason}
        orders = [*book.store.recall("reviews", []), *[order] * asked.times]
        book.store.remember("reviews", orders)
        return {"waiting": len(orders)}


@post("/ads/{ad_id:str}/review", status_code=200)
async def review_ad(
    ad_id: FromPath[str], body: RawBody, book: NamedDependency[Book], world: NamedDependency[World]
) -> Doc:
    """End the review of an ad now, or change its outcome."""
    asked = decode(body, Verdict)
    with book.turn():
        ad = need(book, "ad", ad_id)
        settle(book, book.need("advertiser", ad["advertiser_id"]))
        review = {"ends_at": book.now(), "outcome": asked.outcome, "reason": asked.reason, "told": False}
        book.store.change("ad", ad_id, {**ad, "review": review})
        notices = tell_reviews(book)
    send_notices(book, world, notices)
    return review


@post("/history", status_code=200)
async def make_history(body: RawBody, book: NamedDependency[Book]) -> dict[str, Any]:
    """Make campaigns that have run for some days already, and spend what they would have spent."""
    asked = decode(body, History)
    with book.turn():
        advertiser = settle(book, need(book, "advertiser", asked.advertiser_id))
        try:
            budget = read_money("daily_budget", asked.daily_budget)
        except BusinessError as error:
            raise ClientException(error.message) from error
        if asked.deposit is not None:
            advertiser = _pay_in(book, "advertiser", advertiser, "cash", asked.deposit)
        since = book.now() - asked.days * _DAY
        automation = SMART_PLUS if asked.smart_plus else "MANUAL"
        made = [
            make_tree(
                book,
                advertiser,
                f"Past {number + 1}",
                daily_budget=budget / 100,
                automation=automation,
                since=since,
                buying_type=asked.buying_type,
            )
            for number in range(asked.campaigns)
        ]
        after = relive(book, advertiser, since, {one["ad_id"] for one in made})
        return {"items": made, "balance": balance(after) / 100, "spent": after["spent"] / 100}


def _pay_in(book: Book, kind: str, account: Doc, purse: str, amount: Amount) -> Doc:
    try:
        paid = read_money("amount", amount)
    except BusinessError as error:
        raise ClientException(error.message) from error
    account[purse] += paid
    book.store.change(kind, account["bc_id" if kind == "center" else "advertiser_id"], account)
    book.store.remember("money_in", book.store.recall("money_in", 0) + paid)
    return account


handlers: list[Any] = [
    list_advertisers,
    add_advertiser,
    change_advertiser,
    deposit,
    order_reviews,
    review_ad,
    make_history,
]
