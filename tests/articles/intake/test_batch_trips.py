"""How often a batch goes to PostgreSQL: each further trip is time for which all of its deliveries wait."""

import asyncio

from app.articles.intake.batches import Intake, plan_with
from app.articles.intake.receive import receive
from app.posts.models import Post
from app.posts.plan.planner import PostPlanner
from tests.articles.conftest import count_rows
from tests.builders import make_account
from tests.builders_articles import generic_delivery, new_source
from tests.support.trips import note_trips


async def test_new_articles_take_three_trips_however_many_they_are(resources):
    """What is known, who gets them, and one statement for all that is written."""
    if resources.db.is_sqlite:
        return
    trips = note_trips(resources.db.engine.sync_engine)
    made = await new_source(resources)
    plan_with(resources, PostPlanner())
    async with resources.transaction() as session:
        await make_account(session)

    async def deliver(external_id: str) -> None:
        sample = generic_delivery(made.secret, id=external_id)
        await receive(resources, made.source.slug, sample.headers, sample.body)

    await deliver("warm")
    await resources.parts.of(Intake).settle(60)
    trips.clear()
    await asyncio.gather(*(deliver(str(number)) for number in range(20)))
    assert [trip.split()[0] for trip in trips] == ["SELECT", "SELECT", "WITH"]
    assert await count_rows(resources, Post) == 21
