"""Watches: set up, listed, removed, and what they have found."""

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.access import mode_of
from app.ads.connections.reach import reach_advertiser
from app.ads.models import AdsWatch, AdsWatchEvent, WatchKind, WatchLevel, WatchPeriod
from app.ads.watches.asking import WatchInput
from app.ads.watches.look import LOOK
from app.ads.watches.subscribing import unsubscribe
from app.errors import Conflict, NotFound
from app.jobs import enqueue
from app.kit.paging import Page, paginate
from app.messages import ads_reports, ads_watches
from app.resources import Resources

MOST_WATCHES = 200


class WatchNotFound(NotFound):
    code = "ads_watch_not_found"
    title = ads_watches.NO_WATCH


async def create_watch(app: Resources, body: object, admin_id: str | None) -> AdsWatch:
    """Set up a watch, which looks at once. Raises InvalidInput, AdvertiserNotFound, and Conflict for too many."""
    asked = WatchInput.read(body)
    reach = await reach_advertiser(app, asked.advertiser_id or "")
    watch = AdsWatch(
        mode=mode_of(app),
        advertiser_id=asked.advertiser_id or "",
        admin_id=admin_id,
        name=asked.name or "",
        kind=WatchKind(asked.kind or ""),
        level=WatchLevel(asked.level or WatchLevel.advertiser),
        object_ids=list(dict.fromkeys(asked.object_ids or [])),
        threshold=None if asked.threshold is None else f"{asked.threshold:f}",
        period=WatchPeriod(asked.period or WatchPeriod.day),
    )
    _check_sandbox(watch, is_sandbox=reach.client.address.is_sandbox)
    async with app.transaction() as session:
        query = select(sa.func.count()).select_from(AdsWatch).where(AdsWatch.mode == watch.mode)
        if (await session.exec(query)).one() >= MOST_WATCHES:
            raise Conflict(ads_watches.too_many_watches(MOST_WATCHES), code="too_many_watches")
        session.add(watch)
        enqueue(session, LOOK, watch.id, job_id=f"{LOOK}:{watch.id}")
    return watch


async def get_watch(session: AsyncSession, app: Resources, watch_id: str) -> AdsWatch:
    """Raises WatchNotFound."""
    found = None if "\0" in watch_id else await session.get(AdsWatch, watch_id)
    if found is None or found.mode != mode_of(app):
        raise WatchNotFound
    return found


async def list_watches(
    session: AsyncSession, app: Resources, *, advertiser_id: str | None, limit: int, cursor: str | None
) -> Page[AdsWatch]:
    """List watches, the newest first."""
    query = select(AdsWatch).where(AdsWatch.mode == mode_of(app))
    if advertiser_id:
        query = query.where(AdsWatch.advertiser_id == advertiser_id)
    return await paginate(session, query, AdsWatch.id, limit=limit, cursor=cursor)


async def list_events(
    session: AsyncSession, app: Resources, watch_id: str, *, limit: int, cursor: str | None
) -> Page[AdsWatchEvent]:
    """List what a watch has found, the newest first. Raises WatchNotFound."""
    watch = await get_watch(session, app, watch_id)
    query = select(AdsWatchEvent).where(AdsWatchEvent.watch_id == watch.id)
    return await paginate(session, query, AdsWatchEvent.id, limit=limit, cursor=cursor)


async def delete_watch(app: Resources, watch_id: str) -> None:
    """Remove a watch with its log, then end what TikTok tells for it. Raises WatchNotFound."""
    async with app.transaction() as session:
        watch = await get_watch(session, app, watch_id)
        await session.exec(sa.delete(AdsWatch).where(col(AdsWatch.id) == watch_id))
    await unsubscribe(app, watch)


def _check_sandbox(watch: AdsWatch, *, is_sandbox: bool) -> None:
    """The sandbox tells of no review, no balance and no ad account."""
    is_account = watch.kind is WatchKind.status and watch.level is WatchLevel.advertiser
    if is_sandbox and (is_account or watch.kind in {WatchKind.review, WatchKind.balance}):
        raise Conflict(ads_reports.NOT_IN_SANDBOX, code="not_in_sandbox")
