"""Slows down guessing of passwords, without locking the right person out.

It counts in the database, so that it holds for all processes and needs no Redis. Only attempts whose password is looked
at leave a row, so a flood does not fill the table: it is refused by a read.
"""

import asyncio
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import LoginAttempt
from app.errors import TooManyRequests
from app.kit.clock import utcnow
from app.kit.crypto import derive_key
from app.messages import access
from app.resources import Resources
from app.web.peers import subscriber

PER_PAIR_AND_MINUTE = 5
PER_ADDRESS_AND_MINUTE = 30
PER_USER_AND_HOUR = 20
UNDELAYED_PER_USER_AND_HOUR = 5
LONGEST_DELAY = 8.0
_FIRST_DELAY = 0.25
MOST_WAITING = 64
"""Of a process at once; a flood of wrong passwords must not fill it with those that wait."""
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_USER_LOCK = 0x4E52


class Waiting:
    """How many logins this process lets wait: a bound on the memory that they take."""

    count = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """An admitted attempt. `forgive` it when the password was right."""

    id: str
    user_key: str
    address_key: str
    delay: float


@dataclass(frozen=True, slots=True)
class _Counts:
    pair_minute: int
    pair_hour: int
    pair_last: datetime | None
    user_hour: int
    address_minute: int


async def admit(resources: Resources, email: str, client_ip: str) -> Attempt:
    """Let an attempt through, at once or after a growing wait, or raise TooManyRequests.

    Five a minute for one address and user. From the sixth wrong password of an hour on, whoever tries this user waits;
    from the twentieth on, an address that was wrong before waits for minutes, and any other still gets its try.
    """
    user_key, address_key = _keys(resources, email, client_ip)
    async with resources.read() as session:
        _check(await _count(session, user_key, address_key))
    async with resources.transaction() as session:
        await _lock(session, user_key)
        counts = await _count(session, user_key, address_key)
        _check(counts)
        row = LoginAttempt(user_key=user_key, address_key=address_key)
        session.add(row)
        await session.flush()
        attempt = Attempt(row.id, user_key, address_key, _delay(counts.user_hour))
    await hold_back(resources.parts.of(Waiting), attempt.delay)
    return attempt


async def forgive(session: AsyncSession, attempt: Attempt) -> None:
    """Forget the wrong tries of this user from this address: the password was right."""
    await session.exec(
        sa.delete(LoginAttempt).where(
            col(LoginAttempt.user_key) == attempt.user_key, col(LoginAttempt.address_key) == attempt.address_key
        )
    )


async def forget_old_attempts(session: AsyncSession) -> None:
    """Delete what is older than the longest window."""
    await session.exec(sa.delete(LoginAttempt).where(col(LoginAttempt.at) < utcnow() - _HOUR))


def _check(counts: _Counts) -> None:
    if counts.pair_minute >= PER_PAIR_AND_MINUTE or counts.address_minute >= PER_ADDRESS_AND_MINUTE:
        raise TooManyRequests(access.TOO_MANY_LOGINS, retry_after=60)
    if counts.user_hour >= PER_USER_AND_HOUR and counts.pair_last is not None:
        wait = min(60 * 2 ** min(counts.pair_hour - 1, 6), 3600)
        # Not longer than that, also where the clock was set back since.
        left = min(wait, wait - (utcnow() - counts.pair_last).total_seconds())
        if left > 0:
            raise TooManyRequests(access.TOO_MANY_LOGINS, retry_after=int(left) + 1)


def _delay(user_hour: int) -> float:
    over = user_hour - UNDELAYED_PER_USER_AND_HOUR
    return 0.0 if over < 0 else min(_FIRST_DELAY * 2 ** min(over, 16), LONGEST_DELAY)


async def hold_back(waiting: Waiting, delay: float) -> None:
    """Wait so many seconds. Raises TooManyRequests where too many of this process wait already."""
    if not delay:
        return
    if waiting.count >= MOST_WAITING:
        raise TooManyRequests(access.TOO_MANY_LOGINS, retry_after=60)
    waiting.count += 1
    try:
        await asyncio.sleep(delay)
    finally:
        waiting.count -= 1


async def _count(session: AsyncSession, user_key: str, address_key: str) -> _Counts:
    now = utcnow()
    at = col(LoginAttempt.at)
    is_user, is_address = col(LoginAttempt.user_key) == user_key, col(LoginAttempt.address_key) == address_key
    is_pair = sa.and_(is_user, is_address)
    query = sa.select(
        sa.func.count().filter(is_pair, at > now - _MINUTE),
        sa.func.count().filter(is_pair),
        sa.func.max(at).filter(is_pair),
        sa.func.count().filter(is_user),
        sa.func.count().filter(is_address, at > now - _MINUTE),
    ).where(at > now - _HOUR, sa.or_(is_user, is_address))
    return _Counts(*(await session.exec(query)).one())  # type: ignore[call-overload]


async def _lock(session: AsyncSession, user_key: str) -> None:
    """Make attempts at one user count one after the other. SQLite's write transactions do that by themselves."""
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(bytes.fromhex(user_key[:8]), "big", signed=True)
        await session.exec(select(sa.func.pg_advisory_xact_lock(_USER_LOCK, number)))


def _keys(resources: Resources, email: str, client_ip: str) -> tuple[str, str]:
    key = derive_key(resources.settings.secret_keys[0], b"login attempts")
    user = hmac.new(key, b"user:" + email.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
    address = hmac.new(key, b"address:" + subscriber(client_ip).encode(), hashlib.sha256).hexdigest()
    return user, address
