"""Notes who changed what, in the transaction that changes it, and with no secret in it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from app.audit.models import AuditEntry
from app.kit.clock import rfc3339
from app.kit.redact import HIDDEN, is_secret_name, redact

_LONGEST_TEXT = 4000
_SEALED = ("_encrypted", "_hash")
_NEVER = frozenset(
    {
        "id",
        "created_at",
        "updated_at",
        "last_used_at",
        "last_delivery_at",
        "password_changed_at",
        "totp_last_step",
        "version",
    }
)
"""What changes by itself, or is told by the entry."""


class ActorKind(StrEnum):
    """Who may change something: a person, a program's key, a guest with a link, or the service itself."""

    person = "person"
    key = "key"
    guest = "guest"
    service = "service"


@dataclass(slots=True)
class Actor:
    """In whose name the present work is done. `has_told`: what it changed stands in the log already."""

    kind: ActorKind
    id: str = ""
    name: str = ""
    address: str = ""
    has_told: bool = field(default=False, compare=False)


_actor: ContextVar[Actor | None] = ContextVar("actor", default=None)


def act_as(actor: Actor) -> None:
    """Let what this task does from now on be noted under this name."""
    _actor.set(actor)


def acting() -> Actor:
    """Tell in whose name the present work is done: the service's own, where nobody asked for it."""
    return _actor.get() or Actor(ActorKind.service)


def record(
    session: AsyncSession,
    action: str,
    *,
    object_kind: str = "",
    object_id: str = "",
    object_name: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    by: Actor | None = None,
) -> None:
    """Note a change as a part of the transaction that makes it. Of what is the same before and after nothing is kept.

    Secrets go by their names and their shapes, whoever passed them in.
    """
    actor = by or acting()
    old, new = _tell(before or {}), _tell(after or {})
    same = {name for name in old.keys() & new.keys() if old[name] == new[name]}
    session.add(
        AuditEntry(
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=actor.name[:320],
            address=actor.address[:64],
            action=action[:64],
            object_kind=object_kind[:32],
            object_id=object_id[:128],
            object_name=_clean(object_name)[:320],
            before={name: value for name, value in old.items() if name not in same},
            after={name: value for name, value in new.items() if name not in same},
        )
    )
    acting().has_told = True


def describe(row: SQLModel) -> dict[str, Any]:
    """What may be told of a row: its columns, but for sealed ones, of which only it is told whether they are there."""
    told: dict[str, Any] = {}
    for column in type(row).__table__.columns:  # type: ignore[attr-defined]
        value = getattr(row, column.name)
        if column.name.endswith(_SEALED):
            continue
        if column.name not in _NEVER:
            told[column.name] = value
    return told


@contextmanager
def changing(session: AsyncSession, action: str, row: Any, *, kind: str, name: str = "") -> Iterator[None]:
    """Note what the block changes about a row."""
    before = describe(row)
    yield
    record(
        session,
        action,
        object_kind=kind,
        object_id=str(row.id),
        object_name=name or str(getattr(row, "name", "")),
        before=before,
        after=describe(row),
    )


def _tell(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: HIDDEN if is_secret_name(name) and value else _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    """What JSON takes, without secrets, and not endlessly long."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, Mapping):
        return _tell({str(name): item for name, item in value.items()})
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    return _clean(str(value))[:_LONGEST_TEXT]


def _clean(text: str) -> str:
    # PostgreSQL takes no NUL and JSON no half of a surrogate pair.
    return redact(text.replace("\0", "").encode("utf-8", "replace").decode())


def as_text(value: Any) -> str:
    """Write a noted value for a page."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
