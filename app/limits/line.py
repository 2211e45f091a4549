"""Who of this process goes next: calls wait in line, and one at a time reserves the next moment among all processes.

So a call that somebody waits for goes before sweeps and reports of its own process at once, and in another process it
waits behind one call of each other process at most, or behind a tenth of a second of a limit that is faster.
"""

import asyncio
import heapq
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from itertools import count
from time import monotonic

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from app.kit.clock import utcnow
from app.limits.rates import Rate, Reservation, count_call, read_closed, reserve

log = structlog.get_logger(__name__)

LOOK_AGAIN_SECONDS = 1.0
"""During a pause, and after a wait so long that one may have been ordered meanwhile."""

_LATE_SECONDS = 0.03
_TOGETHER_SECONDS = 0.1
"""So much is reserved at once: of a limit of 50 a second the row could not be asked for each call in time."""
_TOLD_FROM_SECONDS = 1.0
"""A shorter wait is nobody's news."""
_TOLD_EVERY_SECONDS = 10.0
"""Of one caller: a sweep that has hundreds of calls in line says it once."""

Transaction = Callable[[], AbstractAsyncContextManager[AsyncSession]]


class Closed(Exception):
    """No call leaves for so many seconds, and the caller does not wait as long."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"No call leaves for {seconds:.1f} seconds.")
        self.seconds = seconds


@dataclass(order=True, slots=True)
class _Waiting:
    priority: int
    number: int
    endpoint: str = field(compare=False)
    caller: str = field(compare=False)
    patience: float | None = field(compare=False)
    leaves: asyncio.Future[None] = field(compare=False)


class CallLine:
    """The line of this process before one of TikTok's limits. `transaction` opens a session that commits."""

    def __init__(self, rate: Rate, transaction: Transaction, *, is_counted: bool = True) -> None:
        self.rate = rate
        self._is_counted = is_counted
        self._transaction = transaction
        self._waiting: list[_Waiting] = []
        self._numbers = count()
        self._usher: asyncio.Task[None] | None = None
        self._most_together = max(1, int(_TOGETHER_SECONDS / rate.interval))
        # Half a moment: calls that leave late come closer to those behind, and a second may hold one too many.
        self._late_seconds = min(_LATE_SECONDS, rate.interval / 2)
        self._missed = 0
        self._next_at = 0.0
        self._told_at: dict[str, float] = {}

    async def wait(self, *, endpoint: str, caller: str = "", priority: int = 0, patience: float | None = None) -> None:
        """Return when the call may leave; lower priorities first. Raises Closed where `patience` seconds do not do."""
        leaves: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = _Waiting(priority, next(self._numbers), endpoint, caller, patience, leaves)
        heapq.heappush(self._waiting, waiting)
        self._tell_wait(waiting)
        if self._usher is None or self._usher.done():
            self._usher = asyncio.create_task(self._let_in())
        try:
            async with asyncio.timeout(patience):
                await leaves
        except TimeoutError:
            raise Closed(len(self._waiting) * self.rate.interval) from None

    async def _let_in(self) -> None:
        try:
            while (first := self._first()) is not None:
                await self._let_some_in(first)
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            for waiting in self._waiting:
                if not waiting.leaves.done():
                    waiting.leaves.set_exception(error)
            self._waiting.clear()

    async def _let_some_in(self, first: _Waiting) -> None:
        some = [first]
        if self._most_together > 1:
            some = heapq.nsmallest(self._most_together, (one for one in self._waiting if not one.leaves.done()))
        turn = await self._reserve(some)
        if turn.is_closed:
            self._send_away(turn.left)
            await asyncio.sleep(min(max(turn.left, 0.0), LOOK_AGAIN_SECONDS))
            return
        may_miss, missed = not self._missed, 0
        for number in range(len(some)):
            await asyncio.sleep(max(turn.left_to(number), 0.0))
            if may_miss and turn.left_to(number) < -self._late_seconds:
                # Whoever has the next moment leaves right behind: another moment, lest they arrive together.
                missed += 1
                continue
            # Somebody who goes before may have come meanwhile.
            if self._first() is not None:
                heapq.heappop(self._waiting).leaves.set_result(None)
        self._missed = missed

    async def _reserve(self, some: Sequence[_Waiting]) -> Reservation:
        """Reserve a moment for each, in a row, and wait for the first. Calls that have missed theirs are counted."""
        first, counted = some[0], some[self._missed :] if self._is_counted else ()
        async with self._transaction() as session:
            turn = await reserve(session, self.rate, moments=len(some))
            for one in () if turn.is_closed else counted:
                await count_call(session, turn.at, one.endpoint, one.caller)
        self._next_at = monotonic() + turn.left
        self._tell_wait(first)
        if turn.is_closed:
            return turn
        self._next_at += len(some) * self.rate.interval
        may_close = turn.left > LOOK_AGAIN_SECONDS
        await asyncio.sleep(max(turn.left, 0.0))
        if not may_close:
            return turn
        # TikTok may have ordered a pause meanwhile.
        async with self._transaction() as session:
            closed_until = await read_closed(session, self.rate)
        return turn if closed_until is None else Reservation(closed_until, utcnow(), is_closed=True)

    def _tell_wait(self, waiting: _Waiting) -> None:
        """Say how long a call waits, as far as is known: until the next moment, and behind those before it."""
        now = monotonic()
        if now - self._told_at.get(waiting.caller, -_TOLD_EVERY_SECONDS) < _TOLD_EVERY_SECONDS:
            return
        before = sum(1 for one in self._waiting if one < waiting and not one.leaves.done())
        seconds = max(self._next_at - now, 0.0) + before * self.rate.interval
        if seconds >= _TOLD_FROM_SECONDS:
            self._told_at[waiting.caller] = now
            log.info("business_call_waits", endpoint=waiting.endpoint, caller=waiting.caller, seconds=round(seconds, 1))

    def _first(self) -> _Waiting | None:
        """Give who goes next; those that wait no longer are left out."""
        while self._waiting and self._waiting[0].leaves.done():
            heapq.heappop(self._waiting)
        return self._waiting[0] if self._waiting else None

    def _send_away(self, seconds: float) -> None:
        """Tell those who do not wait as long as the pause lasts."""
        for waiting in self._waiting:
            if waiting.patience is not None and waiting.patience < seconds and not waiting.leaves.done():
                waiting.leaves.set_exception(Closed(seconds))
