"""Liveness, readiness and metrics."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from litestar import Response, get, head
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.errors import TokensUnreadable
from app.accounts.models import Account
from app.accounts.vault import open_access_token
from app.articles.known import secret_place
from app.articles.models import Source
from app.config import Settings
from app.jobs import WorkerHeartbeat
from app.kit.clock import utcnow
from app.kit.crypto import Keyring, Undecryptable
from app.migrate import is_at_head
from app.posts.models import Post, PostState
from app.resources import Resources

log = structlog.get_logger(__name__)

WORKER_ALIVE_WITHIN = timedelta(minutes=1)


@get("/healthz", opt={"public": True}, tags=["Operation"], operation_id="healthz")
async def healthz() -> dict[str, str]:
    """Tell that the process runs; asks nobody else."""
    return {"status": "ok"}


@head("/healthz", opt={"public": True}, include_in_schema=False)
async def healthz_head() -> None:
    """Tell the same to a probe that wants no body."""


@get("/readyz", opt={"public": True}, tags=["Operation"], operation_id="readyz")
async def readyz(resources: NamedDependency[Resources]) -> Response[dict[str, Any]]:
    """Tell whether posts can go out: database at the newest migration, and a worker alive within the last minute."""
    checks = await readiness(resources)
    ready = is_ready(checks)
    return Response({"status": "ready" if ready else "not_ready", **checks}, status_code=200 if ready else 503)


@head("/readyz", opt={"public": True}, include_in_schema=False)
async def readyz_head(resources: NamedDependency[Resources]) -> Response[None]:
    """Tell the same to a probe that wants no body."""
    return Response(None, status_code=200 if is_ready(await readiness(resources)) else 503)


def is_ready(checks: dict[str, Any]) -> bool:
    """Tell whether posts can go out: Redis only wakes the workers, so that it may be away."""
    return all(checks[part] == "ok" for part in ("database", "worker", "keys"))


async def readiness(resources: Resources) -> dict[str, Any]:
    """Look at each part. `keys` tells whether the configured keys open what is stored."""
    checks: dict[str, Any] = {"database": "ok", "worker": "no_heartbeat", "keys": "ok", "redis": "ok"}
    checks["queue_length"] = None
    checks |= {"worker_seen_at": None, "oldest_waiting_seconds": None}
    now = utcnow()
    try:
        async with resources.read() as session:
            if await is_at_head(session):
                seen_at = (await session.exec(select(func.max(WorkerHeartbeat.seen_at)))).one()
                oldest = (await session.exec(select(func.min(Post.created_at)).where(_is_due(now)))).one()
                checks |= _worker_checks(now, seen_at, oldest)
                checks["keys"] = "ok" if await stored_secrets_open(session, resources.keyring) else "wrong"
            else:
                checks["database"] = "migration_needed"
    except (SQLAlchemyError, OSError) as error:
        log.warning("readiness_database", error=type(error).__name__)
        checks["database"] = "unavailable"
    try:
        checks["queue_length"] = await resources.queue.length()
    except (RedisError, OSError):
        checks["redis"] = "unavailable"
    return checks


async def stored_secrets_open(session: AsyncSession, keyring: Keyring) -> bool:
    """Tell whether the key ring opens the newest secrets: a source's, and an account's token."""
    sources = select(Source).where(col(Source.deleted_at).is_(None)).order_by(col(Source.id).desc()).limit(1)
    accounts = select(Account).where(col(Account.access_token_encrypted).is_not(None)).order_by(col(Account.id).desc())
    source, account = (await session.exec(sources)).first(), (await session.exec(accounts.limit(1))).first()
    try:
        if source is not None:
            keyring.decrypt(source.secret_encrypted, place=secret_place(source.id, "secret_encrypted"))
        if account is not None:
            open_access_token(keyring, account)
    except (Undecryptable, TokensUnreadable):
        return False
    return True


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


def metrics_handler(settings: Settings) -> HTTPRouteHandler:
    """`/metrics`, open to a scraper only where the setting says so."""

    @get(
        "/metrics",
        opt={"public": settings.metrics_public},
        tags=["Operation"],
        operation_id="metrics",
        media_type=MediaType.TEXT,
    )
    async def metrics(resources: NamedDependency[Resources]) -> Response[bytes]:
        """Metrics in Prometheus' text format, read from the database: every process tells the same."""
        # As a header: Litestar would add a second charset to the media type, and then Prometheus refuses the answer.
        return Response(generate_latest(await _collect(resources)), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return metrics


async def _collect(resources: Resources) -> CollectorRegistry:
    registry = CollectorRegistry()
    posts = Gauge("newsreel_posts", "Posts by state", ["state"], registry=registry)
    accounts = Gauge("newsreel_accounts", "TikTok accounts by state", ["state"], registry=registry)
    oldest_due = Gauge("newsreel_oldest_due_post_seconds", "Age of the oldest post that is due", registry=registry)
    heartbeat = Gauge("newsreel_worker_heartbeat_age_seconds", "Since a worker last gave a sign", registry=registry)
    queue = Gauge("newsreel_queue_length", "Jobs that wait or run; -1 when Redis is away", registry=registry)
    async with resources.read() as session:
        counts = dict((await session.exec(select(Post.state, func.count()).group_by(col(Post.state)))).all())
        for state in PostState:
            posts.labels(state=state.value).set(counts.get(state, 0))
        for account_state, count in (
            await session.exec(select(Account.state, func.count()).group_by(col(Account.state)))
        ).all():
            accounts.labels(state=str(account_state)).set(count)
    checks = await readiness(resources)
    oldest_due.set(checks["oldest_waiting_seconds"] or 0)
    seen_at = checks["worker_seen_at"]
    heartbeat.set((utcnow() - seen_at).total_seconds() if seen_at else float("inf"))
    queue.set(-1 if checks["queue_length"] is None else checks["queue_length"])
    return registry


def route_handlers(settings: Settings) -> list[HTTPRouteHandler]:
    """List what main.py serves of this module."""
    return [healthz, healthz_head, readyz, readyz_head, metrics_handler(settings)]
