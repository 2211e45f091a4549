"""What a piece of work asks of the database: transactions and statements of its own task, and of no other."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa


@dataclass
class Cost:
    """`sessions` counts transactions; `statements` lists what was said in them, on SQLite their BEGIN too."""

    sessions: int = 0
    statements: list[str] = field(default_factory=list)


_counting: ContextVar[Cost | None] = ContextVar("counting", default=None)


def listen(engine: sa.Engine) -> None:
    """Make an engine count. Before anything else uses it: listeners may not change under a statement."""

    @sa.event.listens_for(engine, "begin")
    def note_begin(_connection: Any) -> None:
        if (cost := _counting.get()) is not None:
            cost.sessions += 1

    @sa.event.listens_for(engine, "before_cursor_execute")
    def note_statement(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if (cost := _counting.get()) is not None:
            cost.statements.append(" ".join(statement.split()))


@contextmanager
def counted() -> Iterator[Cost]:
    """Count what the block, and tasks that it starts, ask of the engines that listen."""
    cost = Cost()
    token = _counting.set(cost)
    try:
        yield cost
    finally:
        _counting.reset(token)
