"""Writing down what has happened, in the transaction that makes it so: it is told if and only if that commits.

This stands among the tools, below accounts, articles, posts and ads, because all of them have something to tell, and
the room that delivers it is a neighbour of some. Who listens is asked in the very statement that writes, so no memory
of it can be stale, and nothing is written where nobody does.
"""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.jobs import enqueue
from app.kit.clock import utcnow
from app.kit.ids import new_id
from app.outbox.models import EventType, OutboxEvent
from app.outbox.models_endpoints import NotificationEndpoint

GATHER = "notifications.gather"
"""The job that makes messages of what stands here."""


def is_heard(event_type: EventType) -> sa.ColumnElement[bool]:
    """Tell, within another statement, whether somebody listens to such events."""
    listening: list[sa.ColumnElement[bool]] = [col(NotificationEndpoint.enabled).is_(True)]
    if event_type is not EventType.switched_off:
        # A JSON list of these very names: each stands in quotation marks, and holds none.
        listening.append(
            sa.cast(col(NotificationEndpoint.events), sa.Text).contains(f'"{event_type}"', autoescape=True)
        )
    return sa.exists(sa.select(sa.literal(1)).select_from(NotificationEndpoint).where(*listening).correlate(None))


async def somebody_hears(session: AsyncSession, event_type: EventType) -> bool:
    """Ask it before something is read that only the event needs."""
    return bool((await session.exec(select(is_heard(event_type)))).one())


async def emit(
    session: AsyncSession, event_type: EventType, *, subject: str, data: dict[str, Any], account_id: str | None = None
) -> bool:
    """Write an event down and wake a worker for it; tell whether somebody listens, else nothing is written.

    `subject` names what it is about, like `post:ID`: events of one subject are told in their order. `data` is what
    programs get; a sentence in it is packed (`app.messages.message.pack`) and said in each reader's language.
    """
    now = utcnow()
    values: dict[str, Any] = {
        "id": new_id(),
        "type": event_type.value,
        "subject": subject,
        "account_id": account_id,
        "data": data,
        "at": now,
        "due_at": now,
    }
    columns = OutboxEvent.__table__.c  # type: ignore[attr-defined]
    row = sa.select(*(sa.literal(value, columns[name].type) for name, value in values.items()))
    written = await session.exec(
        sa.insert(OutboxEvent).from_select(list(values), row.where(is_heard(event_type)), include_defaults=False)
    )
    if written.rowcount != 1:
        return False
    # A command that brings a backup back has no queue; a sweep finds the row.
    if "waker" in session.info:
        enqueue(session, GATHER, job_id=GATHER)
    return True
