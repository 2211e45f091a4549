"""The state of one emulated Business API: its documents, its clock, its ids and its settings."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import msgspec

from app.emulator.business_api.settings import BusinessSettings
from app.emulator.business_api.store import Doc, Store

# Every id is odd and over 2**53, so that a client that lets one become a float is found out.
_FIRST_ID = 7_400_000_000_000_000_001
_LATEST = 253_370_764_800.0  # the year 9999


class Book:
    """What a call may read and write. All of it happens within `turn()`."""

    def __init__(
        self,
        settings: BusinessSettings | None = None,
        path: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._given = settings or BusinessSettings()
        self._clock = clock
        self.store = Store(path)
        self.settings = self._given
        self._changed: Doc = {}
        self._now = 0.0
        # Rows that were added up, by the question and the version of the facts that they answer.
        self.reports: dict[Any, list[Any]] = {}
        # Whether somebody looks for reviews that end while nobody calls.
        self.is_watched = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        with self.store.turn():
            self._begin()
            yield

    def _begin(self) -> None:
        changed = self.store.recall("settings", {})
        # Any process may have changed them; most calls find them as the last one did.
        if changed != self._changed:
            self._changed = changed
            self.settings = msgspec.convert({**asdict(self._given), **changed}, BusinessSettings)
        clock = self.store.recall("clock", {})
        self._now = clock["frozen_at"] if clock.get("frozen_at") else self._clock() + clock.get("offset", 0.0)

    def now(self) -> float:
        return self._now

    def move_clock(self, seconds: float, *, freeze: bool | None) -> None:
        """Go ahead by so many seconds; stand still from then on, or run, where that is said. Raises ValueError."""
        clock = self.store.recall("clock", {})
        then = self._now + seconds
        if not then < _LATEST:
            raise ValueError("the clock ends with the year 9998")
        stands = clock.get("frozen_at") is not None if freeze is None else freeze
        self.store.remember("clock", {"offset": then - self._clock(), "frozen_at": then if stands else None})
        self._now = then

    def change_settings(self, changes: dict[str, Any]) -> None:
        """Set some of the settings for every process. Raises msgspec.ValidationError, ValueError."""
        unknown = changes.keys() - {field.name for field in fields(BusinessSettings)}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        merged = {**self.store.recall("settings", {}), **changes}
        self.settings = msgspec.convert({**asdict(self._given), **merged}, BusinessSettings)
        self.store.remember("settings", merged)
        self._changed = merged

    def next_number(self, name: str = "ids") -> int:
        number = int(self.store.recall(f"number:{name}", 0)) + 1
        self.store.remember(f"number:{name}", number)
        return number

    def new_id(self) -> str:
        """Make an id that no other thing has, higher than all before."""
        return str(_FIRST_ID + self.next_number() * 15_838)

    def new_secret(self, of_what: str) -> str:
        """Make a token or code: the same at the same place of the same story, and else nowhere."""
        text = f"{self.settings.seed}|{of_what}|{self.next_number('secrets')}"
        return hashlib.sha256(text.encode()).hexdigest()[:40]

    def need(self, kind: str, id_: str) -> Doc:
        """Give a document that is there for sure."""
        found = self.store.get(kind, id_)
        if found is None:
            raise LookupError(f"{kind} {id_}")
        return found
