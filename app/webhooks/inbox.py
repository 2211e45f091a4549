"""TikTok's events: verified on their raw bytes, stored once, and put back until somebody could make sense of them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from app import meters
from app.kit.bulk import insert_rows
from app.kit.clock import utcnow
from app.kit.json_values import clean_text
from app.resources import Resources
from app.tiktok.errors import SignatureInvalid
from app.tiktok.fields import parse_object
from app.tiktok.webhooks import EventKind, TikTokEvent, parse_event, verify_signature
from app.webhooks.models import WebhookEvent

log = structlog.get_logger(__name__)

WEBHOOK_PATH = "/api/tiktok/webhook"
UNCLAIMED = "unclaimed"
"""The outcome of an event whose `publish_id` nobody knows yet. It stays unhandled: its init may still be answered."""
KEPT_UNCLAIMED = timedelta(hours=80)
"""TikTok repeats an event for 72 hours."""
_JOBS = {EventKind.comment_changed.value: "comments.tiktok_event"}
_LATE = timedelta(minutes=5)
_TABLE = WebhookEvent.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class SecretFinder:
    """Finds the secrets of the TikTok app with a client key. The accounts have them; `main` brings the two together.

    A class of its own, because the framework tells what a handler wants by its type.
    """

    find: Callable[[str], Awaitable[Sequence[str]]]


async def receive_event(app: Resources, body: bytes, signature: str | None, secrets: SecretFinder) -> None:
    """Store an event and wake a worker for it. Raises SignatureInvalid, and EventUnreadable for a signed riddle."""
    signed_at = await _verify(body, signature, secrets)
    event = parse_event(body)
    row = _row(event, signed_at)
    # One statement on a plain connection: the answer is to leave within milliseconds.
    is_new = bool(await app.db.run_single(lambda connection: insert_rows(connection, _TABLE, [row.model_dump()])))
    if is_new:
        meters.tiktok_events.count(row.kind)
        await _wake(app, row)
    age = (utcnow() - signed_at).total_seconds()
    log.info(
        "tiktok_event", tiktok_event=event.event[:64], is_new=is_new, age=age if age > _LATE.total_seconds() else None
    )


def job_of(kind: str) -> str:
    """Name the job that weighs events of this kind."""
    return _JOBS.get(kind, "posts.tiktok_event")


async def _wake(app: Resources, row: WebhookEvent) -> None:
    try:
        await app.queue.wake_all([(job_of(row.kind), (row.id,))])
    except Exception:
        # The row is committed: an error answer now would only bring the event again. A sweep finds the row without us.
        log.exception("wake_failed", jobs=1)


async def _verify(body: bytes, signature: str | None, secrets: SecretFinder) -> datetime:
    """The client key is read before it can be believed: it only chooses the secret that must fit."""
    claimed = parse_object(body) or {}
    client_key = clean_text(claimed.get("client_key"))
    for secret in await secrets.find(client_key) if client_key else ():
        try:
            return _moment(verify_signature(body, signature, secret)) or utcnow()
        except SignatureInvalid:
            continue
    raise SignatureInvalid


def _row(event: TikTokEvent, signed_at: datetime) -> WebhookEvent:
    return WebhookEvent(
        dedup_key=event.dedup_key,
        event=event.event,
        kind=event.kind.value,
        client_key=event.client_key[:255],
        # An id that is longer than any of ours belongs to nobody here; cut, it might.
        open_id=event.user_openid if len(event.user_openid or "") <= 128 else None,
        publish_id=event.publish_id,
        post_id=event.post_id,
        comment_id=event.comment_id if len(event.comment_id or "") <= 64 else None,
        publish_type=event.publish_type,
        reason=event.reason,
        content=event.content,
        occurred_at=_moment(event.create_time),
        signed_at=signed_at,
    )


def _moment(seconds: int | None) -> datetime | None:
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


async def get_event(session: AsyncSession, event_id: str) -> WebhookEvent | None:
    """Get an event, locked on PostgreSQL: two workers may have been woken for it."""
    query = select(WebhookEvent).where(col(WebhookEvent.id) == event_id).with_for_update()
    return (await session.exec(query)).first()


async def list_unhandled(session: AsyncSession, *, received_before: datetime, limit: int) -> list[tuple[str, str]]:
    """List the events that nobody has looked at, oldest first: each with the job that weighs it."""
    query = (
        select(WebhookEvent.id, WebhookEvent.kind)
        .where(
            col(WebhookEvent.handled_at).is_(None),
            col(WebhookEvent.outcome).is_(None),
            col(WebhookEvent.received_at) <= received_before,
        )
        .order_by(col(WebhookEvent.received_at))
    )
    return [(event_id, job_of(kind)) for event_id, kind in (await session.exec(query.limit(limit))).all()]


async def list_same_post(session: AsyncSession, event: WebhookEvent, *, limit: int) -> Sequence[WebhookEvent]:
    """List the events of the same kind about the same post that wait as this one does, itself among them."""
    query = select(WebhookEvent).where(
        col(WebhookEvent.open_id) == event.open_id,
        col(WebhookEvent.post_id) == event.post_id,
        col(WebhookEvent.kind) == event.kind,
        col(WebhookEvent.handled_at).is_(None),
    )
    return (await session.exec(query.order_by(col(WebhookEvent.id)).limit(limit))).all()


async def close_events(session: AsyncSession, event_ids: Sequence[str], outcome: str) -> None:
    """Note what events have led to."""
    is_one = (col(WebhookEvent.id).in_(event_ids), col(WebhookEvent.handled_at).is_(None))
    await session.exec(sa.update(WebhookEvent).where(*is_one).values(handled_at=utcnow(), outcome=outcome[:64]))


async def list_unclaimed(session: AsyncSession, open_id: str, *, since: datetime) -> list[str]:
    """List an account's events about posts that nobody has claimed yet, weighed or not, in TikTok's order of time.

    `since` is of our own clock, by which they came: TikTok's may differ, and an event may bear no time at all.
    """
    query = (
        select(WebhookEvent.id)
        .where(
            col(WebhookEvent.open_id) == open_id,
            col(WebhookEvent.handled_at).is_(None),
            col(WebhookEvent.publish_id).is_not(None),
            col(WebhookEvent.received_at) >= since,
        )
        .order_by(sa.func.coalesce(col(WebhookEvent.occurred_at), col(WebhookEvent.received_at)), col(WebhookEvent.id))
    )
    return list((await session.exec(query)).all())


async def list_claimable(session: AsyncSession, is_known: sa.ColumnElement[bool], *, limit: int) -> list[str]:
    """List unclaimed events of which `is_known` is true by now."""
    query = select(WebhookEvent.id).where(
        col(WebhookEvent.handled_at).is_(None),
        col(WebhookEvent.outcome) == UNCLAIMED,
        is_known,
    )
    return list((await session.exec(query.limit(limit))).all())


async def reopen_unclaimed(session: AsyncSession, open_ids: SelectOfScalar[str]) -> None:
    """Let these accounts' unclaimed events be weighed anew, as if nobody had looked at them.

    One that another worker weighs just now is left to it: it waits for what this transaction writes.
    """
    unclaimed = (
        select(WebhookEvent.id)
        .where(
            col(WebhookEvent.open_id).in_(open_ids),
            col(WebhookEvent.handled_at).is_(None),
            col(WebhookEvent.outcome) == UNCLAIMED,
        )
        .with_for_update(skip_locked=True)
    )
    await session.exec(sa.update(WebhookEvent).where(col(WebhookEvent.id).in_(unclaimed)).values(outcome=None))


async def close_stale(session: AsyncSession, now: datetime) -> int:
    """Let events go that nobody will claim any more."""
    closed = await session.exec(
        sa.update(WebhookEvent)
        .where(
            col(WebhookEvent.handled_at).is_(None),
            col(WebhookEvent.outcome) == UNCLAIMED,
            col(WebhookEvent.received_at) < now - KEPT_UNCLAIMED,
        )
        .values(handled_at=now)
    )
    return int(closed.rowcount)


async def newest_of_kind(
    session: AsyncSession, publish_id: str, kinds: Sequence[str], post_id: str | None
) -> WebhookEvent | None:
    """Find which of these events TikTok made last, whatever came last; of the same second, the later kind."""
    query = select(WebhookEvent).where(
        col(WebhookEvent.publish_id) == publish_id,
        col(WebhookEvent.kind).in_(kinds),
        col(WebhookEvent.post_id) == post_id,
    )
    events = (await session.exec(query)).all()
    return max(
        events, key=lambda event: (event.occurred_at or event.received_at, kinds.index(event.kind)), default=None
    )


async def last_event_at(session: AsyncSession) -> datetime | None:
    """Tell when TikTok's last event came."""
    # Ids grow with time, and are indexed.
    return (await session.exec(select(WebhookEvent.received_at).order_by(col(WebhookEvent.id).desc()).limit(1))).first()
