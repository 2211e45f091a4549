"""The emulator's own time: it runs with the machine's and can be moved ahead."""

import asyncio
import time
from datetime import UTC, datetime

# Longer ones are slept in pieces: an event loop counts in less than a float holds.
_LONGEST_SLEEP = 3_600.0
_LATEST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()


class Clock:
    """Seconds since 1970, plus an offset. Sleepers wake when the offset moves, so that hours pass in milliseconds."""

    def __init__(self) -> None:
        self.offset = 0.0
        self._sleepers: set[asyncio.Event] = set()

    def now(self) -> float:
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        """Move ahead. Raises ValueError beyond the last year that can be written."""
        if not self.now() + seconds < _LATEST:
            raise ValueError("the clock ends with the year 9998")
        self.offset += seconds
        for sleeper in tuple(self._sleepers):
            sleeper.set()

    async def sleep_until(self, moment: float) -> None:
        while (remaining := moment - self.now()) > 0:
            moved = asyncio.Event()
            self._sleepers.add(moved)
            try:
                async with asyncio.timeout(min(remaining, _LONGEST_SLEEP)):
                    await moved.wait()
            except TimeoutError:
                continue
            finally:
                self._sleepers.discard(moved)


def rfc3339(moment: float | None) -> str | None:
    if moment is None:
        return None
    return datetime.fromtimestamp(min(moment, _LATEST), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
