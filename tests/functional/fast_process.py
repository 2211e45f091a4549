"""A process of ours whose time runs faster: a child of the nursery, with the arguments FACTOR ORIGIN COMMAND ...

The wall clock and `asyncio.sleep` go FACTOR times as fast, since the moment ORIGIN of the machine's monotonic clock: so
all processes that get the same two numbers agree on the time. Deadlines of calls stay as they are: the machine is not
faster. ORIGIN is that moment by both clocks, as "monotonic:seconds since 1970".

The environment variable NEWSREEL_TEST_CLOCK may name a file with the seconds by which the wall clock is ahead: writing
another number into it makes the clock leap.
"""

import asyncio
import os
import socket
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import time_machine

_TICK_SECONDS = 0.005


def speed_up(factor: float, origin: str) -> None:
    """Let the wall clock run faster from here on, in this process."""
    began_monotonic, began_at = (float(part) for part in origin.split(":"))
    real_sleep = asyncio.sleep

    leap = Path(os.environ.get("NEWSREEL_TEST_CLOCK", os.devnull))

    def now() -> float:
        ahead = 0.0
        with suppress(OSError, ValueError):
            ahead = float(leap.read_text())
        return began_at + (time.monotonic() - began_monotonic) * factor + ahead

    async def sleep(delay: float, result: Any = None) -> Any:
        return await real_sleep(delay / factor, result)

    traveller = time_machine.travel(now(), tick=True).start()

    def keep_pace() -> None:
        while True:
            traveller.move_to(now())
            time.sleep(_TICK_SECONDS)

    asyncio.sleep = sleep
    threading.Thread(target=keep_pace, daemon=True).start()


def main() -> None:
    _, factor, origin, command, *options = sys.argv
    speed_up(float(factor), origin)
    if command == "emulator":
        from app.emulator.server import run

        run(socket.create_server(("127.0.0.1", int(options[0]))))
    elif command == "web":
        from app.config import Settings
        from app.kit.logs import configure_logging
        from app.main import create_app
        from app.ops.migrate import require_head
        from app.process.server import run_server

        configure_logging()
        run_server(Settings(), require_head, create_app)
    else:
        from app.config import Settings
        from app.kit.logs import configure_logging
        from app.process import job_loop
        from app.worker import run_worker

        configure_logging()
        # Its eye on the clock opens every real second, and would take our speed for leaps.
        job_loop.CLOCK_LEAP_SECONDS *= float(factor)
        run_worker(Settings())
