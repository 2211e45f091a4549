"""Guessing is slow, and the right person gets in all the same (T33)."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import select

from app.auth import throttle
from app.auth.credentials import WrongCredentials
from app.auth.jobs import sweep
from app.auth.models import LoginAttempt
from app.auth.service import log_in
from app.errors import TooManyRequests
from app.kit.clock import utcnow
from tests.auth.support import EMAIL, PASSWORD, make_admin


async def guess(resources, address: str, password: str = "a wrong guess") -> str:
    try:
        await log_in(resources, EMAIL, password, address)
    except TooManyRequests:
        return "held back"
    except WrongCredentials:
        return "wrong"
    return "in"


async def count_rows(resources) -> int:
    async with resources.read() as session:
        return len((await session.exec(select(LoginAttempt.id))).all())


async def test_a_thousand_guesses_get_five_looked_at_and_the_editor_still_gets_in(resources):
    await make_admin(resources)
    answers: Counter[str] = Counter()
    for _ in range(20):
        answers.update(await asyncio.gather(*(guess(resources, "203.0.113.9") for _ in range(50))))
    assert answers == {"wrong": 5, "held back": 995}
    assert await count_rows(resources) == 5
    assert await guess(resources, "198.51.100.1", PASSWORD) == "in"
    assert await guess(resources, "203.0.113.9", PASSWORD) == "held back"


async def test_guesses_from_many_addresses_are_delayed_more_and_more(resources, monkeypatch):
    await make_admin(resources)
    delays: list[float] = []
    monkeypatch.setattr(throttle, "hold_back", lambda _waiting, delay: note(delays, delay))
    for number in range(30):
        assert await guess(resources, f"203.0.113.{number}") == "wrong"
    assert delays[:9] == [0, 0, 0, 0, 0, 0.25, 0.5, 1, 2]
    assert set(delays[11:]) == {throttle.LONGEST_DELAY}
    assert await guess(resources, "203.0.113.3") == "held back"
    assert await guess(resources, "198.51.100.1", PASSWORD) == "in"
    assert delays[-1] == throttle.LONGEST_DELAY


async def note(delays: list[float], delay: float) -> None:
    delays.append(delay)


async def test_an_address_that_was_wrong_waits_longer_with_every_guess(sqlite_resources, monkeypatch):
    await make_admin(sqlite_resources)
    monkeypatch.setattr(throttle, "hold_back", lambda _waiting, delay: note([], delay))
    start = utcnow()
    with time_machine.travel(start, tick=False) as clock:
        for number in range(20):
            await guess(sqlite_resources, f"203.0.113.{number}")
        waits = []
        for _ in range(4):
            with pytest.raises(TooManyRequests) as held:
                await log_in(sqlite_resources, EMAIL, PASSWORD, "203.0.113.1")
            waits.append(held.value.retry_after)
            clock.shift(held.value.retry_after)
            assert await guess(sqlite_resources, "203.0.113.1") == "wrong"
    assert waits == [61, 121, 241, 481]


async def test_a_clock_that_was_set_back_makes_nobody_wait_longer(sqlite_resources, monkeypatch):
    await make_admin(sqlite_resources)
    monkeypatch.setattr(throttle, "hold_back", lambda _waiting, delay: note([], delay))
    start = utcnow()
    with time_machine.travel(start, tick=False) as clock:
        for number in range(20):
            await guess(sqlite_resources, f"203.0.113.{number}")
        clock.move_to(start - timedelta(minutes=30))
        with pytest.raises(TooManyRequests) as held:
            await log_in(sqlite_resources, EMAIL, PASSWORD, "203.0.113.1")
    assert held.value.retry_after == 61


async def test_one_address_may_try_only_so_many_users(sqlite_resources):
    for number in range(throttle.PER_ADDRESS_AND_MINUTE):
        await throttle.admit(sqlite_resources, f"user{number}@example.org", "203.0.113.9")
    with pytest.raises(TooManyRequests):
        await throttle.admit(sqlite_resources, "another@example.org", "203.0.113.9")
    await throttle.admit(sqlite_resources, "another@example.org", "203.0.113.8")


async def test_right_passwords_are_not_counted(sqlite_resources):
    await make_admin(sqlite_resources)
    assert [await guess(sqlite_resources, "203.0.113.9", PASSWORD) for _ in range(8)] == ["in"] * 8
    assert await count_rows(sqlite_resources) == 0


async def test_only_so_many_logins_wait_at_once(monkeypatch):
    queue = throttle.Waiting()
    monkeypatch.setattr(throttle, "MOST_WAITING", 2)
    waiting = [asyncio.create_task(throttle.hold_back(queue, 5)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyRequests):
        await throttle.hold_back(queue, 5)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await throttle.hold_back(queue, 0.001)


async def test_attempts_are_forgotten_after_an_hour_and_name_nobody(resources):
    await guess(resources, "203.0.113.9")
    async with resources.read() as session:
        row = (await session.exec(select(LoginAttempt))).one()
    assert EMAIL not in row.user_key
    assert "203.0.113.9" not in row.address_key
    with time_machine.travel(utcnow() + timedelta(minutes=61)):
        await sweep(resources)
    assert await count_rows(resources) == 0
