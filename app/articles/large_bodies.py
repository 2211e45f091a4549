"""Bodies so large that reading them would hold up every other request are read on two threads of their own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_LIGHT_BYTES = 16_384
# Ten megabytes of JSON can become some hundred as Python objects: no more than two at a time in the whole process,
# whoever asks; what is asked here knows of no resources.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="webhook-body")


async def run_for(body: bytes, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function that reads `body`: at once where that is light work, else on a thread."""
    if len(body) <= _LIGHT_BYTES:
        return function(*args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_threads, partial(function, *args, **kwargs))
