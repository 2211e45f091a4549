"""What does not arrive: tried again under the same id, given up after a day, sent once more by hand."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from app.errors import Conflict
from app.kit.clock import utcnow
from app.kit.failpoints import ENVIRONMENT
from app.notifications.channels.webhook import send as send_webhook
from app.notifications.deliver import LEASE, deliver_to
from app.notifications.endpoints import update_endpoint
from app.notifications.gather import gather_events
from app.notifications.jobs import deliver_due
from app.notifications.messages import replay, send_test
from app.notifications.models import MessageState, NotificationMessage
from app.notifications.schemas import EndpointUpdate
from app.ops.doctor.notifications import check_notifications
from app.outbox.models_endpoints import NotificationEndpoint
from app.posts.models import PostState
from tests.notifications.support import Desk, verified

S = PostState


async def test_what_fails_is_tried_again_under_the_same_id(desk: Desk):
    _, secret = await desk.listen()
    desk.receiver.answers = [(500, b"out of order"), (200, b"")]
    await desk.move(await desk.post(), S.failed)
    await desk.tell()
    (waiting,) = await desk.messages()
    assert (waiting.state, waiting.attempts) == (MessageState.waiting, 1)
    assert waiting.tries[0] | {"at": ""} == {"at": "", "attempt": 1, "status": 500, "text": "out of order"}
    await desk.tell()
    assert len(desk.receiver.heard) == 1
    await desk.let_pass(seconds=6)
    await deliver_due(desk.app)
    assert await desk.app.queue.length() > 0
    await desk.tell()
    first, second = desk.receiver.heard
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    verified(second, secret)
    assert (await desk.messages())[0].state is MessageState.delivered
    assert (await desk.endpoint(waiting.endpoint_id)).failing_since is None


async def test_nobody_delivers_beside_another_until_his_lease_is_over(sqlite_desk: Desk):
    endpoint, _ = await sqlite_desk.listen()
    await sqlite_desk.move(await sqlite_desk.post(), S.failed)
    async with sqlite_desk.app.transaction() as session:
        held = await session.get_one(NotificationEndpoint, endpoint.id)
        held.lease_token, held.lease_until = "another's", utcnow() + LEASE
        session.add(held)
    await sqlite_desk.tell()
    assert sqlite_desk.receiver.heard == []
    await sqlite_desk.let_pass(seconds=LEASE.total_seconds() + 1)
    await sqlite_desk.tell()
    assert len(sqlite_desk.receiver.heard) == 1


async def test_an_answer_is_waited_for_as_long_as_the_other_side_asks(sqlite_desk: Desk):
    await sqlite_desk.listen()
    sqlite_desk.receiver.answers, sqlite_desk.receiver.headers = [(429, b"")], [(b"retry-after", b"600")]
    await sqlite_desk.move(await sqlite_desk.post(), S.failed)
    await sqlite_desk.tell()
    await sqlite_desk.let_pass(seconds=590)
    await sqlite_desk.tell()
    assert len(sqlite_desk.receiver.heard) == 1
    await sqlite_desk.let_pass(seconds=20)
    await sqlite_desk.tell()
    assert len(sqlite_desk.receiver.heard) == 2


async def test_a_message_that_is_refused_stands_in_no_other_s_way(sqlite_desk: Desk):
    await sqlite_desk.listen()
    sqlite_desk.receiver.answers = [(422, b"not this one"), (200, b"")]
    await sqlite_desk.move(await sqlite_desk.post(), S.failed)
    await sqlite_desk.move(await sqlite_desk.post(), S.unconfirmed)
    await sqlite_desk.tell()
    assert [one.state for one in await sqlite_desk.messages()] == [MessageState.waiting, MessageState.delivered]


async def test_what_fails_for_a_day_is_switched_off_and_says_so(desk: Desk):
    bad, _ = await desk.listen(name="Old receiver", events=["post.failed"])
    await desk.listen(url=f"{desk.receiver.url}/other", events=["comment.new"], language="ru")
    desk.receiver.answers = [(503, b"")]
    await desk.move(await desk.post(), S.failed)
    for _ in range(30):
        await desk.tell()
        if not (await desk.endpoint(bad.id)).enabled:
            break
        await desk.let_pass(hours=1)
    endpoint = await desk.endpoint(bad.id)
    assert endpoint.switched_off_at is not None
    assert 8 <= len(desk.receiver.heard) <= 20
    (message,) = await desk.messages()
    assert message.state is MessageState.failed
    desk.receiver.answers, desk.receiver.heard = [(200, b"")], []
    await desk.tell()
    (told,) = desk.receiver.heard
    assert told.path == "/other"
    assert told.document["type"] == "notification.switched_off"
    assert told.document["data"]["title"] == "Old receiver"
    findings = [finding async for finding in check_notifications(desk.app)]
    assert [(one.level, one.subject) for one in findings] == [("broken", "Notification Old receiver")]

    async with desk.app.transaction() as session:
        with pytest.raises(Conflict):
            await replay(session, message.id)
        await update_endpoint(session, desk.app, bad.id, EndpointUpdate(enabled=True))
        assert (await replay(session, message.id)).state is MessageState.waiting
    await desk.tell()
    assert desk.receiver.heard[-1].headers["webhook-id"] == f"msg_{message.id.replace('-', '')}"
    assert (await desk.endpoint(bad.id)).switched_off_at is None


async def test_who_says_gone_is_asked_no_more(sqlite_desk: Desk):
    endpoint, _ = await sqlite_desk.listen()
    sqlite_desk.receiver.answers = [(410, b"")]
    await sqlite_desk.move(await sqlite_desk.post(), S.failed)
    await sqlite_desk.tell()
    assert not (await sqlite_desk.endpoint(endpoint.id)).enabled


async def test_no_redirect_is_followed_and_no_private_address_asked(sqlite_desk: Desk, monkeypatch):
    endpoint, _ = await sqlite_desk.listen()
    sqlite_desk.receiver.answers = [(302, b"")]
    sqlite_desk.receiver.headers = [(b"location", f"{sqlite_desk.receiver.url}/elsewhere".encode())]
    answer, _ = await send_test(sqlite_desk.app, endpoint.id)
    assert (answer.is_delivered, answer.status) == (False, 302)
    assert [heard.path for heard in sqlite_desk.receiver.heard] == ["/hook"]
    # The list of allowed hosts is shorter than it was, or a name leads somewhere else now.
    monkeypatch.setattr(sqlite_desk.app.settings, "fetch_allow_hosts", ())
    for address, code in ((endpoint.address, "address_port"), ("https://localhost.localdomain/", "address_private")):
        monkeypatch.setattr("aiohttp.resolver.ThreadedResolver.resolve", _loopback)
        message = NotificationMessage(endpoint_id=endpoint.id, type="test", items=[_ITEM])
        row = NotificationEndpoint(**endpoint.model_dump() | {"address": address})
        answer = await send_webhook(sqlite_desk.app, row, message)
        assert (answer.is_delivered, answer.text) == (False, code)
    assert len(sqlite_desk.receiver.heard) == 1


_ITEM = {"id": "1", "at": "2026-11-29T09:05:00.000Z", "subject": "post:1", "is_escalation": False, "data": {}}


async def _loopback(_self: object, host: str, port: int = 0, family: int = 0) -> list[dict[str, object]]:
    return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": family, "proto": 0, "flags": 0}]


async def test_a_worker_that_dies_behind_a_message_sends_it_again_under_its_id(desk: Desk, tmp_path: Path):
    endpoint, secret = await desk.listen()
    post = await desk.post()
    await desk.move(post, S.failed)
    await gather_events(desk.app)
    armed = tmp_path / "failpoints"
    armed.mkdir()
    (armed / "notification_sent").write_text("")
    settings = desk.app.settings
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        ENVIRONMENT: str(armed),
        "NEWSREEL_DATABASE_URL": settings.database_url.get_secret_value(),
        "NEWSREEL_REDIS_URL": settings.redis_url.get_secret_value(),
        "NEWSREEL_DATA_DIR": str(settings.data_dir),
        "NEWSREEL_SECRET_KEY": settings.secret_key.get_secret_value(),
        "NEWSREEL_FETCH_ALLOW_HOSTS": "127.0.0.1",
    }
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.notifications.one_delivery", endpoint.id, env=environment
    )
    assert await worker.wait() == -signal.SIGKILL
    (killed,) = desk.receiver.heard
    assert (await desk.messages())[0].state is MessageState.waiting
    # Its lease lasts; meanwhile nobody else sends.
    await deliver_to(desk.app, endpoint.id)
    assert len(desk.receiver.heard) == 1
    await desk.let_pass(seconds=50)
    await desk.tell()
    _, again = desk.receiver.heard
    assert again.headers["webhook-id"] == killed.headers["webhook-id"]
    assert verified(again, secret) == verified(killed, secret)
    assert (await desk.messages())[0].state is MessageState.delivered


async def test_two_workers_at_once_send_nothing_twice(desk: Desk):
    endpoint, _ = await desk.listen(digest=False)
    for _ in range(6):
        await desk.move(await desk.post(), S.failed)
    await asyncio.gather(*(gather_events(desk.app) for _ in range(3)))
    await asyncio.gather(*(deliver_to(desk.app, endpoint.id) for _ in range(3)))
    ids = [heard.headers["webhook-id"] for heard in desk.receiver.heard]
    assert len(ids) == len(set(ids)) == 6
