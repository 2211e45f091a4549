"""When a source was last heard of, to the minute: a write for each delivery would make all wait for one row."""

from collections.abc import Coroutine
from time import monotonic
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from app.articles.models import Source
from app.kit.clock import utcnow
from app.resources import Resources

_NOTED_EVERY_SECONDS = 60.0


class _Heard:
    """Until when nothing needs to be noted of a source, by its id."""

    def __init__(self) -> None:
        self.until: dict[str, float] = {}


def note_delivery(resources: Resources, source_id: str) -> Coroutine[Any, Any, None] | None:
    """Give what notes that a source was heard of; None where that was done within the last minute."""
    heard = resources.parts.of(_Heard)
    if monotonic() < heard.until.get(source_id, 0.0):
        return None
    heard.until[source_id] = monotonic() + _NOTED_EVERY_SECONDS
    return _note_now(resources, source_id)


async def _note_now(resources: Resources, source_id: str) -> None:
    async with resources.transaction() as session:
        await session.exec(sa.update(Source).where(col(Source.id) == source_id).values(last_delivery_at=utcnow()))
