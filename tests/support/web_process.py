"""A web process of ours around a small app: `python -m tests.support.web_process REQUESTS_END_WITHIN_SECONDS`."""

import asyncio
import sys
import time

from litestar import Litestar, get

from app import web
from app.config import Settings
from app.startup import begin


@get("/quick", sync_to_thread=False)
def quick() -> str:
    return "quick"


@get("/slow/{seconds:float}")
async def slow(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "slow"


@get("/block/{seconds:float}", sync_to_thread=False)
def block(seconds: float) -> str:
    """Hold the whole loop up, as a moment of hard work does."""
    time.sleep(seconds)
    return "blocked"


def build(_settings: Settings) -> Litestar:
    return Litestar([quick, slow, block], openapi_config=None, logging_config=None)


if __name__ == "__main__":
    web._REQUESTS_END_WITHIN_SECONDS = int(sys.argv[1])
    web.run_web(begin(), build)
