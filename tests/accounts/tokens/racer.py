"""A process of its own that asks for an access token many times at once: `python -m …racer N ACCOUNT_ID`.

Its settings come from the environment. It waits for a line on standard input, so that all processes start together, and
prints the SHA-256 of each token.
"""

import asyncio
import hashlib
import sys

from app.accounts.tokens.access import access_token
from app.config import load_settings
from app.resources import open_resources


async def race(count: int, account_id: str) -> None:
    async with open_resources(load_settings(_env_file=None)) as resources:
        async with resources.read():
            print("ready", flush=True)  # noqa: T201
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        tokens = await asyncio.gather(*(access_token(resources, account_id) for _ in range(count)))
    for token in tokens:
        print(hashlib.sha256(token.encode()).hexdigest())  # noqa: T201


if __name__ == "__main__":
    asyncio.run(race(int(sys.argv[1]), sys.argv[2]))
