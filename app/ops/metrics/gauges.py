"""How things stand now, read from the database: so every process tells the same, and a restart changes nothing."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app import __version__
from app.accounts.models import Account, AccountState
from app.accounts.tokens.lives import first_ends
from app.articles.models import Source, SourceRefusal
from app.articles.silent_sources import silences
from app.jobs import WorkerHeartbeat
from app.kit.clock import utcnow
from app.limits.budgets import CANCEL, CREATOR_INFO, STATUS_FETCH, USER_INFO, VIDEO_LIST, VIDEO_QUERY, list_usage
from app.notifications.retention import count_switched_off, count_waiting
from app.ops.readiness import WORKER_ALIVE_WITHIN, readiness
from app.outbox.queries import oldest_untold
from app.posts.models import FINAL_STATES, Post, PostAttempt, PostState
from app.resources import Resources
from app.webhooks.models import WebhookEvent

_EVIDENCE = ("answer", "webhook", "media", "list", "person", "no_upload", "none")
_ASKED_ABOUT = (PostState.publishing, PostState.sent_to_inbox, PostState.published)
_WAITING: dict[str, str] = {
    PostState.queued: "engine",
    PostState.retryable: "engine",
    PostState.scheduled: "time",
    PostState.awaiting_approval: "person",
    PostState.unconfirmed: "person",
}
LIMITS = (STATUS_FETCH, CREATOR_INFO, CANCEL, USER_INFO, VIDEO_LIST, VIDEO_QUERY)
_ENDED_COUNTED_EVERY = 60.0
_REFUSALS_TOLD = timedelta(days=1)


class _Ended:
    """How many posts are over, by state, as they were counted a moment ago."""

    def __init__(self) -> None:
        self.counted_at = float("-inf")
        self.counts: dict[str, int] = {}


@dataclass(frozen=True, slots=True)
class Gauge:
    """One metric. A label's values are the keys of what is read for it."""

    name: str
    description: str
    label: str = ""

    def family(self, values: dict[str, float] | float | None) -> GaugeMetricFamily:
        """Shape it for Prometheus. None, or a key that is missing: there is nothing to tell, so nothing is said."""
        family = GaugeMetricFamily(self.name, self.description, labels=[self.label] if self.label else [])
        if isinstance(values, dict):
            for key, value in values.items():
                family.add_metric([key], value)
        elif values is not None:
            family.add_metric([], values)
        return family


GAUGES = (
    Gauge("newsreel_info", "The version that runs", "version"),
    Gauge("newsreel_posts", "Posts by state", "state"),
    Gauge("newsreel_accounts", "TikTok accounts by state", "state"),
    Gauge("newsreel_evidence", "Attempts whose answer was lost, by the evidence that settled them", "kind"),
    Gauge("newsreel_oldest_due_post_seconds", "Since the oldest post that is due, and has no worker yet, was made"),
    Gauge("newsreel_oldest_unposted_article_seconds", "Age of the oldest post that TikTok does not have", "waits_for"),
    Gauge("newsreel_source_silence_ratio", "Since a source's last article, by its longest usual gap", "source"),
    Gauge("newsreel_refused_delivery_age_seconds", "Since a source's last refused delivery, of the last day", "source"),
    Gauge("newsreel_poll_lateness_seconds", "How late the question about a post is that should have been asked first"),
    Gauge("newsreel_unhandled_event_seconds", "Age of the oldest event of TikTok's that was not handled yet"),
    Gauge(
        "newsreel_call_budget_used_ratio", "The fullest of a limit's budgets: 1 where calls wait their turn", "limit"
    ),
    Gauge("newsreel_outbox_age_seconds", "Since when the oldest event is due of which nobody was told yet"),
    Gauge("newsreel_notifications_waiting", "Messages to the newsroom that are still on their way", "channel"),
    Gauge("newsreel_notifications_switched_off", "Notifications that were given up after a day of failures"),
    Gauge("newsreel_token_expiry_seconds", "Until the first login of a connected account ends", "token"),
    Gauge("newsreel_workers", "Workers that gave a sign within the last minute"),
    Gauge("newsreel_worker_heartbeat_age_seconds", "Since a worker last gave a sign"),
    Gauge("newsreel_queue_length", "Jobs that wait or run; -1 when Redis is away"),
    Gauge("newsreel_writable", "1 where a write is taken, else 0", "part"),
    Gauge("newsreel_data_free_bytes", "Free space where media is kept"),
)


async def read_gauges(app: Resources) -> list[GaugeMetricFamily]:
    """Read every gauge."""
    now = utcnow()
    checks = await readiness(app)
    seen_at = checks["worker_seen_at"]
    values: dict[str, Any] = {
        "newsreel_info": {__version__: 1},
        "newsreel_oldest_due_post_seconds": checks["oldest_waiting_seconds"] or 0,
        "newsreel_worker_heartbeat_age_seconds": (now - seen_at).total_seconds() if seen_at else float("inf"),
        "newsreel_queue_length": -1 if checks["queue_length"] is None else checks["queue_length"],
        "newsreel_writable": {part: float(checks[part] == "ok") for part in ("database", "data_folder", "redis")},
        "newsreel_data_free_bytes": free_bytes(app),
    }
    async with app.read() as session:
        values |= {name: value async for name, value in _read(session, app.parts.of(_Ended), now)}
    return [gauge.family(values[gauge.name]) for gauge in GAUGES]


async def _read(session: AsyncSession, ended: _Ended, now: datetime) -> AsyncIterator[tuple[str, Any]]:
    posts = await _count_posts(session, ended)
    accounts = dict((await session.exec(select(Account.state, func.count()).group_by(col(Account.state)))).all())
    yield "newsreel_posts", {state.value: posts.get(state, 0) for state in PostState}
    yield "newsreel_accounts", {state.value: accounts.get(state, 0) for state in AccountState}
    yield "newsreel_oldest_unposted_article_seconds", await ages_of_waiting(session, now)
    yield "newsreel_source_silence_ratio", {s.slug: ratio async for s, ratio in silences(session, now)}
    yield "newsreel_refused_delivery_age_seconds", await _refusal_ages(session, now)
    settled = select(PostAttempt.evidence, func.count()).where(col(PostAttempt.evidence).is_not(None))
    kinds = (await session.exec(settled.group_by(col(PostAttempt.evidence)))).all()
    yield "newsreel_evidence", dict.fromkeys(_EVIDENCE, 0) | dict(kinds)
    # As a function's value the state tempts no planner to go through all posts in it: few have a next check.
    is_followed = func.lower(Post.state).in_([state.value for state in _ASKED_ABOUT])
    is_late = (col(Post.next_check_at) <= now, is_followed, col(Post.publish_id).is_not(None))
    latest = select(Post.next_check_at).where(*is_late).order_by(col(Post.next_check_at)).limit(1)
    yield "newsreel_poll_lateness_seconds", _since((await session.exec(latest)).first(), now)
    received = select(func.min(WebhookEvent.received_at)).where(col(WebhookEvent.handled_at).is_(None))
    yield "newsreel_unhandled_event_seconds", _since((await session.exec(received)).one(), now)
    yield "newsreel_call_budget_used_ratio", await _budgets_used(session)
    yield "newsreel_token_expiry_seconds", await _token_expiry(session, now)
    yield "newsreel_outbox_age_seconds", _since(await oldest_untold(session, now), now)
    yield "newsreel_notifications_waiting", await count_waiting(session)
    yield "newsreel_notifications_switched_off", await count_switched_off(session)
    alive = select(func.count()).where(col(WorkerHeartbeat.seen_at) > now - WORKER_ALIVE_WITHIN)
    yield "newsreel_workers", (await session.exec(alive)).one()


async def _count_posts(session: AsyncSession, ended: _Ended) -> dict[str, int]:
    """Count posts by state: those that are over, almost all, only once a minute."""
    query = select(Post.state, func.count()).group_by(col(Post.state))
    if monotonic() - ended.counted_at > _ENDED_COUNTED_EVERY:
        ended.counts = dict((await session.exec(query.where(col(Post.state).in_(FINAL_STATES)))).all())
        ended.counted_at = monotonic()
    under_way = [state for state in PostState if state not in FINAL_STATES]
    return {**ended.counts, **dict((await session.exec(query.where(col(Post.state).in_(under_way)))).all())}


async def _refusal_ages(session: AsyncSession, now: datetime) -> dict[str, float]:
    latest = func.max(SourceRefusal.last_at)
    query = select(Source.slug, latest).where(col(SourceRefusal.source_id) == col(Source.id)).group_by(col(Source.slug))
    recent = query.where(col(SourceRefusal.last_at) >= now - _REFUSALS_TOLD)
    return {slug: _since(last_at, now) for slug, last_at in (await session.exec(recent)).all()}


async def ages_of_waiting(session: AsyncSession, now: datetime) -> dict[str, float]:
    """Tell how old the oldest post is of those that wait for this service, for a time, and for a person."""
    is_timed = col(Post.scheduled_at).is_not(None)
    query = (
        select(Post.state, is_timed, func.min(Post.created_at))
        .where(col(Post.state).in_(_WAITING))
        .group_by(col(Post.state), is_timed)
    )
    ages = {"engine": 0.0, "time": 0.0, "person": 0.0}
    for state, has_time, oldest in (await session.exec(query)).all():
        waits_for = "person" if state is PostState.scheduled and not has_time else _WAITING[state]
        ages[waits_for] = max(ages[waits_for], _since(oldest, now))
    return ages


async def _budgets_used(session: AsyncSession) -> dict[str, float]:
    """Tell, per limit of TikTok's, how much the owner uses who uses most."""
    used = {}
    for limit in LIMITS:
        usage = await list_usage(session, limit)
        used[limit.name] = max(usage.values(), default=0.0)
    return used


async def _token_expiry(session: AsyncSession, now: datetime) -> dict[str, float]:
    first = await first_ends(session)
    found = {"access": first.expires_at, "refresh": first.refresh_expires_at}
    return {token: (end - now).total_seconds() for token, end in found.items() if end is not None}


def _since(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max(0.0, (now - moment).total_seconds())


def free_bytes(app: Resources) -> int:
    """Tell how much space is left for media."""
    folder = app.settings.data_dir
    return shutil.disk_usage(folder if folder.exists() else ".").free
