"""Readiness: whether posts can go out, and what stands in the way."""

import asyncio
import errno
import os
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import sqlalchemy as sa
import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app import meters
from app.accounts.tokens.access import newest_opens
from app.articles.models import Source
from app.articles.senders import secret_place
from app.jobs import WorkerHeartbeat
from app.kit.clock import utcnow
from app.kit.crypto import Keyring, Undecryptable
from app.ops.migrate import SchemaState, schema_state
from app.posts.models import Post, PostState
from app.process.counts import store_counts
from app.queue import RedisState
from app.resources import Resources

log = structlog.get_logger(__name__)

WORKER_ALIVE_WITHIN = timedelta(minutes=1)
_WRITE_SECONDS = 5.0
_REFUSAL_SECONDS = 15.0
_PROBE_BYTES = 64 * 1024
_FOLDER_STATES = {errno.ENOSPC: "full", errno.EDQUOT: "full", errno.EROFS: "read_only", errno.EACCES: "read_only"}


def is_ready(checks: dict[str, Any]) -> bool:
    """Tell whether posts can go out: Redis only wakes the workers, so that it may be away."""
    return all(checks[part] == "ok" for part in ("web", "database", "data_folder", "worker", "keys"))


async def readiness(resources: Resources) -> dict[str, Any]:
    """Look at each part. `keys` tells whether the configured keys open what is stored.

    A schema that is ahead of this process is ready: else a migration would take every web process of the version before
    from its balancer, before one of the new version runs.
    """
    checks: dict[str, Any] = {"database": "ok", "worker": "no_heartbeat", "keys": "ok"}
    checks |= {"schema": None, "queue_length": None, "worker_seen_at": None, "oldest_waiting_seconds": None}
    now = utcnow()
    try:
        async with resources.read() as session:
            checks["schema"] = state = await schema_state(session)
            if state in {SchemaState.current, SchemaState.ahead}:
                seen_at = (await session.exec(select(func.max(WorkerHeartbeat.seen_at)))).one()
                oldest = (await session.exec(select(func.min(Post.created_at)).where(_is_due(now)))).one()
                checks |= _worker_checks(now, seen_at, oldest)
                checks["keys"] = "ok" if await stored_secrets_open(session, resources.keyring) else "wrong"
            else:
                checks["database"] = "migration_needed"
        if checks["database"] == "ok":
            checks["database"] = await _write_row(resources)
    except (SQLAlchemyError, OSError) as error:
        log.warning("readiness_database", error=type(error).__name__)
        checks["database"] = "unavailable"
    checks["data_folder"] = await asyncio.to_thread(folder_state, resources.settings.data_dir)
    checks["redis"] = (await resources.queue.look()).value
    with suppress(RedisError, OSError):
        if checks["redis"] != RedisState.unavailable:
            checks["queue_length"] = await resources.queue.length()
    return checks


async def _write_row(resources: Resources) -> str:
    """Write as everything does that comes in: a disk that is full, or a standby, still answers who only reads."""
    meters.readiness_looks.count()
    try:
        async with asyncio.timeout(_WRITE_SECONDS):
            await store_counts(resources)
    except (SQLAlchemyError, OSError) as error:
        log.warning("readiness_database", error=type(error).__name__, writes=True)
        return "refuses_writes"
    # On a full disk such a small row may find room where an article finds none.
    return "refuses_writes" if resources.db.has_refused(within=_REFUSAL_SECONDS) else "ok"


def folder_state(folder: Path) -> str:
    """Write where media is kept, more than fits beside a file's name in its file system, and tell how it went."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, prefix=".probe-") as file:
            file.write(bytes(_PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        log.warning("readiness_data_folder", error=error.strerror)
        return _FOLDER_STATES.get(error.errno or 0, "refuses_writes")
    return "ok"


async def stored_secrets_open(session: AsyncSession, keyring: Keyring) -> bool:
    """Tell whether the key ring opens the newest secrets: a source's, and an account's token."""
    sources = select(Source).where(col(Source.deleted_at).is_(None)).order_by(col(Source.id).desc()).limit(1)
    source = (await session.exec(sources)).first()
    try:
        if source is not None:
            keyring.decrypt(source.secret_encrypted, place=secret_place(source.id, "secret_encrypted"))
    except Undecryptable:
        return False
    return await newest_opens(session, keyring)


def _worker_checks(now: datetime, seen_at: datetime | None, oldest: datetime | None) -> dict[str, Any]:
    checks: dict[str, Any] = {}
    if seen_at is not None:
        checks["worker_seen_at"] = seen_at
        checks["worker"] = "ok" if now - seen_at < WORKER_ALIVE_WITHIN else "silent"
    if oldest is not None:
        checks["oldest_waiting_seconds"] = round((now - oldest).total_seconds(), 1)
    return checks


def _is_due(now: datetime) -> sa.ColumnElement[bool]:
    at = col(Post.next_attempt_at)
    return sa.and_(col(Post.state) == PostState.queued, sa.or_(at.is_(None), at <= now))
