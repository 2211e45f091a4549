"""What each database says in its own way. Only the one in use is loaded: the other's words take two megabytes."""

from importlib import import_module
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex


def insert_into(dialect: str, table: Any) -> Any:
    """Begin an INSERT that can go on with ON CONFLICT, for `sqlite` or `postgresql`."""
    return import_module(f"sqlalchemy.dialects.{dialect}").insert(table)


def partial_index(name: str, where: str, *columns: Any, unique: bool = False) -> sa.Index:
    """Make an index of the rows that meet `where` alone. SQLAlchemy's own loads the dialects that it is told of."""
    return sa.Index(name, *columns, unique=unique, info={"where": where})


@compiles(CreateIndex)
def _create_index(create: CreateIndex, compiler: Any, **options: Any) -> str:
    statement: str = compiler.visit_create_index(create, **options)
    where = create.element.info.get("where")
    return f"{statement} WHERE {where}" if where else statement
