"""A process of its own that spends one budget greedily; its arguments: SECONDS OWNER GO.

Its settings come from the environment. It waits for the file GO, so that all processes start together, and prints when
each call was granted.
"""

import asyncio
import sys
import time
from pathlib import Path

from app.config import load_settings
from app.limits.budgets import STATUS_FETCH, BudgetSpent, spend
from app.resources import open_resources
from tests.support.waiting import until


async def run(seconds: float, owner: str, go: Path) -> None:
    async with open_resources(load_settings(_env_file=None)) as resources:
        async with resources.read():
            print("ready", flush=True)  # noqa: T201
        await asyncio.to_thread(until, go.exists)
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at:
            try:
                await spend(resources, STATUS_FETCH, owner)
            except BudgetSpent:
                await asyncio.sleep(0.01)
            else:
                print(time.time())  # noqa: T201


def main() -> None:
    _, seconds, owner, go = sys.argv
    asyncio.run(run(float(seconds), owner, Path(go)))
