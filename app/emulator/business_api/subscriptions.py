"""Subscriptions of ads: reviews, suspensions and changed figures are told to an address."""

import asyncio
from typing import Annotated, Any, Literal

import msgspec

from app.emulator.business_api.book import Book
from app.emulator.business_api.call import Call, read, write
from app.emulator.business_api.errors import NOT_FOUND, BusinessError, refuse
from app.emulator.business_api.notices import make_notice, send_notices
from app.emulator.business_api.oauth import need_app
from app.emulator.business_api.paging import cut_page
from app.emulator.business_api.reviews import review_of
from app.emulator.business_api.store import Doc
from app.emulator.business_api.times import stamp
from app.emulator.world.world import World

Entity = Literal[
    "LEAD", "AD_GROUP", "AD", "AD_ACCOUNT_SUSPENSION", "CREATIVE_FATIGUE", "TCM_VIDEOS", "REPORT_DATA_CHANGE",
    "API_SERVICE_STATUS",
]  # fmt: skip
_OBJECTS = {
    "LEAD": 1, "AD_GROUP": 2, "AD": 3, "AD_ACCOUNT_SUSPENSION": 4, "CREATIVE_FATIGUE": 8, "TCM_VIDEOS": 10,
    "REPORT_DATA_CHANGE": 11, "API_SERVICE_STATUS": 14,
}  # fmt: skip
_NEEDED = {"AD_GROUP": "adgroup_id", "AD": "ad_id"}
_LOOK_SECONDS = 1.0


class Detail(msgspec.Struct):
    access_token: str | None = None
    advertiser_id: str | None = None
    advertiser_ids: list[str] | None = None
    bc_id: str | None = None
    adgroup_id: str | None = None
    ad_id: str | None = None
    notify_frequency: str | None = None


class Subscribe(msgspec.Struct):
    app_id: str
    secret: str
    subscribe_entity: Entity
    callback_url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s/?#]+\S*$", max_length=2_048)]
    subscription_detail: Detail


class List(msgspec.Struct):
    app_id: str
    secret: str
    subscribe_entity: Entity | None = None
    page: int | None = None
    page_size: int | None = None


class Unsubscribe(msgspec.Struct):
    app_id: str
    secret: str
    subscription_id: str


@write("subscription/subscribe/", credential="none")
def subscribe(call: Call) -> Any:
    asked = call.take(Subscribe)
    need_app(call.book, asked.app_id, asked.secret)
    detail = {name: value for name, value in msgspec.structs.asdict(asked.subscription_detail).items() if value}
    needed = _NEEDED.get(asked.subscribe_entity)
    if needed and needed not in detail:
        raise refuse(f"subscription_detail.{needed}", f"it is required for {asked.subscribe_entity}")
    token = call.book.store.get("token", detail.get("access_token", ""))
    if asked.subscribe_entity != "API_SERVICE_STATUS" and (token is None or token.get("revoked")):
        raise BusinessError(40105, "Access token is incorrect or has been revoked.")
    subscription_id = call.book.new_id()
    doc = {
        "app_id": asked.app_id,
        "subscription_id": subscription_id,
        "subscribe_entity": asked.subscribe_entity,
        "callback_url": asked.callback_url,
        "subscription_detail": detail,
    }
    call.book.store.put("subscription", subscription_id, doc)
    return {"subscription_id": subscription_id}


@read("subscription/get/", credential="none")
def list_subscriptions(call: Call) -> Any:
    asked = call.take(List)
    need_app(call.book, asked.app_id, asked.secret)
    found = [
        one for one in call.book.store.find("subscription") if asked.subscribe_entity in {None, one["subscribe_entity"]}
    ]
    page, info = cut_page(found, asked.page, asked.page_size, most=1_000)
    return {"subscriptions": page, "page_info": info}


@write("subscription/unsubscribe/", credential="none")
def unsubscribe(call: Call) -> Any:
    asked = call.take(Unsubscribe)
    need_app(call.book, asked.app_id, asked.secret)
    if call.book.store.get("subscription", asked.subscription_id) is None:
        raise BusinessError(NOT_FOUND, "subscription_id: it does not exist")
    call.book.store.remove("subscription", asked.subscription_id)
    return {}


def tell_reviews(book: Book) -> list[Doc]:
    """Note all reviews that have ended since the last look, and give the deliveries that are due for them."""
    subscriptions = [one for one in book.store.find("subscription") if one["subscribe_entity"] in _NEEDED]
    made = []
    for subscription in subscriptions:
        detail = subscription["subscription_detail"]
        is_ad = subscription["subscribe_entity"] == "AD"
        ads = [book.store.get("ad", detail["ad_id"])] if is_ad else book.store.find("ad", parent=detail["adgroup_id"])
        for ad in ads:
            if ad is None or ad["review"]["told"] or review_of(ad, book.now()) == "waiting":
                continue
            book.store.change("ad", ad["ad_id"], {**ad, "review": {**ad["review"], "told": True}})
            made.append(_make(book, subscription, _tell_review(ad, is_ad=is_ad)))
    return made


def _tell_review(ad: Doc, *, is_ad: bool) -> Doc:
    entry = {
        "log_id": f"{ad['ad_id']}-{ad['review']['ends_at']:.0f}",
        # Bare, as TikTok sends it: over 2**53, so that readers who use floats are found out.
        "adv_id": int(ad["advertiser_id"]),
        "campaign_id": ad["campaign_id"],
        "campaign_name": ad.get("campaign_name", ""),
        "adgroup_id": ad["adgroup_id"],
        "adgroup_name": ad.get("adgroup_name", ""),
        "review_status": "APPROVED" if ad["review"]["outcome"] == "pass" else "REJECTED",
        "reject_reason": ad["review"]["reason"] if ad["review"]["outcome"] == "fail" else "",
    }
    return {**entry, "ad_id": ad["ad_id"], "ad_name": ad["ad_name"]} if is_ad else entry


def tell_suspension(book: Book, advertiser: Doc) -> list[Doc]:
    """Give the deliveries for an ad account that was suspended or set free."""
    entry = {"adv_id": int(advertiser["advertiser_id"]), "status": advertiser["status"]}
    return [
        _make(book, one, entry)
        for one in book.store.find("subscription")
        if one["subscribe_entity"] == "AD_ACCOUNT_SUSPENSION" and _covers(one, advertiser["advertiser_id"])
    ]


def _covers(subscription: Doc, advertiser_id: str) -> bool:
    detail = subscription["subscription_detail"]
    ids = [*detail.get("advertiser_ids", []), detail.get("advertiser_id")]
    return advertiser_id in ids or ids == [None]


def _make(book: Book, subscription: Doc, entry: Doc) -> Doc:
    payload = {
        "request_id": f"{book.next_number('requests'):018X}",
        "object": _OBJECTS[subscription["subscribe_entity"]],
        "time": stamp(book.now()),
        "entry": [entry],
    }
    # How TikTok signs these is not known: as its other webhooks.
    return make_notice(book, subscription["callback_url"], payload)


def watch_reviews(book: Book, world: World) -> None:
    """See to it that reviews are told of which end while nobody calls. Runs within a turn."""
    if not book.is_watched and any(one["subscribe_entity"] in _NEEDED for one in book.store.find("subscription")):
        book.is_watched = True
        world.spawn(_watch(book, world))


async def _watch(book: Book, world: World) -> None:
    try:
        waiting = True
        while waiting:
            await asyncio.sleep(_LOOK_SECONDS)
            with book.turn():
                notices = tell_reviews(book)
                waiting = any(
                    review_of(ad, book.now()) == "waiting" and ad["operation_status"] != "DELETE"
                    for ad in book.store.find("ad")
                )
            send_notices(book, world, notices)
    finally:
        book.is_watched = False


operations = (subscribe, list_subscriptions, unsubscribe)
