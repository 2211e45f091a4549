"""TikTok's limits per minute: never exceeded, whoever calls, and whatever restarts."""

import asyncio
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from pydantic import SecretStr
from sqlmodel import select

from app.accounts.tokens.access import call_with_token
from app.accounts.update import query_creator_info
from app.limits import budgets
from app.limits.budgets import (
    CREATOR_INFO,
    STATUS_FETCH,
    USER_INFO,
    VIDEO_LIST,
    VIDEO_QUERY,
    Ask,
    BudgetSpent,
    Limit,
    list_usage,
    slow_down,
    spend,
    take,
)
from app.limits.models import CallBudget
from app.resources import open_resources
from app.tiktok.errors import AccessTokenInvalid, TikTokRateLimited
from tests.accounts.support import make_account, run_together

pytestmark = pytest.mark.both_databases

LIMITS = (STATUS_FETCH, CREATOR_INFO, USER_INFO, VIDEO_LIST, VIDEO_QUERY)
SLACK_SECONDS = 7.0
"""How long a call may be under way before TikTok counts it."""


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(budgets, "utcnow", clock)
    return clock


async def spend_all(resources, limit: Limit, owner: str = "a") -> int:
    """Call as often as the budget lets; tell how often that was."""
    calls = 0
    while True:
        try:
            await spend(resources, limit, owner)
        except BudgetSpent:
            return calls
        calls += 1


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.name)
def test_no_window_of_a_minute_can_hold_too_many_calls_even_if_they_arrive_late(limit):
    assert limit.burst + (60 + SLACK_SECONDS) // limit.interval <= limit.per_minute


@pytest.mark.parametrize("limit", [STATUS_FETCH, CREATOR_INFO], ids=lambda limit: limit.name)
async def test_whoever_calls_whenever_he_may_stays_below_the_limit(sqlite_resources, clock, limit):
    started_at = clock.now
    calls: list[float] = []
    while (second := (clock.now - started_at).total_seconds()) < 200:
        calls += [second] * await spend_all(sqlite_resources, limit)
        clock.move(0.7)
    most = max(sum(start <= call <= start + 60 + SLACK_SECONDS for call in calls) for start in calls)
    assert most <= limit.per_minute
    assert len(calls) >= 200 / limit.interval


async def test_two_posts_in_the_fast_phase_get_all_their_questions(resources, clock):
    for _ in range(40):
        await spend(resources, STATUS_FETCH, "a")
        clock.move(0.1)
        await spend(resources, STATUS_FETCH, "a")
        clock.move(4.9)


async def test_who_comes_too_early_is_told_when(resources, clock):
    assert await spend_all(resources, STATUS_FETCH) == STATUS_FETCH.burst
    with pytest.raises(BudgetSpent) as refused:
        await spend(resources, STATUS_FETCH, "a")
    wait = refused.value.retry_at - clock.now
    assert wait == timedelta(seconds=STATUS_FETCH.interval)
    clock.now = refused.value.retry_at - timedelta(milliseconds=1)
    assert await spend_all(resources, STATUS_FETCH) == 0
    clock.now = refused.value.retry_at
    assert await spend_all(resources, STATUS_FETCH) == 1


async def test_accounts_and_limits_do_not_disturb_each_other(resources, clock):
    assert await spend_all(resources, STATUS_FETCH, "a") == STATUS_FETCH.burst
    assert await spend_all(resources, STATUS_FETCH, "b") == STATUS_FETCH.burst
    assert await spend_all(resources, CREATOR_INFO, "a") == CREATOR_INFO.burst


async def test_the_limits_of_the_display_api_are_shared_by_all_accounts(resources, clock):
    for limit in (USER_INFO, VIDEO_LIST, VIDEO_QUERY):
        async with resources.transaction() as session:
            await take(session, limit, {budgets.EVERYBODY: Ask(limit.burst)})
        assert await spend_all(resources, limit, "a") == 0, limit.name


async def test_eight_at_once_get_no_more_than_there_is(resources, clock):
    granted = await asyncio.gather(*(spend_all(resources, STATUS_FETCH) for _ in range(8)))
    assert sum(granted) == STATUS_FETCH.burst


async def test_crossing_claims_for_many_accounts_neither_lock_up_nor_grant_twice(resources, clock):
    owners = [f"account-{number}" for number in range(30)]

    async def take_all(order: list[str]) -> int:
        async with resources.transaction() as session:
            shares = await take(session, STATUS_FETCH, {owner: Ask(2) for owner in order})
        return sum(share.granted for share in shares.values())

    orders = [owners[start:] + owners[:start] for start in range(0, 30, 4)]
    granted = await asyncio.gather(*(take_all(order) for order in orders))
    assert sum(granted) == STATUS_FETCH.burst * len(owners)


async def test_three_processes_get_no_more_than_one_would(resources, tmp_path):
    environment = {
        **os.environ,
        "NEWSREEL_DATABASE_URL": resources.settings.database_url.get_secret_value(),
        "NEWSREEL_REDIS_URL": "redis://127.0.0.1:1",  # nobody listens there: the truth is in the database
        "NEWSREEL_SECRET_KEY": resources.settings.secret_key.get_secret_value(),
    }
    told = await run_together("tests.accounts.spender", "4", "a", count=3, environment=environment, folder=tmp_path)
    granted = sorted(map(float, told))
    assert len(granted) >= STATUS_FETCH.burst
    lasted = granted[-1] - granted[0]
    # A process may print its grant a little after it got it, but never before.
    assert len(granted) <= STATUS_FETCH.burst + (lasted + 1.0) / STATUS_FETCH.interval


async def test_a_restart_gives_nothing_back_and_redis_is_not_asked(settings, clock):
    deaf = settings.model_copy(update={"redis_url": SecretStr("redis://127.0.0.1:1")})
    async with open_resources(deaf) as first:
        await spend_all(first, STATUS_FETCH)
    async with open_resources(deaf) as second:
        assert await spend_all(second, STATUS_FETCH) == 0
        clock.move(STATUS_FETCH.interval)
        assert await spend_all(second, STATUS_FETCH) == 1


async def test_spare_calls_come_out_of_a_full_budget_alone(resources, clock):
    async def ask(wanted: int, spare: int) -> tuple[int, int]:
        async with resources.transaction() as session:
            share = (await take(session, STATUS_FETCH, {"a": Ask(wanted, spare)}))["a"]
        return share.granted, share.spare

    assert await ask(0, 5) == (0, 1)
    assert await ask(1, 1) == (1, 0)
    clock.move(2 * STATUS_FETCH.interval)
    assert await ask(1, 1) == (1, 0)
    clock.move(STATUS_FETCH.interval)
    assert await ask(0, 1) == (0, 1)


async def test_a_clock_that_leapt_ahead_closes_nothing_for_as_long(resources, clock):
    clock.move(3600)
    await spend_all(resources, STATUS_FETCH)
    clock.move(-3600)
    await spend_all(resources, STATUS_FETCH)
    clock.move(STATUS_FETCH.interval)
    assert await spend_all(resources, STATUS_FETCH) == 1


async def refuse(resources, retry_after: float | None = None) -> datetime:
    async with resources.transaction() as session:
        return await slow_down(session, STATUS_FETCH, "a", retry_after)


async def count_calls(resources, clock, minutes: float) -> list[datetime]:
    calls = []
    ends_at = clock.now + timedelta(minutes=minutes)
    while clock.now < ends_at:
        calls += [clock.now] * await spend_all(resources, STATUS_FETCH)
        clock.move(0.5)
    return calls


async def test_a_refusal_closes_the_budget_for_a_minute_and_then_calls_are_rarer(sqlite_resources, clock):
    await spend(sqlite_resources, STATUS_FETCH, "a")
    closed_at = clock.now
    assert await refuse(sqlite_resources) == closed_at + timedelta(minutes=1)
    calls = await count_calls(sqlite_resources, clock, 5)
    assert calls[0] >= closed_at + timedelta(minutes=1)
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(calls)]
    assert min(gaps) > 1.7 * STATUS_FETCH.interval
    assert len(calls) >= 4 * 60 / (2.3 * STATUS_FETCH.interval)


async def test_a_wait_that_tiktok_asks_for_is_kept_and_a_senseless_one_is_cut(resources, clock):
    assert await refuse(resources, 300) == clock.now + timedelta(minutes=5)
    assert await refuse(resources, 10) == clock.now + timedelta(minutes=5)
    assert await refuse(resources, 10**9) == clock.now + timedelta(hours=24)


async def test_refusals_of_calls_that_were_under_way_together_count_once(resources, clock):
    for _ in range(5):
        await refuse(resources)
    async with resources.read() as session:
        row = (await session.exec(select(CallBudget))).one()
    assert row.gap_seconds == STATUS_FETCH.interval


async def test_refusals_again_and_again_widen_the_gap_and_quiet_hours_close_it(sqlite_resources, clock):
    gaps = []
    for _ in range(8):
        await refuse(sqlite_resources)
        async with sqlite_resources.read() as session:
            gaps.append((await session.exec(select(CallBudget.gap_seconds))).one())
        clock.move(61)
    assert gaps == sorted(gaps)
    assert gaps[1] > 2.5 * gaps[0]
    assert gaps[-1] == 60.0
    clock.move(12 * 3600)
    assert await spend_all(sqlite_resources, STATUS_FETCH) == STATUS_FETCH.burst
    clock.move(STATUS_FETCH.interval)
    assert await spend_all(sqlite_resources, STATUS_FETCH) == 1


async def test_the_use_of_budgets_can_be_seen(resources, clock):
    await spend_all(resources, STATUS_FETCH, "busy")
    await spend(resources, STATUS_FETCH, "calm")
    await spend(resources, CREATOR_INFO, "other")
    async with resources.read() as session:
        usage = await list_usage(session, STATUS_FETCH)
    assert usage == {"busy": 1.0, "calm": pytest.approx(1 / STATUS_FETCH.burst)}
    clock.move(3600)
    async with resources.read() as session:
        assert await list_usage(session, STATUS_FETCH) == {}


async def test_questions_about_the_creator_stop_before_tiktok_stops_them(newsreel, tiktok):
    account = await make_account(newsreel, tiktok)
    asked = 0
    with suppress(BudgetSpent):
        while asked <= CREATOR_INFO.per_minute:
            await query_creator_info(newsreel, account.id)
            asked += 1
    assert CREATOR_INFO.burst <= asked <= CREATOR_INFO.per_minute
    assert tiktok.count("creator_info") == asked
    assert not tiktok.violations


async def test_the_repeat_after_a_refused_token_is_counted_too(newsreel, tiktok):
    account = await make_account(newsreel, tiktok)
    answers = iter([AccessTokenInvalid(log_id=None, http_status=401), None])

    async def call(client, token):
        if (error := next(answers)) is not None:
            raise error

    await call_with_token(newsreel, account.id, call, limit=STATUS_FETCH)
    async with newsreel.read() as session:
        usage = await list_usage(session, STATUS_FETCH)
    assert usage[account.id] > 1.5 / STATUS_FETCH.burst


async def test_a_refused_call_closes_its_budget(newsreel, tiktok):
    account = await make_account(newsreel, tiktok)
    tiktok.fail(endpoint="creator_info", code="rate_limit_exceeded")
    with pytest.raises(TikTokRateLimited):
        await query_creator_info(newsreel, account.id)
    with pytest.raises(BudgetSpent) as refused:
        await query_creator_info(newsreel, account.id)
    assert refused.value.retry_after is not None
    assert refused.value.retry_after > 50
    assert tiktok.count("creator_info") == 1
