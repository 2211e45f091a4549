"""Waits for what has to happen, however long this machine takes: what never happens is ended by pytest's own time-out,
which shows who waited for what."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

_LOOK_EVERY_SECONDS = 0.02


def until(condition: Callable[[], object]) -> None:
    """Return when the condition holds. It blocks the thread."""
    while not condition():
        time.sleep(_LOOK_EVERY_SECONDS)


async def eventually(condition: Callable[[], Any]) -> None:
    """Return when the condition, plain or awaitable, holds."""
    while True:
        holds = condition()
        if await holds if inspect.isawaitable(holds) else holds:
            return
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
