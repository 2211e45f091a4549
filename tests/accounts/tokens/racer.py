"""A process of its own that asks for an access token many times at once; its arguments: N ACCOUNT_ID GO.

Its settings come from the environment. It waits for the file GO, so that all processes start together, and prints the
SHA-256 of each token.
"""

import asyncio
import hashlib
import sys
from pathlib import Path

from app.accounts.tokens.access import access_token
from app.config import load_settings
from app.resources import open_resources
from tests.support.waiting import until


async def race(count: int, account_id: str, go: Path) -> None:
    async with open_resources(load_settings(_env_file=None)) as resources:
        async with resources.read():
            print("ready", flush=True)  # noqa: T201
        await asyncio.to_thread(until, go.exists)
        tokens = await asyncio.gather(*(access_token(resources, account_id) for _ in range(count)))
    for token in tokens:
        print(hashlib.sha256(token.encode()).hexdigest())  # noqa: T201


def main() -> None:
    _, count, account_id, go = sys.argv
    asyncio.run(race(int(count), account_id, Path(go)))
