"""A worker's sign of life in the database: beside the jobs, so that it goes on while Redis is away."""

import asyncio
import os
import socket
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from app.jobs import WorkerHeartbeat
from app.kit.clock import utcnow
from app.kit.ids import new_token
from app.process.counts import add_counts, taken_counts
from app.resources import Resources

log = structlog.get_logger(__name__)

_EVERY_SECONDS = 10.0
_FORGOTTEN_AFTER = timedelta(days=1)


class Heartbeat:
    """One worker's row."""

    def __init__(self, app: Resources) -> None:
        self.id = f"{socket.gethostname()[:64]}:{os.getpid()}:{new_token(6)}"
        self._app = app
        self._started_at = utcnow()

    async def beat_for_ever(self) -> None:
        """Write the row every ten seconds. A database that is away stops nothing here."""
        while True:
            try:
                await self.beat(utcnow())
            except (SQLAlchemyError, OSError) as error:
                log.warning("heartbeat_failed", error=type(error).__name__)
            await asyncio.sleep(_EVERY_SECONDS)

    async def beat(self, now: datetime) -> None:
        """Write the row and what was counted, and delete the rows of workers that went without a word."""
        async with taken_counts() as counts, self._app.transaction() as session:
            row = col(WorkerHeartbeat.id) == self.id
            seen = await session.exec(sa.update(WorkerHeartbeat).where(row).values(seen_at=now))
            if seen.rowcount == 0:
                session.add(WorkerHeartbeat(id=self.id, started_at=self._started_at, seen_at=now))
            is_old = col(WorkerHeartbeat.seen_at) < now - _FORGOTTEN_AFTER
            await session.exec(sa.delete(WorkerHeartbeat).where(is_old))
            # Here, so that what a worker counted costs no commit of its own.
            await add_counts(session, counts)

    async def end(self) -> None:
        """Delete the row: this worker ends in order, and readiness is to know at once."""
        try:
            async with taken_counts() as counts, self._app.transaction() as session:
                await session.exec(sa.delete(WorkerHeartbeat).where(col(WorkerHeartbeat.id) == self.id))
                await add_counts(session, counts)
        except (SQLAlchemyError, OSError) as error:
            log.warning("heartbeat_failed", error=type(error).__name__)
