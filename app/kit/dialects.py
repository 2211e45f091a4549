"""What each database says in its own way. Only the one in use is loaded: the other's words take two megabytes."""

from importlib import import_module
from typing import Any

import sqlalchemy as sa


def insert_into(dialect: str, table: Any) -> Any:
    """Begin an INSERT that can go on with ON CONFLICT, for `sqlite` or `postgresql`."""
    return import_module(f"sqlalchemy.dialects.{dialect}").insert(table)


def partial_index(name: str, where: str, *columns: str | sa.TextClause, unique: bool = False) -> sa.Index:
    """Make an index of the rows that meet `where` alone, for a table's arguments.

    SQLAlchemy is told of `where` when it makes the table. Told before, by `sqlite_where` and `postgresql_where`, it
    would load both dialects.
    """
    index = sa.Index(name, *columns, unique=unique)

    def tell(_index: sa.Index, table: sa.Table) -> None:
        @sa.event.listens_for(table, "before_create")
        def tell_dialect(_table: sa.Table, connection: sa.Connection, **_options: Any) -> None:
            index.dialect_options[connection.dialect.name]["where"] = sa.text(where)

    sa.event.listen(index, "after_parent_attach", tell)
    return index


def seconds_between(dialect: str, began_at: Any, ended_at: Any) -> sa.ColumnElement[float]:
    """Tell how many seconds lie between two moments, for `sqlite` or `postgresql`; good to a millisecond."""
    if dialect == "sqlite":
        days: sa.ColumnElement[float] = sa.func.julianday(ended_at) - sa.func.julianday(began_at)
        return days * 86_400.0
    return sa.cast(sa.func.extract("epoch", ended_at - began_at), sa.Float)
