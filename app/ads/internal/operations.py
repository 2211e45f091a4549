"""What an operation is: a name, the schema of its payload, and what it calls. A new one is one entry in a registry."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from app.ads.internal.answers import Code, Done, Failure, Refused
from app.ads.internal.payloads import Payload, squash
from app.resources import Resources
from app.tiktok_business.client import TikTokBusinessClient

P = TypeVar("P", bound=Payload)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of an operation.

    `request_id` is TikTok's key against doubles, where its call takes one. `began_at`: when this write was first tried,
    where it is tried again because nobody knows what became of it; then `is_again`.
    """

    app: Resources
    client: TikTokBusinessClient
    center_id: str
    request_id: str
    began_at: datetime
    is_again: bool = False
    key: str | None = None

    @property
    def center(self) -> str:
        """The business center, which this operation cannot do without."""
        if not self.center_id:
            cure = "Set TikTok__BusinessCenterId, or send context.businessCenterId."
            raise Refused(Failure(Code.NOT_CONFIGURED, "No business center is known.", cure))
        return self.center_id


class NeverSent(Exception):
    """A write whose process died was surely not sent: it may be made now."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A guard that a write breaks: `value` is what was asked, `most` what is allowed. `why` says it otherwise."""

    name: str
    value: Decimal
    most: Decimal
    field: str
    what: str
    why: str = ""

    @property
    def confirmation(self) -> str:
        return f"{self.name}:{self.value:f}"


@dataclass(frozen=True, slots=True)
class Operation(Generic[P]):
    """One operation of the contract.

    `guard` tells which spending guards a write breaks. `settle` looks up what became of a write whose answer was lost;
    an operation that writes and has none may be run again: the same call twice is the same state.
    """

    name: str
    description: str
    payload: type[P]
    run: Callable[[Run, P], Awaitable[Done]]
    endpoint: str | None = None
    writes: bool = False
    guard: Callable[[Run, P], Awaitable[Sequence[Limit]]] | None = None
    settle: Callable[[Run, P], Awaitable[Done]] | None = None

    def describe(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "description": self.description,
            "writes": self.writes,
            "endpoint": self.endpoint,
            "payload": self.payload.model_json_schema(),
        }


class Registry:
    """Operations by name, whatever its case and underscores."""

    def __init__(self, *operations: Operation[Any]) -> None:
        self.operations = operations
        self._by_name = {squash(operation.name): operation for operation in operations}

    def find(self, name: str) -> Operation[Any]:
        """Give an operation. Raises Refused, naming those that there are."""
        found = self._by_name.get(squash(name))
        if found is None:
            known = ", ".join(operation.name for operation in self.operations)
            failure = Failure(Code.UNKNOWN_OPERATION, f"There is no such operation. There are: {known}.", known)
            raise Refused(failure, status=400)
        return found
