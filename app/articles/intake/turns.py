"""Deliveries on their way to disk: whose turn it is, and how long their senders wait."""

import asyncio
from dataclasses import dataclass
from time import monotonic

from app.articles.models import Delivery
from app.resources import Resources

# Ghost hangs up after 2.0 s and never sends again.
ANSWER_WITHIN_SECONDS = 1.5
LONGEST_QUEUE_SECONDS = 10.0
# A connection that hangs must not keep its turn: another one may work.
LONGEST_TURN_SECONDS = 30.0
MOST_UNDER_WAY = 500
STANDSTILL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a delivery. `duplicate`: it told nothing new, or published again what is published."""

    article_id: str | None
    post_ids: list[str]
    duplicate: bool
    outcome: Delivery
    reason: str = ""


class _Lane:
    """The way into the database. Deliveries take turns: others need connections as well."""

    places = 8

    def __init__(self) -> None:
        self.turns = asyncio.Semaphore(self.places)
        self.landed_at = float("-inf")


class _NarrowLane(_Lane):
    """The way into SQLite, which has one writer."""

    places = 1


class Landing:
    """One delivery's turn. It ends when the data is on disk: what is left then is to wake the workers."""

    def __init__(self, resources: Resources) -> None:
        self.lane: _Lane = resources.parts.of(_NarrowLane if resources.db.is_sqlite else _Lane)
        self.receipt: Receipt | None = None
        self._has_turn = False

    async def __aenter__(self) -> None:
        await self.lane.turns.acquire()
        self._has_turn = True

    async def __aexit__(self, *_exception: object) -> None:
        self._end_turn()

    def land(self, receipt: Receipt | None) -> None:
        self.receipt = receipt
        self.lane.landed_at = monotonic()
        self._end_turn()

    def _end_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            self.lane.turns.release()


async def wait_for(task: asyncio.Task[Receipt], landing: Landing) -> None:
    """Wait for the answer; give up on a database in which nothing moves, but not in a queue that moves."""
    started = resumed = monotonic()
    while not task.done() and landing.receipt is None:
        moved_at = max(resumed, landing.lane.landed_at)
        until = min(moved_at + ANSWER_WITHIN_SECONDS, started + LONGEST_QUEUE_SECONDS)
        if (left := until - monotonic()) <= 0:
            return
        await asyncio.wait({task}, timeout=left)
        if monotonic() - until > STANDSTILL_SECONDS:
            # A process that stood still hears of the time before it hears of the answers that came meanwhile.
            resumed = monotonic()
