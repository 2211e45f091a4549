"""What waits for a person, wherever they are: numbers in the menu, silent sources on the desk."""

from datetime import timedelta

from app.articles.models import Source
from app.kit.clock import utcnow
from app.outbox.emit import emit
from app.outbox.models import EventType
from app.outbox.models_endpoints import Channel, NotificationEndpoint
from app.resources import Resources
from tests.admin.support import Editor, text_of
from tests.builders import make_source

HTML = {"accept": "text/html"}


async def test_unread_counts_what_was_told_since_one_looked(editor: Editor, sqlite_resources: Resources) -> None:
    await happen(sqlite_resources, "Before anybody listened")
    async with sqlite_resources.transaction() as session:
        session.add(NotificationEndpoint(channel=Channel.email, address="a@b.example", events=["post.failed"]))
    for title in ("First", "Second"):
        await happen(sqlite_resources, title)
    assert "Notifications 2 unread" in text_of(await editor.open("/admin/posts", headers=HTML))
    page = text_of(await editor.open("/admin/notifications", headers=HTML))
    assert page.index("Second") < page.index("First")
    assert "Before anybody listened" not in page
    answer = await editor.submit("/admin/notifications/read", "/admin/notifications")
    assert answer.status_code == 303
    assert "unread" not in text_of(await editor.open("/admin/posts", headers=HTML))
    await happen(sqlite_resources, "Third")
    assert "Notifications 1 unread" in text_of(await editor.open("/admin/help", headers=HTML))


async def test_parts_of_pages_count_nothing(editor: Editor, sqlite_resources: Resources) -> None:
    async with sqlite_resources.transaction() as session:
        session.add(NotificationEndpoint(channel=Channel.email, address="a@b.example", events=["post.failed"]))
    await happen(sqlite_resources, "First")
    assert "unread" not in await editor.open("/admin/posts", headers=HTML | {"hx-request": "true"})


async def test_silent_source_stands_on_the_desk_until_it_is_heard(editor: Editor, sqlite_resources: Resources) -> None:
    now = utcnow()
    async with sqlite_resources.transaction() as session:
        source = await make_source(
            session, name="Quiet news", last_delivery_at=now - timedelta(days=3), silent_since=now
        )
        await make_source(session, name="Lively news", last_delivery_at=now)
    page = text_of(await editor.open("/admin/"))
    assert "Silent source Quiet news" in page
    assert "Lively news" not in page
    async with sqlite_resources.transaction() as session:
        row = await session.get_one(Source, source.id)
        row.last_delivery_at = utcnow() + timedelta(seconds=1)
        session.add(row)
    assert "Silent source" not in text_of(await editor.open("/admin/"))


async def happen(resources: Resources, title: str) -> None:
    async with resources.transaction() as session:
        data = {"title": title, "account": "Aimaq"}
        await emit(session, EventType.post_failed, subject="post:0190b2f0-0000-7000-8000-000000000000", data=data)
