"""A source from which nothing comes any more is told of once, and again after it was heard of."""

from datetime import timedelta

from sqlmodel import select

from app.articles.silent_sources import list_silent_sources, watch_sources
from app.kit.clock import utcnow
from app.outbox.models import OutboxEvent
from app.outbox.models_endpoints import Channel, NotificationEndpoint
from tests.builders import make_article, make_source


async def test_a_silence_is_told_of_once(resources):
    now = utcnow()
    async with resources.transaction() as session:
        source = await make_source(session, last_delivery_at=now - timedelta(days=3))
        for hours in range(12):
            await make_article(
                session, source_id=source.id, received_at=now - timedelta(days=3, hours=8 * (12 - hours))
            )
        await make_source(session)
    await watch_sources(resources)
    assert await told(resources) == []
    assert await silent(resources) == [source.name]
    async with resources.transaction() as session:
        session.add(NotificationEndpoint(channel=Channel.email, address="a@b.example", events=["source.silent"]))
    for _ in range(2):
        await watch_sources(resources)
    (event,) = await told(resources)
    assert event.data["source"] == source.name
    async with resources.transaction() as session:
        source.last_delivery_at = utcnow() + timedelta(seconds=1)
        session.add(source)
    assert await silent(resources) == []
    await watch_sources(resources)
    assert len(await told(resources)) == 1
    assert await silent(resources) == []


async def silent(resources):
    async with resources.read() as session:
        return [source.name for source in await list_silent_sources(session, limit=5)]


async def told(resources):
    async with resources.read() as session:
        return (await session.exec(select(OutboxEvent))).all()
