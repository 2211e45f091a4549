"""Settings, disk, database, Redis and workers."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import sqlalchemy as sa
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, func, select

from app.config import Settings
from app.jobs import WorkerHeartbeat
from app.kit.clock import utcnow
from app.kit.http.addresses import AllowedOrigins
from app.ops.doctor.findings import Finding, broken, ok, warning
from app.ops.migrate import SchemaState
from app.ops.readiness import WORKER_ALIVE_WITHIN, folder_state, readiness
from app.queue import RedisState
from app.resources import Resources

_LOW_DISK_BYTES = 1_000_000_000
_LATE_SECONDS = 600
_MEGABYTE = (
    "CREATE TEMPORARY TABLE newsreel_probe ON COMMIT DROP AS "
    "SELECT repeat(md5(n::text), 32) AS line FROM generate_series(1, 1000) AS n"
)
_DISK_FULL = "53100"
_FOLDER_CURES = {
    "full": "Free some space on its disk; posts go on within a minute.",
    "read_only": "Mount its disk writable, and let the user of this process write there.",
}
_FOLDER_CURE = "Look at the disk: the system's log says what is wrong with it."
_REDIS_CURES = {
    RedisState.full: "Raise its maxmemory, or give Newsreel a Redis of its own: it needs a few megabytes.",
    RedisState.read_only: "It is a replica: let NEWSREEL_REDIS_URL lead to the primary.",
}


def check_settings(settings: Settings) -> Finding:
    unreadable = AllowedOrigins(settings.fetch_allow_hosts).unreadable
    if unreadable:
        message = f"NEWSREEL_FETCH_ALLOW_HOSTS has entries that allow nothing: {', '.join(unreadable)}"
        return warning("Settings", message, "Write each as host or host:port, separated by commas.")
    return ok("Settings", "all read")


def check_disk(data_dir: Path) -> Finding:
    folder = data_dir if data_dir.exists() else Path()
    free = shutil.disk_usage(folder).free
    message = f"{free / 1e9:.1f} GB free for {data_dir}"
    if free < _LOW_DISK_BYTES:
        return warning("Disk", message, "Free some space: media is kept for 7 days after the verdict.")
    return ok("Disk", message)


async def check_data_folder(app: Resources) -> AsyncIterator[Finding]:
    folder = app.settings.data_dir
    state = await asyncio.to_thread(folder_state, folder)
    if state == "ok":
        yield ok("Data folder", f"{folder} takes writes")
        return
    message = f"{folder} cannot be written ({state}): no picture can be kept, so that nothing is posted"
    yield broken("Data folder", message, _FOLDER_CURES.get(state, _FOLDER_CURE))


async def check_database(app: Resources) -> AsyncIterator[Finding]:
    kind = "SQLite" if app.db.is_sqlite else "PostgreSQL"
    checks = await readiness(app)
    if checks["schema"] == SchemaState.ahead:
        yield warning("Database", f"{kind}, migrated by a newer version", "Start every process with that version.")
    elif checks["database"] == "ok" and await _has_room(app):
        yield ok("Database", f"{kind}, at the newest migration")
    elif checks["database"] == "migration_needed":
        yield broken("Database", f"{kind}, at an older version or empty", "Run: newsreel migrate")
    elif checks["database"] in {"ok", "refuses_writes"}:
        cure = (
            "Free some space on its disk, or make it writable again; if it is a standby, let NEWSREEL_DATABASE_URL "
            "lead to the primary."
        )
        yield broken("Database", f"{kind} answers, but takes no writes: nothing can come in", cure)
    else:
        cure = "Start the database, or correct NEWSREEL_DATABASE_URL."
        yield broken("Database", f"{kind} does not answer", cure)


async def _has_room(app: Resources) -> bool:
    """Let PostgreSQL write a megabyte, and take it back: on a full disk the few bytes of readiness may still fit."""
    if app.db.is_sqlite:
        return True
    try:
        async with app.db.engine.connect() as connection:
            await connection.execute(sa.text(_MEGABYTE))
            await connection.rollback()
    except DBAPIError as error:
        return str(getattr(error.orig, "sqlstate", "")) != _DISK_FULL
    return True


async def check_redis(app: Resources) -> AsyncIterator[Finding]:
    embedded = not app.settings.redis_url.get_secret_value()
    kind = "embedded" if embedded else "external"
    try:
        length, told = await app.queue.length(), await app.queue.redis.info()
    except (RedisError, OSError) as error:
        cure = "Start Newsreel: `newsreel up` brings Redis along." if embedded else "Start Redis, or correct its URL."
        yield broken("Redis", f"does not answer ({type(error).__name__}): posts go out more slowly", cure)
        return
    state = await app.queue.look()
    if state is not RedisState.ok:
        message = f"{kind}; it takes no writes ({state.value}): posts go out more slowly"
        yield broken("Redis", message, _REDIS_CURES.get(state, "See Redis' log, and the password or ACL in its URL."))
        return
    policy, limit = str(told.get("maxmemory_policy", "noeviction")), int(told.get("maxmemory", 0))
    if limit and policy != "noeviction":
        cure = "Set maxmemory-policy to noeviction, or give Newsreel a Redis of its own."
        yield warning("Redis", f"{kind}; when its memory is full it drops wake-ups ({policy}): posts get late", cure)
        return
    if told.get("rdb_last_bgsave_status", "ok") != "ok" and not embedded:
        cure = "Look at Redis' log: mostly its disk is full. Until then it may refuse every write."
        yield warning("Redis", f"{kind}, but it cannot save itself to disk", cure)
        return
    keeps = "keeps its memory on disk" if int(told.get("aof_enabled", 0)) else "may lose its memory, which only delays"
    yield ok("Redis", f"{kind}, {length} jobs wait or run; it {keeps}")


async def check_worker(app: Resources) -> AsyncIterator[Finding]:
    checks = await readiness(app)
    if checks["worker"] == "ok":
        alive = select(func.count()).where(col(WorkerHeartbeat.seen_at) > utcnow() - WORKER_ALIVE_WITHIN)
        async with app.read() as session:
            count = (await session.exec(alive)).one()
        yield ok("Worker", f"{count} alive")
    else:
        cure = "Start one with `newsreel worker`, or everything with `newsreel up`."
        yield broken("Worker", "no sign of life within the last minute: nothing is posted", cure)
    waiting = checks["oldest_waiting_seconds"]
    if waiting is not None and waiting > _LATE_SECONDS:
        cure = "See the worker's log. Where every worker is busy, start another."
        yield warning("Queue", f"a post has been due for {waiting / 60:.0f} minutes", cure)
    else:
        yield ok("Queue", "no post is due for long")
