"""The queue of wake-ups: arq's, in Redis; what arq does not promise stands in kit/arq_inside.py."""

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from functools import partial
from time import monotonic
from typing import Any

import msgspec
import structlog
from arq.connections import ArqRedis
from redis.asyncio import BlockingConnectionPool
from redis.exceptions import AuthenticationError, OutOfMemoryError, ReadOnlyError, RedisError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError

from app.kit.arq_inside import write_jobs
from app.kit.ids import new_id

log = structlog.get_logger(__name__)

QUEUE_NAME = "newsreel:jobs"
REDIS_TIMEOUT_SECONDS = 2.0
"""For one command, and for a place in the pool."""
_AWAY_SECONDS = 1.0
_PROBE, _PROBE_MS = "newsreel:probe", 60_000
# arq drops what it has not started after a day; six posts a minute take longer for a long queue.
_KEPT_MS = 7 * 24 * 3600 * 1000

JobCall = tuple[str, tuple[str, ...]]
"""A job's name and its arguments."""


class RedisState(StrEnum):
    """What Redis says to a write. `full`: its memory; `refuses`: it has another reason, like a disk or a password."""

    ok = "ok"
    full = "full"
    read_only = "read_only"
    refuses = "refuses_writes"
    unavailable = "unavailable"


class ArqQueue:
    """arq's queue in Redis. Connects when first used, so that a Redis that is away stops nobody from starting.

    While it is away a wake-up fails at once, but for one in a while: else whoever has something to say would wait for a
    Redis that takes connections and says nothing. In a worker `stand_in` takes the jobs then.
    """

    def __init__(self, url: str) -> None:
        self.stand_in: Callable[..., None] | None = None
        self._is_away = False
        self._next_try_at = 0.0
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=50,
            timeout=REDIS_TIMEOUT_SECONDS,
            socket_timeout=REDIS_TIMEOUT_SECONDS,
            socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
        )
        self.redis = ArqRedis(
            pool,
            job_serializer=serialize,
            job_deserializer=deserialize,
            default_queue_name=QUEUE_NAME,
            expires_extra_ms=_KEPT_MS,
        )

    async def wake(self, name: str, *args: str, job_id: str | None = None) -> None:
        async def enqueue() -> None:
            # None is arq's answer for "already queued": somebody else has woken the worker.
            await self.redis.enqueue_job(name, *args, _job_id=job_id)

        if not await self._ask(enqueue) and self.stand_in:
            self.stand_in(name, *args, job_id=job_id)

    async def wake_all(self, calls: Sequence[JobCall]) -> None:
        """Ask for many jobs in one trip, each under an id of its own."""
        if calls and not await self._ask(partial(self._write, calls)) and self.stand_in:
            for name, args in calls:
                self.stand_in(name, *args)

    async def _ask(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Do it and tell whether Redis took it. Without a stand-in it raises what Redis or the way there raises."""
        now = monotonic()
        if self._is_away and now < self._next_try_at:
            if self.stand_in is None:
                raise RedisConnectionError("Redis took nothing a moment ago")
            return False
        self._next_try_at = now + _AWAY_SECONDS + REDIS_TIMEOUT_SECONDS
        try:
            await work()
        except (RedisError, OSError) as error:
            if not self._is_away:
                log.warning("redis_takes_nothing", error=type(error).__name__)
            self._is_away, self._next_try_at = True, monotonic() + _AWAY_SECONDS
            if self.stand_in is None:
                raise
            return False
        self._is_away = False
        return True

    async def look(self) -> RedisState:
        """Write something small, and tell what becomes of it."""
        try:
            await self.redis.psetex(_PROBE, _PROBE_MS, "1")
        except OutOfMemoryError:
            return RedisState.full
        except ReadOnlyError:
            return RedisState.read_only
        except (ResponseError, AuthenticationError):
            return RedisState.refuses
        except (RedisError, OSError):
            return RedisState.unavailable
        self._is_away = False
        return RedisState.ok

    async def _write(self, calls: Sequence[JobCall]) -> None:
        by_id = {new_id(): call for call in calls}
        await write_jobs(self.redis, by_id, queue=QUEUE_NAME, kept_ms=_KEPT_MS, serializer=serialize)

    async def length(self) -> int:
        """Count the jobs that wait or run. Raises redis' ConnectionError."""
        return int(await self.redis.zcard(QUEUE_NAME))

    async def close(self) -> None:
        await self.redis.aclose(close_connection_pool=True)


def serialize(value: dict[str, Any]) -> bytes:
    """Write a job for Redis as JSON: pickle would let whoever writes to Redis run code here."""
    return msgspec.json.encode(value, enc_hook=repr)


def deserialize(raw: bytes) -> dict[str, Any]:
    value: dict[str, Any] = msgspec.json.decode(raw)
    return value
