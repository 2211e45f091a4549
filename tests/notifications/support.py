"""Who is told in tests: a web server on a real socket, a mail server, and a Telegram of ours at the HTTP edge."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import uvicorn
from sqlmodel import col, select
from standardwebhooks import Webhook

from app.messages import publishing
from app.notifications.deliver import deliver_to
from app.notifications.endpoints import create_endpoint
from app.notifications.gather import gather_events
from app.notifications.models import NotificationMessage
from app.notifications.schemas import EndpointCreate
from app.outbox.models import OutboxEvent
from app.outbox.models_endpoints import NotificationEndpoint
from app.posts.models import Post, PostState
from app.posts.transitions import advance
from app.resources import Resources
from tests.builders import make_post, shift_moments
from tests.support.serving import serve

_MOMENTS: dict[type[Any], tuple[str, ...]] = {
    OutboxEvent: ("at", "due_at", "taken_at"),
    NotificationMessage: ("due_at", "next_attempt_at", "first_attempt_at", "created_at"),
    NotificationEndpoint: ("failing_since", "paused_until", "lease_until"),
}


@dataclass
class Heard:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """Answers with `answers`, one after the other, the last for ever."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=lambda: [(200, b"thanks")])
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[..., Any]) -> None:
        body = b""
        while True:
            event = await receive()
            body += event.get("body", b"")
            if not event.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.heard.append(Heard(scope["path"], headers, body))
        status, text = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        await send({"type": "http.response.start", "status": status, "headers": self.headers})
        await send({"type": "http.response.body", "body": text})

    @property
    def documents(self) -> list[Any]:
        return [heard.document for heard in self.heard]


@asynccontextmanager
async def open_receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    config = uvicorn.Config(receiver, port=0, log_config=None, lifespan="off", interface="asgi3")
    async with serve(config) as address:
        receiver.url = address
        yield receiver


@dataclass
class Desk:
    """A newsroom that is told, with its receiver."""

    app: Resources
    receiver: Receiver

    async def listen(self, **wanted: Any) -> tuple[NotificationEndpoint, str]:
        """Make an endpoint at the receiver; give it with its secret."""
        values = {"channel": "webhook", "url": f"{self.receiver.url}/hook"} | wanted
        async with self.app.transaction() as session:
            made = await create_endpoint(session, self.app, EndpointCreate(**values), owner_id=None)
        return made.endpoint, made.secret or ""

    async def post(self, **columns: Any) -> Post:
        """Make a post that is on its way."""
        async with self.app.transaction() as session:
            return await make_post(session, **({"state": PostState.publishing} | columns))

    async def move(self, post: Post, *states: PostState, **values: Any) -> None:
        """Let a post come into these states, each in a transaction of its own."""
        expected = post.state
        for to in states:
            async with self.app.transaction() as session:
                assert await advance(session, post.id, expected=expected, to=to, why=publishing.PUBLISHED, **values)
            expected = to

    async def tell(self) -> None:
        """Run the jobs: gather, and deliver to everybody what is due."""
        await gather_events(self.app)
        async with self.app.read() as session:
            ids = (await session.exec(select(NotificationEndpoint.id))).all()
        for endpoint_id in ids:
            await deliver_to(self.app, endpoint_id)

    async def let_pass(self, **duration: float) -> None:
        """Let time pass: every moment in the database moves into the past."""
        async with self.app.transaction() as session:
            await shift_moments(session, _MOMENTS, timedelta(**duration))

    async def messages(self) -> Sequence[NotificationMessage]:
        async with self.app.read() as session:
            return (await session.exec(select(NotificationMessage).order_by(col(NotificationMessage.id)))).all()

    async def endpoint(self, endpoint_id: str) -> NotificationEndpoint:
        async with self.app.read() as session:
            return await session.get_one(NotificationEndpoint, endpoint_id)

    async def events(self) -> Sequence[OutboxEvent]:
        async with self.app.read() as session:
            return (await session.exec(select(OutboxEvent).order_by(col(OutboxEvent.id)))).all()


def verified(heard: Heard, secret: str) -> Any:
    """Check a message as a receiver does, with the standard's own library."""
    return Webhook(secret).verify(heard.body, heard.headers)
