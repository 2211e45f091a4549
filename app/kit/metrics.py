"""Counters and histograms that many processes add up: here they only grow in memory, until somebody stores them."""

import threading
from bisect import bisect_left
from collections.abc import Mapping

Series = tuple[str, tuple[str, ...]]
"""A name, and the values of its labels in order; a histogram's bucket has its upper bound as the last of them."""

OTHER = "other"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)

_MOST_SERIES = 200
_LONGEST_VALUE = 64


class Meter:
    """What counters and histograms share. Each name exists once in a process, like the series it stands for."""

    kind = ""

    def __init__(self, name: str, description: str, *labels: str) -> None:
        if name in METERS:
            raise RuntimeError(f"two metrics are called {name}")
        self.name = name
        self.description = description
        self.labels = labels
        self._known: set[tuple[str, ...]] = set()
        METERS[name] = self

    def _bounded(self, values: tuple[str, ...]) -> tuple[str, ...]:
        """Give the labels as they are kept: whatever is counted, there are only so many series of one name."""
        if len(values) != len(self.labels):
            raise ValueError(f"{self.name} has the labels {self.labels}, not {values}")
        if values in self._known:
            return values
        if len(self._known) >= _MOST_SERIES or any(len(value) > _LONGEST_VALUE for value in values):
            return (OTHER,) * len(values)
        self._known.add(values)
        return values


class Counter(Meter):
    """Something that happens."""

    kind = "counter"

    def count(self, *values: str, by: float = 1.0) -> None:
        """Count it, under these values of the labels."""
        _add((self.name, self._bounded(values)), by)


class Histogram(Meter):
    """How long something takes."""

    kind = "histogram"

    def __init__(self, name: str, description: str, *labels: str, bounds: tuple[float, ...] = SECONDS) -> None:
        super().__init__(name, description, *labels)
        self.bounds = bounds
        self.upper = (*map(str, bounds), "+Inf")

    def observe(self, seconds: float, *values: str) -> None:
        """Note one duration, under these values of the labels."""
        values = self._bounded(values)
        _add((f"{self.name}_bucket", (*values, self.upper[bisect_left(self.bounds, seconds)])), 1.0)
        _add((f"{self.name}_sum", values), seconds)


METERS: dict[str, Meter] = {}

# Of the whole process, as the series are: every layer counts, also where nothing was opened yet.
_pending: dict[Series, float] = {}
_lock = threading.Lock()


def _add(series: Series, amount: float) -> None:
    with _lock:
        _pending[series] = _pending.get(series, 0.0) + amount


def take() -> dict[Series, float]:
    """Take what was counted since the last time; whoever takes it stores it or gives it back."""
    with _lock:
        taken = dict(_pending)
        _pending.clear()
    return taken


def give_back(taken: Mapping[Series, float]) -> None:
    """Count once more what could not be stored."""
    for series, amount in taken.items():
        _add(series, amount)
