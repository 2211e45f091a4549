"""The processes of the demo: TikTok's emulator, and a whole installation."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from app.ops.demo.stage import DemoFailed, Stage

_START_SECONDS = 120.0


@asynccontextmanager
async def run_emulator(stage: Stage) -> AsyncIterator[None]:
    """Run TikTok's place in a process of its own. Raises DemoFailed."""
    async with _child("emulator", "--port", str(urlsplit(stage.emulator_url).port)) as process:
        await _wait_for(process, f"{stage.emulator_url}/_emulator/health", "the emulator")
        yield


@asynccontextmanager
async def run_newsreel(stage: Stage) -> AsyncIterator[None]:
    """Run a whole installation in a process of its own. Raises DemoFailed."""
    async with _child("up") as process:
        await _wait_for(process, f"{stage.url}/readyz", "Newsreel")
        yield


@asynccontextmanager
async def _child(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    log = Path(os.environ["NEWSREEL_DATA_DIR"]) / f"demo-{arguments[0]}.log"
    with log.open("ab") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app", *arguments, stdout=file, stderr=file, stdin=asyncio.subprocess.DEVNULL
        )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), 30)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _wait_for(process: asyncio.subprocess.Process, url: str, what: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
        while time.monotonic() < deadline:
            if process.returncode is not None:
                raise DemoFailed(f"{what} ended with code {process.returncode} while starting. See {name_logs()}.")
            with contextlib.suppress(httpx.HTTPError):
                if (await http.get(url)).status_code == 200:
                    return
            await asyncio.sleep(0.05)
    raise DemoFailed(f"{what} was not ready at {url} within {_START_SECONDS:.0f} s. See {name_logs()}.")


def name_logs() -> str:
    """Say where the processes write what they do."""
    return f"the logs in {os.environ['NEWSREEL_DATA_DIR']}/"
