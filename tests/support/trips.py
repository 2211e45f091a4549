"""What an engine asks of PostgreSQL from now on, trip by trip."""

from typing import Any

import sqlalchemy as sa


def note_trips(engine: sa.Engine) -> list[str]:
    """Give a list that grows with every trip. Only for an engine that has not connected yet."""
    trips: list[str] = []

    # asyncpg tells of what is asked without a prepared statement: BEGIN, COMMIT, a ping. SQLAlchemy of the rest.
    @sa.event.listens_for(engine, "connect")
    def listen(connection: Any, _record: Any) -> None:
        connection.driver_connection.add_query_logger(lambda asked: trips.append(asked.query))

    @sa.event.listens_for(engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        trips.append(statement)

    return trips
