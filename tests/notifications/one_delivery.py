"""A worker that delivers to one endpoint and ends: `python -m tests.notifications.one_delivery ENDPOINT_ID`."""

import asyncio
import sys

from app.config import Settings
from app.notifications.deliver import deliver_to
from app.resources import open_resources


async def main(endpoint_id: str) -> None:
    async with open_resources(Settings(_env_file=None)) as app:
        await deliver_to(app, endpoint_id)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
