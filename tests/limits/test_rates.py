"""Calls of several processes against TikTok's limits, as TikTok would count them when they arrive."""

import random
from bisect import bisect_left
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.kit.clock import utcnow
from app.limits import rates
from app.limits.models import CallCount
from app.limits.rates import Rate, close, count_call, drop_old_counts, list_counts, midnight_after, read_closed, reserve

pytestmark = pytest.mark.both_databases

BASIC = Rate("business:app", per_second=10, per_minute=600)
SANDBOX = Rate("business:/campaign/get/", per_second=1, per_minute=30, per_day=1000)
PROCESSES = 3


async def reserve_one(resources, rate=BASIC, *, now=None, endpoint="/campaign/get/", caller="gateway"):
    async with resources.transaction() as session:
        turn = await reserve(session, rate, now=now)
        if not turn.is_closed:
            await count_call(session, turn.at, endpoint, caller)
        return turn


async def run_processes(resources, rate, *, seconds, jitter):
    """Let processes that always have work call for so many seconds by their common clock; give when calls arrive."""
    dice = random.Random(7)
    start = utcnow()
    ready = [start + timedelta(milliseconds=dice.uniform(0, 50)) for _ in range(PROCESSES)]
    arrivals = []
    while (now := min(ready)) < start + timedelta(seconds=seconds):
        turn = await reserve_one(resources, rate, now=now)
        ready[ready.index(now)] = max(turn.at, now) + timedelta(milliseconds=dice.uniform(1, 5))
        arrivals.append((turn.at - start).total_seconds() + dice.uniform(0, jitter))
    return sorted(arrivals)


def most_in_any(arrivals, span):
    return max(number - bisect_left(arrivals, at - span) + 1 for number, at in enumerate(arrivals))


async def test_three_processes_keep_every_window_and_use_nearly_all_of_it(resources):
    arrivals = await run_processes(resources, BASIC, seconds=70, jitter=0.03)
    assert most_in_any(arrivals, 1.0) <= 10
    assert most_in_any(arrivals, 60.0) <= 600
    assert sum(at < 60 for at in arrivals) >= 0.95 * 600


@pytest.mark.torture
async def test_ten_minutes_of_three_processes(resources):
    arrivals = await run_processes(resources, BASIC, seconds=600, jitter=0.03)
    assert (most_in_any(arrivals, 1.0) <= 10, most_in_any(arrivals, 60.0) <= 600) == (True, True)
    assert len(arrivals) >= 0.95 * 6000


async def test_a_pause_stops_everybody_at_once_and_the_first_call_after_it_leaves_alone(resources):
    await reserve_one(resources)
    until = utcnow() + timedelta(minutes=5)
    async with resources.transaction() as session:
        await close(session, BASIC, until)
        assert await read_closed(session, BASIC) == until
    closed = await reserve_one(resources)
    assert (closed.is_closed, closed.at) == (True, until)
    afterwards = until + timedelta(milliseconds=1)
    first, second = [await reserve_one(resources, now=afterwards) for _ in range(2)]
    assert (first.is_closed, first.at) == (False, afterwards)
    assert second.at - first.at >= timedelta(seconds=1 / 10)


async def test_a_shorter_pause_does_not_end_a_longer_one(resources):
    until = utcnow() + timedelta(minutes=5)
    async with resources.transaction() as session:
        await close(session, BASIC, until)
        await close(session, BASIC, until - timedelta(minutes=4))
    assert (await reserve_one(resources)).at == until


async def test_a_days_calls_end_at_midnight_utc_and_count_for_one_endpoint_alone(resources):
    few = Rate("business:/campaign/get/", per_second=1, per_minute=30, per_day=3)
    now = utcnow()
    for _ in range(3):
        assert not (await reserve_one(resources, few, now=now)).is_closed
    spent = await reserve_one(resources, few, now=now)
    assert (spent.is_closed, spent.at) == (True, midnight_after(now))
    other = Rate("business:/ad/get/", per_second=1, per_minute=30, per_day=3)
    assert not (await reserve_one(resources, other, now=now, endpoint="/ad/get/")).is_closed
    assert not (await reserve_one(resources, few, now=midnight_after(now) + timedelta(seconds=1))).is_closed


async def test_a_row_that_a_wrong_clock_wrote_does_not_stop_calls_for_as_long(resources):
    await reserve_one(resources, now=utcnow() + timedelta(hours=5))
    now = utcnow()
    assert (await reserve_one(resources, now=now)).at == now


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_processes_whose_clocks_differ_take_the_databases(resources, monkeypatch):
    first = await reserve_one(resources)
    monkeypatch.setattr(rates, "utcnow", lambda: utcnow() + timedelta(hours=1))
    second = await reserve_one(resources)
    assert timedelta(0) < second.at - first.at < timedelta(minutes=30)


async def test_who_used_the_calls_is_told_for_a_week(resources):
    for caller, endpoint in (("gateway", "/ad/get/"), ("gateway", "/ad/get/"), ("reports", "/report/integrated/get/")):
        await reserve_one(resources, endpoint=endpoint, caller=caller)
    hour_ago = utcnow() - timedelta(hours=1)
    async with resources.read() as session:
        told = await list_counts(session, hour_ago)
    assert told == {("gateway", "/ad/get/"): 2, ("reports", "/report/integrated/get/"): 1}
    async with resources.transaction() as session:
        await session.exec(sa.update(CallCount).values(hour=utcnow() - timedelta(days=9)))
        await drop_old_counts(session)
        assert await list_counts(session, utcnow() - timedelta(days=30)) == {}


def test_the_sandboxs_minute_is_what_binds_there():
    assert 60 / 30 < SANDBOX.interval < 60 / 30 / 0.95
