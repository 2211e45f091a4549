"""The one way in: arrivals that wait are stored together, with one wait for the disk, and answered once they are there.

What must wait for somebody, or moves posts, is stored by itself, and so is every arrival of a batch that fails: one bad
arrival spoils none of the others.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from contextvars import Context
from typing import Any, TypeVar

import structlog

from app.articles.intake.answer_queue import LONGEST_TURN_SECONDS, Lane, Movement
from app.articles.intake.arrivals import Arrival, ArticlePlanner, Receipt
from app.articles.intake.batch_store import Batch, Step
from app.articles.intake.wanted_pages import PAGES_AT_ONCE
from app.db import after_commit, is_away
from app.kit.bursts import Bursts
from app.kit.failpoints import reach
from app.queue import JobCall
from app.resources import Resources

log = structlog.get_logger(__name__)

T = TypeVar("T")

MOST_IN_BATCH = 200
"""Arrivals that are stored in one transaction."""
_PLACES_ALONE = 8


class Intake:
    """All that this process is taking in. The composition gives it the planner."""

    def __init__(self) -> None:
        self.planner: ArticlePlanner | None = None
        self.page_bursts = Bursts(*PAGES_AT_ONCE)
        self.movement = Movement()
        self._waiting: list[Arrival] = []
        self._writer: asyncio.Task[None] | None = None
        self._lane = Lane(_PLACES_ALONE)
        self._work: set[asyncio.Task[Any]] = set()

    def begin(self, work: Coroutine[Any, Any, T], *, context: Context | None = None) -> asyncio.Task[T]:
        """Do something that goes on even if nobody waits for it any more, and that `settle` waits for."""
        task = asyncio.create_task(work, context=context)
        self._work.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._work.discard(task)
        if not task.cancelled():
            task.exception()

    async def settle(self, seconds: float) -> None:
        """Wait for all that is under way, and what follows from it."""
        ends_at = asyncio.get_running_loop().time() + seconds
        while self._work and (left := ends_at - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(set(self._work), timeout=left)

    def add(self, resources: Resources, arrival: Arrival) -> None:
        """Have it stored with whatever others wait."""
        self._waiting.append(arrival)
        if self._writer is None:
            # A context of its own: what it logs belongs to no single one of the requests.
            self._writer = self.begin(self._write(resources), context=Context())

    async def _write(self, resources: Resources) -> None:
        try:
            while self._waiting:
                arrivals, self._waiting = self._waiting[:MOST_IN_BATCH], self._waiting[MOST_IN_BATCH:]
                apart: dict[tuple[str, str], list[Arrival]] = {}
                for arrival in await self.store_together(resources, arrivals):
                    apart.setdefault(arrival.key, []).append(arrival)
                for one_article in apart.values():
                    self.begin(self._store_in_turn(resources, one_article), context=Context())
        finally:
            self._writer = None

    async def store_together(self, resources: Resources, arrivals: Sequence[Arrival]) -> list[Arrival]:
        """Store a batch; return those that are to be stored alone."""
        try:
            batch = Batch(self._planned(), self.page_bursts, arrivals)
            async with asyncio.timeout(LONGEST_TURN_SECONDS):
                self._answer(resources, await resources.db.run_single(batch.store_new))
                if any(not arrival.answer.done() for arrival in arrivals):
                    self._answer(resources, await resources.db.run(batch.store_known))
        except Exception as error:
            rest = [arrival for arrival in arrivals if not arrival.answer.done()]
            if is_away(error) or isinstance(error, TimeoutError):
                _fail(rest, error)
            else:
                log.exception("batch_failed", arrivals=len(rest), error=type(error).__name__)
        return [arrival for arrival in arrivals if not arrival.answer.done()]

    async def _store_in_turn(self, resources: Resources, arrivals: Sequence[Arrival]) -> None:
        """Store what is told of one article, one after the other, as it came."""
        for arrival in arrivals:
            try:
                await self._store_alone(resources, arrival)
            except Exception as error:  # noqa: BLE001 - whoever waits for the answer hears of it
                _fail([arrival], error)

    async def _store_alone(self, resources: Resources, arrival: Arrival) -> None:
        turn = await self._lane.enter()
        step = Step()

        async def on_disk() -> None:
            self._answer(resources, step)
            turn.end()

        try:
            async with asyncio.timeout(LONGEST_TURN_SECONDS), resources.transaction() as session:
                # Before the hooks of those that move posts, which wake the workers and may wait for Redis.
                after_commit(session, on_disk)
                batch = Batch(self._planned(), self.page_bursts, [arrival], is_alone=True)
                step = await (await session.connection()).run_sync(batch.store_alone)
                for move in step.moves:
                    await move(session)
        finally:
            turn.end()
        if not arrival.answer.done():
            raise RuntimeError("the article went while its news was stored")

    def _planned(self) -> ArticlePlanner:
        if self.planner is None:
            raise RuntimeError("nobody has said who plans posts")
        return self.planner

    def _answer(self, resources: Resources, step: Step) -> None:
        """Answer those whose data is on disk by now. Neither they nor the next batch need wait for Redis."""
        if not step.receipts:
            return
        reach("intake.committed")
        self.movement.note()
        if step.calls:
            self.begin(_wake(resources, step.calls), context=Context())
        for arrival, receipt in step.receipts.items():
            if not arrival.answer.done():
                arrival.answer.set_result(receipt)


async def hand_in(resources: Resources, arrival: Arrival) -> Receipt:
    """Store what is told of an article, plan its posts, and give the answer once it is on disk.

    Hand in many at the same time, and they share a transaction. Raises what the database raises.
    """
    resources.parts.of(Intake).add(resources, arrival)
    # Whoever hands in may go: what is handed in is stored.
    return await asyncio.shield(arrival.answer)


def plan_with(resources: Resources, planner: ArticlePlanner) -> None:
    """Tell the intake of this process who plans the posts of what comes in."""
    resources.parts.of(Intake).planner = planner


async def _wake(resources: Resources, calls: Sequence[JobCall]) -> None:
    try:
        await resources.queue.wake_all(calls)
    except Exception:
        # The data is committed: an error answer now would invite a duplicate. The sweeps find the rows without us.
        log.exception("wake_failed", jobs=len(calls))
    reach("intake.enqueued")


def _fail(arrivals: Sequence[Arrival], error: Exception) -> None:
    for arrival in arrivals:
        if not arrival.answer.done():
            arrival.answer.set_exception(error)
