"""A process of its own that always has calls to make: `python -m tests.bench.limiter_caller SECONDS SECOND MINUTE`.

Sweeps press for as many calls as there are; twice a second somebody asks and waits. It prints a line for each call:
when it left, its priority, and how long it waited.
"""

import asyncio
import sys
import time

from app.config import load_settings
from app.kit.logs import configure_logging
from app.limits.line import CallLine
from app.limits.rates import Rate
from app.resources import open_resources

_SWEEPS = 20
_PERSON_EVERY_SECONDS = 0.5


async def run(seconds: float, rate: Rate) -> None:
    async with open_resources(load_settings(_env_file=None)) as app:
        async with app.read():
            print("ready", flush=True)  # noqa: T201
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        line, ends_at = CallLine(rate, app.transaction), time.monotonic() + seconds

        async def call(priority: int) -> None:
            asked_at = time.monotonic()
            await line.wait(endpoint="/campaign/get/", caller="bench", priority=priority)
            print(time.time(), priority, time.monotonic() - asked_at)  # noqa: T201

        async def sweep() -> None:
            while time.monotonic() < ends_at:
                await call(1)

        async def ask() -> None:
            while time.monotonic() < ends_at:
                await call(0)
                await asyncio.sleep(_PERSON_EVERY_SECONDS)

        await asyncio.gather(ask(), *(sweep() for _ in range(_SWEEPS)))


if __name__ == "__main__":
    configure_logging()  # to standard error: the figures stand alone
    second, minute = float(sys.argv[2]), int(sys.argv[3])
    asyncio.run(run(float(sys.argv[1]), Rate("business:bench", per_second=second, per_minute=minute)))
