"""Reading request bodies into a memory that is bounded for all of them together."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from app.errors import AppError, TooManyRequests
from app.kit.memory import give_back_memory
from app.messages import refusals
from app.messages.message import Message

MOST_BYTES = 128 * 1024 * 1024
"""Two of the largest bodies of a CMS and some small ones: few have more than 100 kB."""
_STORMY_PART = 4
"""From this part of the budget on, what the bodies took is worth handing back."""
SETTLED_SECONDS = 1.0
"""So long the rest of what was refused may still be arriving."""


class BodyTooLarge(AppError):
    status_code = 413
    code = "body_too_large"
    title = refusals.BODY_TOO_LARGE


class BodyBrokenOff(AppError):
    """Whoever sent it hung up: nobody reads the answer, and nothing is wrong here."""

    status_code = 400
    code = "body_broken_off"
    title = refusals.BODY_BROKEN_OFF


class NoRoomForBody(TooManyRequests):
    """The bodies under way fill the memory that is meant for them."""

    status_code = 503
    code = "no_room_for_body"
    title = refusals.NO_ROOM

    def __init__(self) -> None:
        super().__init__(retry_after=5)


class BodyBudget:
    """The bytes that all bodies under way may have together, in one process.

    They count as they arrive: what a sender only announces takes nothing from the others.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self.taken = 0
        self._was_stormy = False
        self._giving_back: asyncio.TimerHandle | None = None

    @contextmanager
    def hold(self) -> Iterator["BodyRoom"]:
        """Give room for one body, which is free again at the end of this."""
        room = BodyRoom(self)
        try:
            yield room
        finally:
            self._was_stormy = self._was_stormy or self.taken >= self.most_bytes // _STORMY_PART
            self.taken -= room.taken
            if self._was_stormy and not self.taken and self._giving_back is None:
                self._giving_back = asyncio.get_running_loop().call_later(SETTLED_SECONDS, self._give_back)

    def _give_back(self) -> None:
        self._giving_back, self._was_stormy = None, False
        give_back_memory()


class BodyRoom:
    """What one body has of the budget."""

    def __init__(self, budget: BodyBudget) -> None:
        self._budget = budget
        self.taken = 0

    async def read(self, stream: AsyncIterator[bytes], *, announced: int | None, limit: int) -> bytes:
        """Read a body. Raises BodyTooLarge, BodyBrokenOff or NoRoomForBody."""
        if announced is not None and announced > limit:
            raise BodyTooLarge(_too_large(limit))
        # Most bodies are one piece, which is given as it came. The stream is read to its end all the same: one that is
        # left in the middle is closed by the event loop later, which costs as much as reading it.
        first, body = b"", bytearray()
        try:
            async for chunk in stream:
                if len(first) + len(body) + len(chunk) > limit:
                    raise BodyTooLarge(_too_large(limit))
                self._take(len(chunk))
                if not first and not body:
                    first = chunk
                elif chunk:
                    body += first + chunk
                    first = b""
            return first or bytes(body)
        finally:
            body.clear()  # what is refused lives on in its traceback, until the garbage is collected

    def _take(self, size: int) -> None:
        if self._budget.taken + size > self._budget.most_bytes:
            raise NoRoomForBody
        self._budget.taken += size
        self.taken += size


def _too_large(limit: int) -> Message:
    return refusals.body_larger(limit // 1024)
