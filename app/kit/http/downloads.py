"""How a process shares its downloads between sites: nobody takes them all, and who does not answer is left alone."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from time import monotonic

import structlog

log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class _Waiter:
    host: str
    source: str
    admitted: asyncio.Future[None]


class FairSlots:
    """A number of slots, of which one host and one source get a part at most, however many others are free.

    A free slot goes to the source, and then to the host, that has the fewest; among equals to who came first. So a site
    that answers slowly keeps its own pictures waiting, and nobody else's.
    """

    def __init__(self, total: int = 36, *, per_host: int = 6, per_source: int = 18) -> None:
        self._total = total
        self._per_host = per_host
        self._per_source = per_source
        self._hosts: Counter[str] = Counter()
        self._sources: Counter[str] = Counter()
        self._waiters: list[_Waiter] = []

    @asynccontextmanager
    async def take(self, host: str, source: str) -> AsyncIterator[None]:
        """Wait for a slot, and have it while the block runs."""
        waiter = _Waiter(host, source, asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        self._admit()
        try:
            await waiter.admitted
            yield
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            else:
                self._leave(waiter)
            self._admit()

    def _admit(self) -> None:
        while self._sources.total() < self._total:
            fitting = [waiter for waiter in self._waiters if self._has_room(waiter)]
            if not fitting:
                return
            first = min(fitting, key=lambda waiter: (self._sources[waiter.source], self._hosts[waiter.host]))
            self._waiters.remove(first)
            self._sources[first.source] += 1
            self._hosts[first.host] += 1
            if not first.admitted.done():
                first.admitted.set_result(None)

    def _has_room(self, waiter: _Waiter) -> bool:
        return self._hosts[waiter.host] < self._per_host and self._sources[waiter.source] < self._per_source

    def _leave(self, waiter: _Waiter) -> None:
        for counter, key in ((self._hosts, waiter.host), (self._sources, waiter.source)):
            counter[key] -= 1
            if not counter[key]:
                del counter[key]


class MediaPlaces:
    """How many posts may have their media made at once, and how many of one source; who finds none comes back later."""

    def __init__(self, total: int = 48, *, per_source: int = 24) -> None:
        self.total = total
        self._per_source = per_source
        self._taken: Counter[str] = Counter()

    @contextmanager
    def take(self, source: str) -> Iterator[bool]:
        """Take a place while the block runs, and tell whether there was one."""
        if self._taken.total() >= self.total or self._taken[source] >= self._per_source:
            yield False
            return
        self._taken[source] += 1
        try:
            yield True
        finally:
            self._taken[source] -= 1
            if not self._taken[source]:
                del self._taken[source]


@dataclass(slots=True)
class _HostSilence:
    """How often a host did not answer in a row, and until when it is left alone for it."""

    times: int = 0
    rest: float = 0.0
    until: float = 0.0
    is_probed: bool = False
    tried_until: float = 0.0
    askers: set[str] = field(default_factory=set)


class Circuits:
    """Leaves a host alone that did not answer several times in a row: for a while at first, then longer.

    When the while is over one download is let through; its fate decides about the others. Until then only those to whom
    it has not been silent yet are let through, one at a time: an article whose own pictures hang costs no other its.
    """

    MOST_TIMES = 3
    SHORTEST, LONGEST = 30.0, 120.0
    _PROBE = 25.0
    MOST_HOSTS = 1000
    _MOST_ASKERS = 500

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._silent: OrderedDict[str, _HostSilence] = OrderedDict()

    def rest_of(self, host: str, asker: str = "") -> float:
        """Tell for how many seconds a host is still left alone; 0.0 means that the caller asks it now.

        `asker` says for whom: a post's downloads have one in common.
        """
        found = self._silent.get(host)
        if found is None or found.times < self.MOST_TIMES:
            return 0.0
        now = self._clock()
        if now < found.until:
            if not asker or asker in found.askers or now < found.tried_until:
                return found.until - now
            found.tried_until = now + self._PROBE
            return 0.0
        found.is_probed, found.until = True, now + self._PROBE
        return 0.0

    def answered(self, host: str, asker: str = "") -> None:
        """Note that a host answered, whatever it said. To whom else it was silent stays known."""
        found = self._silent.pop(host, None)
        if found is not None and (others := found.askers - {asker, ""}):
            self._silent[host] = _HostSilence(askers=others)

    def fell_silent(self, host: str, asker: str = "") -> None:
        """Note that a host did not answer in time."""
        found = self._silent.setdefault(host, _HostSilence())
        self._silent.move_to_end(host)
        now = self._clock()
        found.tried_until = 0.0
        if len(found.askers) < self._MOST_ASKERS:
            found.askers.add(asker)
        if found.times >= self.MOST_TIMES and now < found.until and not found.is_probed:
            return  # One of those that were under way when the others gave it up.
        found.times += 1
        found.is_probed = False
        if found.times >= self.MOST_TIMES:
            found.rest = min(max(self.SHORTEST, found.rest * 2), self.LONGEST)
            found.until = now + found.rest
            log.warning("host_left_alone", host=host, seconds=found.rest)
        while len(self._silent) > self.MOST_HOSTS:
            self._silent.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Downloads:
    """What the downloads of one process share."""

    slots: FairSlots = field(default_factory=FairSlots)
    places: MediaPlaces = field(default_factory=MediaPlaces)
    circuits: Circuits = field(default_factory=Circuits)
