"""The line of one process: who goes first, who does not wait, and what a pause does to those in it."""

import asyncio
import dataclasses
from contextlib import asynccontextmanager
from datetime import timedelta
from time import monotonic

import pytest
import sqlalchemy as sa
from sqlmodel import select
from structlog.testing import capture_logs

from app.kit.clock import utcnow
from app.limits import line
from app.limits.line import CallLine, Closed
from app.limits.models import CallBudget, CallCount
from app.limits.rates import Rate, close, reserve
from tests.support.waiting import eventually

pytestmark = pytest.mark.both_databases

FAST = Rate("business:app", per_second=50, per_minute=3000)
SLOW = Rate("business:app", per_second=2, per_minute=120)
ONE_A_MINUTE = Rate("business:app", per_second=1, per_minute=1)


@pytest.fixture
def lines(resources):
    """Two lines, as two processes have them."""
    return [CallLine(FAST, resources.transaction) for _ in range(2)]


async def test_a_call_that_somebody_waits_for_goes_before_sweeps_and_reports(lines):
    left = []

    async def call(name, priority):
        await lines[0].wait(endpoint="/ad/get/", priority=priority)
        left.append(name)

    async with asyncio.TaskGroup() as calls:
        for number in range(3):
            calls.create_task(call(f"report {number}", 2))
            calls.create_task(call(f"sweep {number}", 1))
        await asyncio.sleep(0)
        calls.create_task(call("person", 0))
    assert left == ["person", *(f"sweep {n}" for n in range(3)), *(f"report {n}" for n in range(3))]


async def test_two_processes_share_one_row_and_neither_starves(lines):
    left = []

    async def call(number):
        await lines[number % 2].wait(endpoint="/ad/get/")
        left.append(number % 2)

    async with asyncio.TaskGroup() as calls:
        for number in range(40):
            calls.create_task(call(number))
    assert sorted(left[:20]).count(0) in range(5, 16)


async def test_calls_of_a_fast_limit_are_reserved_together_and_each_is_counted_to_who_makes_it(resources):
    asked = 0

    @asynccontextmanager
    async def transaction():
        nonlocal asked
        asked += 1
        async with resources.transaction() as session:
            yield session

    fast = CallLine(FAST, transaction)
    await asyncio.gather(
        *(fast.wait(endpoint="/ad/get/", caller=f"caller {number % 2}", priority=1) for number in range(12))
    )
    # Four in a tenth of a second; one that was late is reserved anew, and not counted anew.
    assert asked <= 8
    async with resources.read() as session:
        counted = {row.caller: row.count for row in (await session.exec(select(CallCount))).all()}
    assert counted == {"caller 0": 6, "caller 1": 6}


async def test_who_waits_no_longer_takes_nobodys_place(lines):
    gone = asyncio.create_task(lines[0].wait(endpoint="/ad/get/"))
    await asyncio.sleep(0)
    gone.cancel()
    await lines[0].wait(endpoint="/ad/get/")
    assert gone.cancelled()


async def test_who_cannot_wait_for_the_turn_is_told_how_long_it_would_be(resources):
    slow = CallLine(ONE_A_MINUTE, resources.transaction)
    await slow.wait(endpoint="/ad/get/")
    with pytest.raises(Closed) as told:
        await slow.wait(endpoint="/ad/get/", patience=0.01)
    assert 0 < told.value.seconds <= 2 * ONE_A_MINUTE.interval


async def test_who_waits_says_how_long_it_will_be_and_says_it_once(resources):
    slow = CallLine(SLOW, resources.transaction)
    callers = [*(f"caller {number}" for number in range(4)), "caller 3"]
    with capture_logs() as told:
        await asyncio.gather(*(slow.wait(endpoint="/ad/get/", caller=caller) for caller in callers))
    said = {line["caller"]: line["seconds"] for line in told if line["event"] == "business_call_waits"}
    assert len(said) == len(told)
    assert "caller 0" not in said
    assert said["caller 3"] == round(3 * SLOW.interval, 1)


async def pause(resources):
    async with resources.transaction() as session:
        await close(session, FAST, utcnow() + timedelta(hours=1))


async def end_pause(resources):
    async with resources.transaction() as session:
        await session.exec(sa.update(CallBudget).values(closed_until=utcnow(), free_at=utcnow()))


async def test_who_waits_for_the_end_of_a_pause_says_how_long_that_is(resources):
    await pause(resources)
    with capture_logs() as told:
        sweep = asyncio.create_task(CallLine(FAST, resources.transaction).wait(endpoint="/ad/get/", caller="sweep"))
        await eventually(lambda: told)
    sweep.cancel()
    (waits,) = told
    assert (waits["event"], waits["caller"], waits["endpoint"]) == ("business_call_waits", "sweep", "/ad/get/")
    assert 0 < waits["seconds"] <= 3600


async def test_during_a_pause_the_impatient_are_sent_away_and_the_others_go_on_after_it(resources, monkeypatch):
    monkeypatch.setattr(line, "LOOK_AGAIN_SECONDS", 0.05)
    await pause(resources)
    one = CallLine(FAST, resources.transaction)
    patient = asyncio.create_task(one.wait(endpoint="/ad/get/"))
    with pytest.raises(Closed) as told:
        await one.wait(endpoint="/ad/get/", patience=600)
    assert 600 < told.value.seconds <= 3600
    assert not patient.done()
    await end_pause(resources)
    await patient


async def test_a_pause_that_comes_during_a_long_wait_counts(resources, monkeypatch):
    async def reserve_before_a_pause(session, rate, **options):
        turn = await reserve(session, rate, **options)
        await close(session, rate, utcnow() + timedelta(hours=1))
        return dataclasses.replace(turn, at=turn.now + timedelta(seconds=0.3), read_at=monotonic())

    monkeypatch.setattr(line, "LOOK_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(line, "reserve", reserve_before_a_pause)
    with pytest.raises(Closed) as told:
        await CallLine(FAST, resources.transaction).wait(endpoint="/ad/get/", patience=600)
    assert told.value.seconds > 600


async def test_a_database_that_fails_is_told_to_whoever_waits(resources):
    def refuse():
        raise ConnectionError("no database")

    broken = CallLine(FAST, refuse)
    with pytest.raises(ConnectionError):
        await broken.wait(endpoint="/ad/get/")
