"""The HTTP client alone: asks the stub for statuses as fast as it can, in a process of its own."""

import asyncio
import json
import subprocess
import sys
import time
from typing import Any

import uvloop

from app.kit.http.client import build_client
from app.tiktok.client import TikTokClient
from tests.bench.tools import python

CALLERS = 200
SECONDS = 5.0


def measure_ceiling(stub_url: str) -> dict[str, Any]:
    done = subprocess.run(
        python("tests.bench.follow_ceiling", stub_url), capture_output=True, text=True, timeout=60, check=True
    )
    return dict(json.loads(done.stdout))


async def _ask(stub_url: str) -> dict[str, Any]:
    calls = 0
    async with build_client(max_connections=CALLERS) as http:
        client = TikTokClient(http, client_key="", client_secret="", api_base_url=stub_url)
        ends_at = time.perf_counter() + SECONDS

        async def ask_on(number: int) -> None:
            nonlocal calls
            while time.perf_counter() < ends_at:
                await client.fetch_publish_status(f"act.ceiling-{number}-not-a-real-token", f"p.0.0.{number}")
                calls += 1

        started_at, cpu_at = time.perf_counter(), time.process_time()
        await asyncio.gather(*(ask_on(number) for number in range(CALLERS)))
        seconds, cpu = time.perf_counter() - started_at, time.process_time() - cpu_at
    return {
        "calls_per_second": round(calls / seconds, 1),
        "cpu_percent_of_a_core": round(100 * cpu / seconds, 1),
        "cpu_us_per_call": round(cpu / calls * 1_000_000, 1),
    }


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.stdout.write(json.dumps(runner.run(_ask(sys.argv[1]))))
