"""What the client asks of whoever counts the calls of all processes. It keeps no count itself."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol


class Priority(IntEnum):
    """Who goes first: a person or a gateway that waits, then sweeps, then reports."""

    interactive = 0
    sweep = 1
    report = 2


@dataclass(frozen=True, slots=True)
class Place:
    """One call that wants to leave. `patience`: how many seconds it can wait for its turn; None is until it has it."""

    endpoint: str
    priority: Priority = Priority.interactive
    caller: str = ""
    patience: float | None = None


class Limiter(Protocol):
    """Counts calls per app and endpoint for all processes."""

    async def wait(self, place: Place) -> None:
        """Return when the call may leave. Raises errors.NoPlace, with the seconds to wait, where patience is short."""

    async def note_throttled(self, place: Place, code: int | None, message: str) -> float | None:
        """Hear that TikTok refused a call in spite of the count; tell for how many seconds all calls now pause."""

    def note_taken(self, place: Place) -> None:
        """Hear that TikTok took a call."""


class NoLimit:
    """Lets every call pass. For tests, and for the emulator inside this installation, which does not count either."""

    async def wait(self, place: Place) -> None:
        """Let it pass."""

    async def note_throttled(self, place: Place, code: int | None, message: str) -> float | None:  # noqa: ARG002
        """Keep nothing."""
        return None

    def note_taken(self, place: Place) -> None:
        """Keep nothing."""


class Announced:
    """Another limiter, and something that is done when a call has its turn, before it leaves."""

    def __init__(self, limiter: Limiter, announce: Callable[[], Awaitable[None]]) -> None:
        self._limiter = limiter
        self._announce = announce

    async def wait(self, place: Place) -> None:
        """Wait as the other does, then announce."""
        await self._limiter.wait(place)
        await self._announce()

    async def note_throttled(self, place: Place, code: int | None, message: str) -> float | None:
        """Hand it on."""
        return await self._limiter.note_throttled(place, code, message)

    def note_taken(self, place: Place) -> None:
        """Hand it on."""
        self._limiter.note_taken(place)
