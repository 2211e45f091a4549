"""Idempotency keys: one write per key for ever, whoever dies meanwhile, and at whatever point.

The row says how far the write is. Whoever works on it holds a lease, and renews it; a row whose lease is over is taken
over by the next who asks, or by the sweep. Every change names the holder, so that one who was given up changes nothing.
"""

from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.leases import LeaseLost, renewing
from app.ads.models import IdempotencyKey, KeyState
from app.kit import exact_json
from app.kit.clock import utcnow
from app.kit.dialects import insert_into
from app.kit.ids import new_id
from app.resources import Resources

LEASE = timedelta(seconds=10)
_RENEW_EVERY_SECONDS = 3.0


class Mismatch(Exception):
    """The key belongs to another operation or payload."""


class InProgress(Exception):
    """Somebody works on it just now; `seconds` until they are given up, if they are dead."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Held:
    """A key in hand, with the row as it was when it was taken."""

    row: IdempotencyKey
    holder: str

    @property
    def was_sent(self) -> bool:
        """Whether its write may have reached TikTok already."""
        return self.row.state in {KeyState.sending, KeyState.unknown}


def make_row(
    key: str, operation: str, payload: dict[str, Any], center_id: str | None, correlation_id: str
) -> IdempotencyKey:
    """Make the row of a new write. TikTok's request id follows from the key, so that it is the same for ever."""
    print_ = sha256(exact_json.write([operation, payload, center_id])).hexdigest()
    return IdempotencyKey(
        key=key,
        fingerprint=print_,
        operation=operation,
        payload=payload,
        business_center_id=center_id,
        correlation_id=correlation_id,
        request_id=request_id_of(key),
    )


def request_id_of(key: str) -> str:
    """A whole number of 63 bits, made from a key."""
    return str(int.from_bytes(sha256(f"request_id:{key}".encode()).digest()[:8], "big") >> 1 or 1)


async def take(app: Resources, row: IdempotencyKey) -> Held | IdempotencyKey:
    """Take a key, or give its row where the answer stands in it. Raises Mismatch, InProgress."""
    async with app.transaction() as session:
        now, holder = utcnow(), new_id()
        made = await _insert(session, row, holder, now)
        if made:
            return Held(row, holder)
        found = await session.get_one(IdempotencyKey, row.key, populate_existing=True)
        if found.fingerprint != row.fingerprint:
            raise Mismatch
        if found.state is KeyState.done:
            return found
        session.expunge(found)
        await _take_over(session, found, holder, now)
        return Held(found, holder)


async def take_open(app: Resources, key: str) -> Held | None:
    """Take a key for the sweep; None where somebody else has it, or where it is settled."""
    async with app.transaction() as session:
        found = (await session.exec(select(IdempotencyKey).where(IdempotencyKey.key == key))).first()
        if found is None or found.state is KeyState.done:
            return None
        session.expunge(found)
        holder = new_id()
        try:
            await _take_over(session, found, holder, utcnow())
        except InProgress:
            return None
        return Held(found, holder)


async def list_open(app: Resources, operations: list[str] | None, *, since: datetime, limit: int) -> list[str]:
    """List keys whose write may have been done and nobody works on, the longest untouched first; None is for any."""
    now = utcnow()
    query = (
        select(IdempotencyKey.key)
        .where(
            col(IdempotencyKey.state).in_((KeyState.sending, KeyState.unknown)),
            sa.true() if operations is None else col(IdempotencyKey.operation).in_(operations),
            col(IdempotencyKey.created_at) > since,
            sa.or_(col(IdempotencyKey.lease_until).is_(None), col(IdempotencyKey.lease_until) < now),
        )
        .order_by(col(IdempotencyKey.updated_at))
        .limit(limit)
    )
    async with app.read() as session:
        return list((await session.exec(query)).all())


def holding(app: Resources, held: Held) -> AbstractAsyncContextManager[None]:
    """Keep the lease while the block runs."""

    async def renew() -> None:
        await _change(app, held, lease_until=utcnow() + LEASE)

    return renewing(renew, of="idempotency key", every_seconds=_RENEW_EVERY_SECONDS)


async def mark_sending(app: Resources, held: Held) -> datetime:
    """Note that the write leaves now; give the moment at which it left first. Raises LeaseLost."""
    now = held.row.sent_at or utcnow()
    await _change(app, held, state=KeyState.sending, sent_at=now)
    return now


async def store(app: Resources, held: Held, answer: str) -> None:
    """Keep an answer for ever."""
    await _change(app, held, state=KeyState.done, answer=answer, holder=None, lease_until=None)


async def leave_unknown(app: Resources, held: Held, answer: str) -> None:
    """Keep that nobody knows what became of it: it is settled by the next who asks, or by the sweep."""
    await _change(app, held, state=KeyState.unknown, answer=answer, holder=None, lease_until=None)


async def set_free(app: Resources, held: Held) -> None:
    """Forget the key: nothing was done, and the same may be tried again."""
    async with app.transaction() as session:
        await session.exec(sa.delete(IdempotencyKey).where(*_mine(held)))


async def give_back(app: Resources, held: Held) -> None:
    """Let go of a key as it was."""
    with suppress(LeaseLost):
        await _change(app, held, holder=None, lease_until=None)


async def _insert(session: AsyncSession, row: IdempotencyKey, holder: str, now: datetime) -> bool:
    values = row.model_dump() | {"holder": holder, "lease_until": now + LEASE}
    dialect = session.get_bind().dialect.name
    statement = insert_into(dialect, IdempotencyKey).values(**values).on_conflict_do_nothing(index_elements=["key"])
    return bool((await session.exec(statement)).rowcount == 1)


async def _take_over(session: AsyncSession, found: IdempotencyKey, holder: str, now: datetime) -> None:
    """Take a row from whoever held it, unless they still do. Raises InProgress."""
    if found.lease_until is not None and found.lease_until > now:
        raise InProgress((found.lease_until - now).total_seconds())
    was = col(IdempotencyKey.holder)
    taken = await session.exec(
        sa.update(IdempotencyKey)
        .where(
            col(IdempotencyKey.key) == found.key,
            was.is_(None) if found.holder is None else was == found.holder,
            col(IdempotencyKey.state) == found.state,
        )
        .values(holder=holder, lease_until=now + LEASE)
    )
    if taken.rowcount != 1:
        raise InProgress(LEASE.total_seconds())


async def _change(app: Resources, held: Held, **values: Any) -> None:
    async with app.transaction() as session:
        changed = await session.exec(
            sa.update(IdempotencyKey).where(*_mine(held)).values(updated_at=utcnow(), **values)
        )
        if changed.rowcount != 1:
            raise LeaseLost


def _mine(held: Held) -> tuple[Any, ...]:
    return (col(IdempotencyKey.key) == held.row.key, col(IdempotencyKey.holder) == held.holder)
