"""One call under way, and how an operation is declared."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from app.emulator.business_api.book import Book
from app.emulator.business_api.reading import Given, convert
from app.emulator.business_api.store import Doc
from app.emulator.world.world import World

T = TypeVar("T")
Credential = Literal["ads", "account", "none"]


@dataclass(frozen=True)
class Raw:
    """An answer outside of the envelope."""

    content: bytes
    media_type: str
    file_name: str = ""


@dataclass
class Call:
    """What the handler of an operation is given."""

    book: Book
    given: Given
    world: World
    # The emulator's own address as the caller knows it, for links in answers.
    origin: str = ""
    sandbox: bool = False
    token: Doc = field(default_factory=dict)
    user: Doc = field(default_factory=dict)
    # What was fetched for it before its turn began.
    fetched: bytes | None = None
    # What was seen in it.
    look: object = None
    ignored: list[str] = field(default_factory=list)
    advertiser_id: str = ""
    writes: bool = False
    # Run when the turn has ended well, outside of it.
    afterwards: list[Callable[[], None]] = field(default_factory=list)
    partial: bool = False
    message: str = "OK"

    def take(self, kind: type[T]) -> T:
        """Read the parameters; those that nobody declared are noted as ignored. Raises BusinessError."""
        read, unknown = convert(self.given, kind)
        self.ignored += [name[:100] for name in unknown[:50]]
        return read

    def take_with(self, kind: type[T], kept: frozenset[str]) -> tuple[T, Doc]:
        """Read the parameters, and give beside them those that are documented but only kept. Raises BusinessError."""
        read = self.take(kind)
        self.ignored = [name for name in self.ignored if name not in kept]
        return read, {name: value for name, value in self.given.values.items() if name in kept and value is not None}

    @property
    def now(self) -> float:
        return self.book.now()


@dataclass(frozen=True)
class Operation:
    """One endpoint: who may call it, and what it does."""

    method: Literal["GET", "POST"]
    endpoint: str
    handle: Callable[[Call], Any]
    scope: int | str | None = None
    credential: Credential = "ads"
    writes: bool = False
    sandbox: bool = False
    # What has to come over the network first; it runs outside of the turn.
    fetch: Callable[[Call], Awaitable[None]] | None = None


def read(
    endpoint: str, scope: int | str | None = None, *, credential: Credential = "ads", sandbox: bool = False
) -> Callable[[Callable[[Call], Any]], Operation]:
    """Declare a GET."""
    return lambda handle: Operation("GET", endpoint, handle, scope, credential, sandbox=sandbox)


def write(
    endpoint: str,
    scope: int | str | None = None,
    *,
    credential: Credential = "ads",
    sandbox: bool = False,
    fetch: Callable[[Call], Awaitable[None]] | None = None,
) -> Callable[[Callable[[Call], Any]], Operation]:
    """Declare a POST."""
    return lambda handle: Operation("POST", endpoint, handle, scope, credential, True, sandbox, fetch)
