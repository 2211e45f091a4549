"""How long a sender is kept waiting."""

import asyncio
import time

from app.articles.intake import answer_queue
from app.articles.intake.admission import admit
from app.articles.intake.answer_queue import Movement, wait_for
from app.articles.intake.arrivals import Receipt
from app.articles.models import Delivery
from tests.builders_articles import new_source

STEP_SECONDS = 0.01


async def answer_after(steps: int) -> Receipt:
    for _ in range(steps):
        await asyncio.to_thread(time.sleep, STEP_SECONDS)
    return Receipt("article", [], duplicate=False, outcome=Delivery.created)


async def test_a_process_that_stood_still_is_no_database_that_is_away(monkeypatch):
    monkeypatch.setattr(answer_queue, "ANSWER_WITHIN_SECONDS", 1.0)
    task = asyncio.create_task(answer_after(3))
    asyncio.get_running_loop().call_soon(time.sleep, 2.0)
    await wait_for(task, Movement())
    assert task.done()


async def test_a_process_that_stood_still_still_knows_its_sources(resources, monkeypatch):
    """Of 1.5 s: a sender that never repeats would have lost its article although the database was well."""
    made = await new_source(resources)
    monkeypatch.setattr(answer_queue, "ANSWER_WITHIN_SECONDS", 1.0)
    admission = asyncio.create_task(admit(resources, made.source.slug, {}))
    asyncio.get_running_loop().call_soon(time.sleep, 2.0)
    found = await admission
    assert found.source is not None
    assert found.source.id == made.source.id


async def test_a_database_in_which_nothing_moves_is_given_up(monkeypatch):
    monkeypatch.setattr(answer_queue, "ANSWER_WITHIN_SECONDS", 0.1)
    task = asyncio.create_task(answer_after(1000))
    await wait_for(task, Movement())
    assert not task.done()
    task.cancel()
