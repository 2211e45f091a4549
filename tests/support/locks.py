"""Waits for whoever stands before a lock that a transaction of the test's holds."""

import sqlalchemy as sa

from app.resources import Resources
from tests.support.waiting import eventually

_BLOCKED = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


async def until_somebody_waits(resources: Resources) -> None:
    """Return when PostgreSQL keeps somebody waiting; on SQLite at once, where one writes at a time."""
    if not resources.db.is_sqlite:
        await eventually(lambda: resources.db.run(lambda connection: connection.execute(_BLOCKED).scalar_one()))
