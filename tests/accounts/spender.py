"""A process of its own that spends one budget greedily: `python -m tests.accounts.spender SECONDS OWNER`.

Its settings come from the environment. It waits for a line on standard input, so that all processes start together, and
prints when each call was granted.
"""

import asyncio
import sys
import time

from app.config import load_settings
from app.limits.budgets import STATUS_FETCH, BudgetSpent, spend
from app.resources import open_resources


async def run(seconds: float, owner: str) -> None:
    async with open_resources(load_settings(_env_file=None)) as resources:
        async with resources.read():
            print("ready", flush=True)  # noqa: T201
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at:
            try:
                await spend(resources, STATUS_FETCH, owner)
            except BudgetSpent:
                await asyncio.sleep(0.01)
            else:
                print(time.time())  # noqa: T201


if __name__ == "__main__":
    asyncio.run(run(float(sys.argv[1]), sys.argv[2]))
