"""How long senders wait for their answer, and how many arrivals are stored by themselves at a time."""

import asyncio
from time import monotonic
from typing import Any

# Ghost hangs up after 2.0 s and never sends again.
ANSWER_WITHIN_SECONDS = 1.5
LONGEST_QUEUE_SECONDS = 10.0
# A connection that hangs must not keep its turn: another one may work.
LONGEST_TURN_SECONDS = 30.0
MOST_UNDER_WAY = 500
STANDSTILL_SECONDS = 0.2


class Lane:
    """The way into the database for arrivals that are stored by themselves: others need connections as well."""

    def __init__(self, places: int) -> None:
        self._places = asyncio.Semaphore(places)

    async def enter(self) -> "Turn":
        await self._places.acquire()
        return Turn(self._places)


class Turn:
    """A place in the lane, until it ends: once the data is on disk, even while a lost Redis keeps us waiting."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places: asyncio.Semaphore | None = places

    def end(self) -> None:
        """Let the next one in. Ends once, however often it is called."""
        if self._places is not None:
            self._places.release()
            self._places = None


class Movement:
    """When something was last stored here: who sees the queue move waits on."""

    def __init__(self) -> None:
        self.last_at = float("-inf")

    def note(self) -> None:
        self.last_at = monotonic()


async def wait_for(task: asyncio.Task[Any], movement: Movement) -> None:
    """Wait for an answer; give up on a database in which nothing moves, but not in a queue that moves."""
    started = resumed = monotonic()
    while not task.done():
        moved_at = max(resumed, movement.last_at)
        until = min(moved_at + ANSWER_WITHIN_SECONDS, started + LONGEST_QUEUE_SECONDS)
        if (left := until - monotonic()) <= 0:
            return
        await asyncio.wait({task}, timeout=left)
        if monotonic() - until > STANDSTILL_SECONDS:
            # A process that stood still hears of the time before it hears of the answers that came meanwhile.
            resumed = monotonic()
