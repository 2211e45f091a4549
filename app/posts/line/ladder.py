"""The slots of one account: how TikTok's limits and what was given away before make the next one. Knows no database."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.messages import timeline
from app.messages.message import Message

MARGIN = timedelta(seconds=1)
"""Two clocks never agree to the millisecond."""

_NO_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Slot:
    """When an init may leave, and why not before. `is_before_others`: posts that wait already must wait longer."""

    at: datetime
    reason: str
    detail: Message
    is_before_others: bool = False


@dataclass(slots=True)
class Window:
    """At most `cap` inits in any `span`; no rule any more from `until` on. `times` are the newest ones, in order."""

    span: timedelta
    cap: int
    reason: str
    detail: Message
    until: datetime | None = None
    times: deque[datetime] = field(init=False)

    def __post_init__(self) -> None:
        self.times = deque(maxlen=self.cap)

    def opens_at(self) -> datetime | None:
        """Tell when one more fits; None where there is room already."""
        if len(self.times) < self.cap:
            return None
        at = self.times[0] + self.span + MARGIN if self.times else None
        if self.until is None:
            return at
        return self.until if at is None else min(at, self.until)

    def count_free(self, now: datetime) -> int:
        if self.until is not None and self.until <= now:
            return _NO_LIMIT
        return self.cap - sum(moment > now - self.span - MARGIN for moment in self.times)


class Ladder:
    """An account's slots from now on, one after the other: past inits and slots given away are its lower rungs."""

    def __init__(
        self, now: datetime, windows: Sequence[Window], *, gap: timedelta, last: datetime | None, pause: Slot | None
    ) -> None:
        self._now = now
        self._windows = windows
        self._gap = gap
        self._last = last
        self._floor = now if pause is None else pause.at
        self._why = ("in_line", timeline.OTHERS_FIRST)
        if pause is not None:
            self._why = (pause.reason, pause.detail)

    @property
    def depth(self) -> int:
        """How many of the newest slots the next one depends on."""
        return max(window.cap for window in self._windows)

    def count_free(self) -> int:
        """Tell how many inits may leave at once, as far as TikTok's limits go."""
        if self._floor > self._now:
            return 0
        free = max(0, min(window.count_free(self._now) for window in self._windows))
        if not self._gap:
            return free
        return min(free, int(self._last is None or self._last + self._gap <= self._now))

    def push(self, slot: Slot) -> None:
        """Count a slot that is given away: none is before it, and the next one may wait for the same reason."""
        at, self._why = slot.at, (slot.reason, slot.detail)
        self._floor = max(self._floor, at)
        self._last = at
        for window in self._windows:
            window.times.append(at)

    def next(self) -> Slot:
        """Give the next slot away."""
        at, why = self._floor, self._why
        for window in self._windows:
            opens_at = window.opens_at()
            if opens_at is not None and opens_at > at:
                at, why = opens_at, (window.reason, window.detail)
        if self._gap and self._last is not None and self._last + self._gap > at:
            at, why = self._last + self._gap, ("rate_limit_exceeded", timeline.SLOWED)
        slot = Slot(at, *why)
        self.push(slot)
        return slot
