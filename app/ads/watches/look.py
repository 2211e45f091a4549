"""One look of a watch: claimed, made, and written down together with what it found, so that nothing is told twice."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.access import mode_of
from app.ads.connections.reach import Reach, note_refused, reach_advertiser
from app.ads.models import AdsWatch, AdsWatchEvent
from app.ads.refusals import as_refusal
from app.ads.watches.sights import Finding, compare
from app.ads.watches.subscribing import subscribe
from app.ads.watches.viewing import view
from app.errors import AppError
from app.jobs import enqueue
from app.kit.clock import utcnow
from app.messages import ads_watches as said
from app.messages.message import Message, keep_whole
from app.outbox.emit import emit
from app.outbox.models import EventType
from app.resources import Resources
from app.tiktok_business.errors import BusinessError
from app.tiktok_business.limiter import Priority
from app.tiktok_business.sending import Patience

log = structlog.get_logger(__name__)

LOOK = "ads.watch"
EVERY = timedelta(minutes=5)
BLIND_AFTER = timedelta(minutes=30)
"""So long a watch may fail before that is told as well."""
MOST_TOLD = 50
"""So many findings of one look are told each for itself; the log has all."""
_JITTER = 0.1
_BATCH = 100
_KEPT = timedelta(days=90)
_PATIENCE = Patience(Priority.sweep, caller="ads watch", turn=45.0)


async def wake_due(app: Resources) -> None:
    """Wake a worker for each watch that is due."""
    async with app.transaction() as session:
        query = (
            select(AdsWatch.id)
            .where(AdsWatch.mode == mode_of(app), col(AdsWatch.next_at) <= utcnow())
            .order_by(col(AdsWatch.next_at))
            .limit(_BATCH)
        )
        for watch_id in (await session.exec(query)).all():
            enqueue(session, LOOK, watch_id, job_id=f"{LOOK}:{watch_id}")


async def look(app: Resources, watch_id: str) -> None:
    """Look once, if it is due. Safe to run twice."""
    watch = await _claim(app, watch_id)
    if watch is None:
        return
    reach: Reach | None = None
    try:
        reach = await reach_advertiser(app, watch.advertiser_id, patience=_PATIENCE)
        seen, findings = compare(watch, await view(app, watch, reach))
    except BusinessError as error:
        if reach is not None:
            await note_refused(app, reach, error)
        await _note_trouble(app, watch, as_refusal(error).message)
    except AppError as error:
        await _note_trouble(app, watch, error.message)
    else:
        if await _write(app, watch, seen, findings, reach.advertiser.name if reach.advertiser else ""):
            await subscribe(app, watch, reach)


async def hurry(app: Resources, watch_id: str) -> bool:
    """Let a watch look soon, because TikTok has said that something changed; tell whether there is such a watch.

    Whoever knows its address can do so: a look that was made within half a minute is not made again.
    """
    now = utcnow()
    async with app.transaction() as session:
        watch = await session.get(AdsWatch, watch_id)
        if watch is None:
            return False
        rested = sa.or_(col(AdsWatch.checked_at).is_(None), col(AdsWatch.checked_at) < now - timedelta(seconds=30))
        changed = await session.exec(
            sa.update(AdsWatch).where(col(AdsWatch.id) == watch_id, rested).values(next_at=now)
        )
        if changed.rowcount:
            enqueue(session, LOOK, watch_id, job_id=f"{LOOK}:{watch_id}")
    return True


async def forget_old(app: Resources) -> None:
    """Forget what was found long ago."""
    async with app.transaction() as session:
        await session.exec(sa.delete(AdsWatchEvent).where(col(AdsWatchEvent.at) < utcnow() - _KEPT))


async def _claim(app: Resources, watch_id: str) -> AdsWatch | None:
    """Take the watch's turn; the next comes in five minutes, give or take, so that watches do not all ask at once."""
    now = utcnow()
    after = now + EVERY * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - no secret
    async with app.transaction() as session:
        due = (col(AdsWatch.id) == watch_id, col(AdsWatch.mode) == mode_of(app), col(AdsWatch.next_at) <= now)
        taken = await session.exec(sa.update(AdsWatch).where(*due).values(next_at=after))
        return await session.get(AdsWatch, watch_id, populate_existing=True) if taken.rowcount == 1 else None


async def _write(
    app: Resources, watch: AdsWatch, seen: dict[str, str], findings: Sequence[Finding], account: str
) -> bool:
    values: dict[str, Any] = {
        "seen": seen, "checked_at": utcnow(), "trouble": None, "failing_since": None, "is_trouble_told": False,
    }  # fmt: skip
    async with app.transaction() as session:
        if not await _change(session, watch, values):
            return False
        await _tell(session, watch, findings, account)
    for one in findings:
        log.info(
            "ads_watch", watch_id=watch.id, advertiser_id=watch.advertiser_id, kind=watch.kind.value,
            object_id=one.object_id, before=one.before, after=one.after,
        )  # fmt: skip
    return True


async def _note_trouble(app: Resources, watch: AdsWatch, why: Message) -> None:
    now = utcnow()
    since = watch.failing_since or now
    is_told = watch.is_trouble_told or now - since >= BLIND_AFTER
    values = {"trouble": keep_whole(why), "failing_since": since, "is_trouble_told": is_told}
    async with app.transaction() as session:
        if await _change(session, watch, values) and is_told and not watch.is_trouble_told:
            await _tell(session, watch, [Finding(said.watch_blind(since, why))], "")
    log.warning("ads_watch_failed", watch_id=watch.id, advertiser_id=watch.advertiser_id, why=str(why))


async def _change(session: AsyncSession, watch: AdsWatch, values: dict[str, Any]) -> bool:
    """Write down what a look has found, unless another look was faster."""
    if "seen" in values:
        values["looks"] = watch.looks + 1
    is_this_look = (col(AdsWatch.id) == watch.id, col(AdsWatch.looks) == watch.looks)
    return (await session.exec(sa.update(AdsWatch).where(*is_this_look).values(**values))).rowcount == 1


async def _tell(session: AsyncSession, watch: AdsWatch, findings: Sequence[Finding], account: str) -> None:
    for one in findings:
        session.add(
            AdsWatchEvent(
                watch_id=watch.id, object_id=one.object_id, object_name=one.name[:512], before=one.before,
                after=one.after, detail=keep_whole(one.detail),
            )
        )  # fmt: skip
    told = list(findings[:MOST_TOLD])
    if len(findings) > MOST_TOLD:
        told.append(Finding(said.watched_more(len(findings) - MOST_TOLD)))
    for one in told:
        data = {
            "watch_id": watch.id,
            "advertiser_id": watch.advertiser_id,
            "title": watch.name or account or watch.advertiser_id,
            "kind": watch.kind.value,
            "level": watch.level.value,
            "object_id": one.object_id,
            "object_name": one.name,
            "before": one.before,
            "after": one.after,
            "threshold": watch.threshold,
            "why": keep_whole(one.detail),
        }
        await emit(session, EventType.ads_watch, subject=f"ads_watch:{watch.id}", data=data)
