"""Listing the ads of an ad account: in which ad groups comments may stand, and which ads take no answer any more."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.connections.reach import Reach
from app.comments.models import Comment, CommentAd, CommentFeed, CommentSweep
from app.kit.clock import utcnow
from app.kit.dialects import insert_into
from app.kit.upsert import upsert
from app.resources import Resources
from app.tiktok_business.ads import Ad
from app.tiktok_business.comments import read_time
from app.tiktok_business.errors import BusinessRefused
from app.tiktok_business.family import every
from app.tiktok_business.fields import read_id
from app.tiktok_business.smart_plus import SmartPlusObject

FARTHEST = timedelta(days=180)
"""Older comments than this are not fetched when an ad account is swept for the first time."""
_QUIET_AFTER = timedelta(days=7)
_CHANGED = (
    "adgroup_id", "ad_name", "item_id", "operation_status", "secondary_status", "is_smart_plus", "is_gone", "seen_at",
)  # fmt: skip


async def list_ads_anew(app: Resources, feed: CommentFeed, reach: Reach) -> None:
    """Ask TikTok for all ads, and know a place of each of their ad groups. Raises BusinessError."""
    found = [_ad(feed, one) async for one in every(reach.client.ads.list_ads, feed.owner_id)]
    if reach.client.address.has("smart_plus/ad/get/"):
        try:
            smart = every(reach.client.smart_plus.list_objects, "ad", feed.owner_id)
            found += [_smart_ad(feed, one) async for one in smart if one.ad_id]
        except BusinessRefused:
            pass  # The ad account has none, or the token may not see them: they are shown nowhere then.
    async with app.transaction() as session:
        await _store(session, feed, found)


def _ad(feed: CommentFeed, one: Ad) -> CommentAd:
    return CommentAd(
        mode=feed.mode, advertiser_id=feed.owner_id, ad_id=one.ad_id, adgroup_id=one.adgroup_id or "",
        ad_name=one.ad_name, item_id=read_id(one.raw.get("tiktok_item_id")),
        operation_status=one.operation_status[:64], secondary_status=one.secondary_status[:64],
        made_at=read_time(one.create_time), is_gone=one.operation_status == "DELETE",
    )  # fmt: skip


def _smart_ad(feed: CommentFeed, one: SmartPlusObject) -> CommentAd:
    return CommentAd(
        mode=feed.mode, advertiser_id=feed.owner_id, ad_id=one.ad_id or "", adgroup_id=one.adgroup_id or "",
        ad_name=one.ad_name, operation_status=one.operation_status[:64], secondary_status=one.secondary_status[:64],
        is_smart_plus=True,
    )  # fmt: skip


async def _store(session: AsyncSession, feed: CommentFeed, found: list[CommentAd]) -> None:
    began = utcnow()
    for row in found:
        await upsert(session, row, key=("mode", "advertiser_id", "ad_id"), change=_CHANGED)
    is_of_feed = (col(CommentAd.mode) == feed.mode, col(CommentAd.advertiser_id) == feed.owner_id)
    gone = col(CommentAd.ad_id).not_in([row.ad_id for row in found])
    await session.exec(sa.update(CommentAd).where(*is_of_feed, gone).values(is_gone=True))
    # Comments tell of ad groups too, whose ads are deleted and stand in no list.
    query = select(Comment.place_id, sa.func.min(Comment.created_at), sa.func.max(Comment.created_at)).where(
        Comment.mode == feed.mode, Comment.source == feed.source, Comment.owner_id == feed.owner_id
    )
    heard = {
        place: (first, last) for place, first, last in (await session.exec(query.group_by(Comment.place_id))).all()
    }
    for place_id, begins_on, is_quiet in _places(found, heard, began):
        sweep = CommentSweep(feed_id=feed.id, place_id=place_id, begins_on=begins_on, is_quiet=is_quiet)
        insert = insert_into(session.get_bind().dialect.name, CommentSweep).values(**sweep.model_dump())
        await session.exec(
            insert.on_conflict_do_update(index_elements=("feed_id", "place_id"), set_={"is_quiet": is_quiet})
        )
    await session.exec(sa.update(CommentFeed).where(col(CommentFeed.id) == feed.id).values(places_at=utcnow()))


def _places(
    found: Iterable[CommentAd], heard: dict[str, tuple[datetime, datetime]], now: datetime
) -> Iterable[tuple[str, datetime, bool]]:
    """Give each ad group, when it began, and whether nothing is to be expected there."""
    groups: dict[str, list[CommentAd]] = {}
    for ad in found:
        if ad.adgroup_id and not ad.is_smart_plus:
            groups.setdefault(ad.adgroup_id, []).append(ad)
    for place_id in groups.keys() | heard.keys():
        ads = groups.get(place_id, [])
        made = [ad.made_at for ad in ads if ad.made_at]
        first = min([*made, *([_aware(heard[place_id][0])] if place_id in heard else [])], default=now - FARTHEST)
        is_on = any(ad.operation_status == "ENABLE" for ad in ads)
        was_heard = place_id in heard and now - _aware(heard[place_id][1]) < _QUIET_AFTER
        yield place_id, max(first, now - FARTHEST), not (is_on or was_heard)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
