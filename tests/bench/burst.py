"""A burst at the webhook: 10,000 signed deliveries over 200 connections, each ninth article of 9,000 twice.

A delivery that gets 503 is sent again, and its time runs on. The goals are printed beside what was reached. That
nothing is lost is no goal: a missing row breaks the benchmark.
"""

import argparse
import asyncio
from pathlib import Path

from pydantic import SecretStr

from app.config import Settings
from tests.bench.intake_stack import check_rows, durable_postgres, make_rows, web_process
from tests.bench.tools import percentile, report, work_folder
from tests.functional.stack import Stack

DELIVERIES, UNIQUE, TWICE_EVERY = 10_000, 9_000, 9
CONNECTIONS = 200
WARM_UP = 200
GOAL_P99_MS, GOAL_LONGEST_MS = 500, 2_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.burst", description=__doc__)
    parser.add_argument("--postgres", action="store_true", help="also on a real PostgreSQL")
    arguments = parser.parse_args()
    with work_folder() as folder:
        _measure("sqlite", f"sqlite+aiosqlite:///{folder / 'newsreel.db'}", folder)
    if arguments.postgres:
        with work_folder() as folder, durable_postgres() as url:
            _measure("postgresql", url, folder)


def _measure(database: str, url: str, folder: Path) -> None:
    stack = Stack(folder, url)
    stack.newsroom.stop()
    stack.migrate()
    settings = Settings(_env_file=None, database_url=SecretStr(url), redis_url=SecretStr(""), data_dir=folder / "var")
    slug, secret = asyncio.run(make_rows(settings))
    with web_process(stack, slug, secret) as target:
        target.fire(CONNECTIONS, WARM_UP)
        tally = target.burst(CONNECTIONS, UNIQUE, twice_every=TWICE_EVERY)
    if len(tally.answers_ms) != DELIVERIES:
        raise RuntimeError(f"{len(tally.answers_ms)} deliveries were answered, and not {DELIVERIES}")
    asyncio.run(check_rows(settings, target.sent))
    p99_ms, longest_ms = percentile(tally.answers_ms, 99), max(tally.answers_ms)
    report(
        "webhook_burst",
        database=database,
        connections=CONNECTIONS,
        deliveries=DELIVERIES,
        lost=0,
        refused=tally.refused,
        rps=round(tally.rps),
        p50_ms=round(percentile(tally.answers_ms, 50), 1),
        p99_ms=round(p99_ms, 1),
        longest_ms=round(longest_ms, 1),
        goal_p99_ms=GOAL_P99_MS,
        goal_longest_ms=GOAL_LONGEST_MS,
        is_reached=p99_ms < GOAL_P99_MS and longest_ms < GOAL_LONGEST_MS,
        cpu_us=tally.cpu_us,
    )


if __name__ == "__main__":
    main()
