"""What TikTok and the CMS say of a post that is out, and who in the newsroom hears of it."""

import time

from sqlmodel import col, select

from app.kit.clock import utcnow
from app.notifications.wording import CHOICES
from app.outbox.models import OutboxEvent
from app.outbox.models_endpoints import Channel, NotificationEndpoint
from app.posts.models import PostState
from app.posts.verdict_writer import note_link
from tests.posts.support import Newsroom
from tests.webhooks.support import tell


async def listen(newsroom: Newsroom) -> None:
    async with newsroom.app.transaction() as session:
        session.add(NotificationEndpoint(channel=Channel.email, address="desk@news.example", events=[*CHOICES]))


async def told(newsroom: Newsroom) -> list[tuple[str, str]]:
    async with newsroom.app.read() as session:
        first = select(OutboxEvent).where(col(OutboxEvent.endpoint_id).is_(None))
        rows = (await session.exec(first.order_by(col(OutboxEvent.id)))).all()
    return [(row.type, row.subject.partition(":")[0]) for row in rows]


async def test_a_post_that_is_out_is_told_of_to_its_end(newsroom: Newsroom):
    await listen(newsroom)
    account = await newsroom.connect()
    post_id = await newsroom.plan()
    await newsroom.work()
    post = await newsroom.finish(post_id)
    assert post.state is PostState.published
    async with newsroom.app.transaction() as session:
        for _ in range(2):
            await note_link(session, await newsroom.post(post_id), "https://www.tiktok.com/@aimaq/photo/7512345678901")
    for _ in range(2):
        await newsroom.deliver(kind="unpublished", minute=30)
    by = (await newsroom.post(post_id)).take_down_by
    assert by is not None
    assert by > utcnow()
    for seconds in (1, 2):
        await tell(
            newsroom.app,
            "post.publish.no_longer_publicaly_available",
            account.open_id,
            publish_id=post.publish_id,
            post_id="7512345678901",
            created_at=time.time() + seconds,
        )
        await newsroom.work()
    assert [event for event in await told(newsroom) if event[0] != "post.link_known"] == [
        ("post.published", "post"),
        ("article.withdrawn_but_posted", "post"),
        ("post.taken_down", "post"),
    ]
    assert [event for event, _ in await told(newsroom)].count("post.link_known") == 1
    assert (await newsroom.post(post_id)).take_down_by is None, "TikTok has said that it is gone"


async def test_an_account_that_is_gone_is_told_of_once(newsroom: Newsroom):
    await listen(newsroom)
    account = await newsroom.connect()
    for _ in range(2):
        await tell(newsroom.app, "authorization.removed", account.open_id, created_at=time.time() + 1, reason=1)
        await newsroom.work()
    assert await told(newsroom) == [("account.disconnected", "account")]
