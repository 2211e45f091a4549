"""Statements are compiled once in a test process, as in one of the app's, whose engine lives longer than a test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from unittest.mock import patch

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app import db

E = TypeVar("E", sa.Engine, AsyncEngine)

_compiled: dict[type[sa.Dialect], Any] = {}


@contextmanager
def compiled_once() -> Iterator[None]:
    """Let engines of one kind share what they compiled: they look it up by their dialect, now by its kind."""
    with (
        patch.object(DefaultDialect, "__eq__", lambda one, other: type(one) is type(other)),
        patch.object(DefaultDialect, "__hash__", lambda one: hash(type(one))),
        patch.object(db, "create_async_engine", _sharing(create_async_engine)),
        patch.object(sa, "create_engine", _sharing(sa.create_engine)),
    ):
        yield


def _sharing(create: Callable[..., E]) -> Callable[..., E]:
    def create_sharing(*args: Any, **options: Any) -> E:
        created = create(*args, **options)
        engine = created if isinstance(created, sa.Engine) else created.sync_engine
        engine._compiled_cache = _compiled.setdefault(type(engine.dialect), engine._compiled_cache)
        return created

    return create_sharing
