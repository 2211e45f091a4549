"""The line of one process: who goes first, who does not wait, and what a pause does to those in it."""

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from app.kit.clock import utcnow
from app.limits import line
from app.limits.line import CallLine, Closed
from app.limits.rates import Rate, close

FAST = Rate("business:app", per_second=50, per_minute=3000)
SLOW = Rate("business:app", per_second=2, per_minute=120)


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


async def test_who_waits_no_longer_takes_nobodys_place(lines):
    gone = asyncio.create_task(lines[0].wait(endpoint="/ad/get/"))
    await asyncio.sleep(0)
    gone.cancel()
    await lines[0].wait(endpoint="/ad/get/")
    assert gone.cancelled()


async def test_who_cannot_wait_for_the_turn_is_told_how_long_it_would_be(resources):
    slow = CallLine(SLOW, resources.transaction)
    await slow.wait(endpoint="/ad/get/")
    with pytest.raises(Closed) as told:
        await slow.wait(endpoint="/ad/get/", patience=0.01)
    assert 0 < told.value.seconds <= 2 * SLOW.interval


async def test_who_waits_says_how_long_it_will_be_and_says_it_once(resources):
    slow = CallLine(SLOW, resources.transaction)
    callers = [*(f"caller {number}" for number in range(4)), "caller 3"]
    with capture_logs() as told:
        await asyncio.gather(*(slow.wait(endpoint="/ad/get/", caller=caller) for caller in callers))
    said = {line["caller"]: line["seconds"] for line in told if line["event"] == "business_call_waits"}
    assert len(said) == len(told)
    assert "caller 0" not in said
    assert said["caller 3"] == pytest.approx(3 * SLOW.interval, abs=0.3)


async def test_who_waits_for_the_end_of_a_pause_says_how_long_that_is(resources, monkeypatch):
    monkeypatch.setattr(line, "_LOOK_AGAIN_SECONDS", 0.05)
    async with resources.transaction() as session:
        await close(session, FAST, utcnow() + timedelta(seconds=1.5))
    with capture_logs() as told:
        await CallLine(FAST, resources.transaction).wait(endpoint="/ad/get/", caller="sweep")
    (waits,) = (one for one in told if one["event"] == "business_call_waits")
    assert (waits["caller"], waits["endpoint"]) == ("sweep", "/ad/get/")
    assert 1.0 <= waits["seconds"] <= 1.5


async def test_during_a_pause_the_impatient_are_sent_away_and_the_others_go_on_after_it(resources, monkeypatch):
    monkeypatch.setattr(line, "_LOOK_AGAIN_SECONDS", 0.05)
    async with resources.transaction() as session:
        await close(session, FAST, utcnow() + timedelta(seconds=1.5))
    one = CallLine(FAST, resources.transaction)
    patient = asyncio.create_task(one.wait(endpoint="/ad/get/"))
    with pytest.raises(Closed) as told:
        await one.wait(endpoint="/ad/get/", patience=0.5)
    assert 0 < told.value.seconds <= 1.5
    assert not patient.done()
    await patient


async def test_a_pause_that_comes_during_a_long_wait_counts(resources, monkeypatch):
    monkeypatch.setattr(line, "_LOOK_AGAIN_SECONDS", 0.05)
    slow = CallLine(SLOW, resources.transaction)
    await slow.wait(endpoint="/ad/get/")
    waiting = asyncio.create_task(slow.wait(endpoint="/ad/get/", patience=1.0))
    await asyncio.sleep(0.2)
    async with resources.transaction() as session:
        await close(session, SLOW, utcnow() + timedelta(minutes=5))
    with pytest.raises(Closed) as told:
        await waiting
    assert told.value.seconds > 0


async def test_a_database_that_fails_is_told_to_whoever_waits(resources):
    def refuse():
        raise ConnectionError("no database")

    broken = CallLine(FAST, refuse)
    with pytest.raises(ConnectionError):
        await broken.wait(endpoint="/ad/get/")
