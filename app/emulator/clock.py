"""The emulator's own time: it runs with the machine's and can be moved ahead."""

import asyncio
import time
from datetime import UTC, datetime


class Clock:
    """Seconds since 1970, plus an offset. Sleepers wake when the offset moves, so that hours pass in milliseconds."""

    def __init__(self) -> None:
        self.offset = 0.0
        self._sleepers: set[asyncio.Event] = set()

    def now(self) -> float:
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        self.offset += seconds
        for sleeper in tuple(self._sleepers):
            sleeper.set()

    async def sleep_until(self, moment: float) -> None:
        while (remaining := moment - self.now()) > 0:
            moved = asyncio.Event()
            self._sleepers.add(moved)
            try:
                async with asyncio.timeout(remaining):
                    await moved.wait()
            except TimeoutError:
                continue
            finally:
                self._sleepers.discard(moved)


def rfc3339(moment: float | None) -> str | None:
    if moment is None:
        return None
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
