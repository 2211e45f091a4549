"""Making messages of what stands in the outbox: who is told of what, when, and what becomes one message.

The first event of a kind leaves at once. What follows within a minute is gathered, and leaves as one message when the
minute is over: a flood is at most one message of each kind a minute.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.jobs import enqueue
from app.kit.clock import rfc3339, utcnow
from app.notifications.models import MessageState, NotificationMessage
from app.outbox.models import EventType, OutboxEvent
from app.outbox.models_endpoints import NotificationEndpoint
from app.outbox.queries import list_untold, put_off, take
from app.posts.models import Post, PostState
from app.resources import Resources

DELIVER = "notifications.deliver"
WINDOW = timedelta(minutes=1)
"""So long what is of one kind is gathered."""
MOST_ITEMS = 100
"""Of one message; what is more begins another."""
_BATCH = 200


async def gather_events(app: Resources) -> None:
    """Take what stands in the outbox, in its order, until nothing is left."""
    while await _gather_some(app) == _BATCH:
        pass


async def _gather_some(app: Resources) -> int:
    now = utcnow()
    async with app.read() as session:
        if not await list_untold(session, now, limit=1):
            return 0
    async with app.transaction() as session:
        # One gathers at a time, so that events stay in their order, and a message that is open is not written twice.
        query = select(NotificationEndpoint).order_by(col(NotificationEndpoint.id)).with_for_update()
        endpoints = (await session.exec(query)).all()
        events = await list_untold(session, now, limit=_BATCH)
        books = {endpoint.id: _Book(endpoint) for endpoint in endpoints if endpoint.enabled}
        for event in events:
            if event.endpoint_id is not None and not await _still_waits(session, event):
                continue
            for book in books.values():
                await book.tell(session, event, now)
        await take(session, [event.id for event in events], now)
        for book in books.values():
            if book.is_changed:
                enqueue(session, DELIVER, book.endpoint.id, job_id=f"{DELIVER}:{book.endpoint.id}")
    return len(events)


@dataclass
class _Book:
    """What one endpoint is to be told, and what it was told lately."""

    endpoint: NotificationEndpoint
    is_changed: bool = False
    _waiting: list[NotificationMessage] | None = None
    _last_due: dict[str, datetime] = field(default_factory=dict)

    async def tell(self, session: AsyncSession, event: OutboxEvent, now: datetime) -> None:
        """Put an event into a message, if this endpoint listens to it."""
        if not _is_for(self.endpoint, event):
            return
        if event.type == EventType.article_withdrawn and event.endpoint_id is None and "delete_by" in event.data:
            # Told once more when its time is over, unless somebody has said by then that the post is deleted.
            await put_off(session, event, self.endpoint.id, datetime.fromisoformat(event.data["delete_by"]))
        delay = self.endpoint.approval_after_minutes
        if delay and event.type == EventType.post_waiting and event.endpoint_id is None:
            await put_off(session, event, self.endpoint.id, event.at + timedelta(minutes=delay))
            return
        waiting = await self._list_waiting(session)
        item = _item(event)
        message = self._open_message(event) if self.endpoint.is_digested else None
        if message is None:
            due_at = await self._due_at(session, event.type, now)
            message = NotificationMessage(
                endpoint_id=self.endpoint.id,
                type=event.type,
                due_at=due_at,
                next_attempt_at=due_at,
                items=[item],
                subjects=[event.subject],
            )
            waiting.append(message)
        else:
            message.items = [*message.items, item]
            message.subjects = list(dict.fromkeys([*message.subjects, event.subject]))
        session.add(message)
        self._last_due[event.type] = max(message.due_at, self._last_due.get(event.type, message.due_at))
        self.is_changed = True

    def _open_message(self, event: OutboxEvent) -> NotificationMessage | None:
        """Find a message of this kind that takes one more: none that was begun, and none that a later one waits for."""
        assert self._waiting is not None
        for message in reversed(self._waiting):
            is_open = message.type == event.type and message.attempts == 0 and len(message.items) < MOST_ITEMS
            if is_open:
                return message
            if event.subject in message.subjects:
                return None
        return None

    async def _due_at(self, session: AsyncSession, event_type: str, now: datetime) -> datetime:
        if not self.endpoint.is_digested:
            return now
        begun_later = [one.due_at for one in self._waiting or () if one.type == event_type and one.attempts == 0]
        if begun_later:
            # One is full: what it has no room for leaves beside it.
            return max(begun_later)
        if event_type not in self._last_due:
            query = select(sa.func.max(NotificationMessage.due_at)).where(
                NotificationMessage.endpoint_id == self.endpoint.id,
                NotificationMessage.type == event_type,
                col(NotificationMessage.created_at) > now - 2 * WINDOW,
            )
            latest = (await session.exec(query)).one()
            if latest is None:
                return now
            self._last_due[event_type] = latest
        return max(now, self._last_due[event_type] + WINDOW)

    async def _list_waiting(self, session: AsyncSession) -> list[NotificationMessage]:
        if self._waiting is None:
            query = select(NotificationMessage).where(
                NotificationMessage.endpoint_id == self.endpoint.id,
                col(NotificationMessage.state) == MessageState.waiting,
            )
            # A worker that begins one waits until these are written, or these until it has said that it begins.
            locked = query.order_by(col(NotificationMessage.id)).with_for_update()
            self._waiting = list((await session.exec(locked)).all())
        return self._waiting


def _is_for(endpoint: NotificationEndpoint, event: OutboxEvent) -> bool:
    if event.endpoint_id is not None:
        return event.endpoint_id == endpoint.id
    if event.type == EventType.switched_off:
        return event.subject != f"endpoint:{endpoint.id}"
    is_of_account = not endpoint.account_ids or event.account_id is None or event.account_id in endpoint.account_ids
    return event.type in endpoint.events and is_of_account


def _item(event: OutboxEvent) -> dict[str, Any]:
    return {
        "id": event.id,
        "at": rfc3339(event.at),
        "subject": event.subject,
        "is_escalation": event.endpoint_id is not None,
        "data": event.data,
    }


async def _still_waits(session: AsyncSession, event: OutboxEvent) -> bool:
    """Tell whether a post still waits for the person that it waited for then, and not for a later matter."""
    post_id = event.subject.partition(":")[2]
    if event.type == EventType.article_withdrawn:
        by = (await session.exec(select(Post.take_down_by).where(Post.id == post_id))).first()
        return by is not None and rfc3339(by) == event.data["delete_by"]
    state = await session.exec(select(Post.state).where(Post.id == post_id))
    if state.first() is not PostState.awaiting_approval:
        return False
    later = select(OutboxEvent.id).where(
        OutboxEvent.subject == event.subject,
        OutboxEvent.type == event.type,
        col(OutboxEvent.endpoint_id).is_(None),
        col(OutboxEvent.at) > event.at,
    )
    return (await session.exec(later.limit(1))).first() is None
