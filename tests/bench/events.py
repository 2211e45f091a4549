"""TikTok's webhook: how soon an event is stored and answered, and how much of a handler that stores nothing that is.

`ratio` is to a handler in the same web process, behind the same log, guards and headers, that verifies and parses the
same events. The worker does not run.
"""

import argparse
import asyncio
from pathlib import Path

from pydantic import SecretStr
from sqlmodel import func, select

from app.config import Settings
from app.resources import open_resources
from app.webhooks.inbox import WEBHOOK_PATH
from app.webhooks.models import WebhookEvent
from tests.bench.intake_stack import durable_postgres
from tests.bench.intake_target import Tally, Target
from tests.bench.stacked_intake import EVENT_PATH
from tests.bench.tools import percentile, python, report, running, until_answer, work_folder
from tests.functional.stack import Stack

CONNECTIONS = (16, 1)
ROUNDS, PER_ROUND = 3, 400
WARM_UP = 100
PACE, PACED_SECONDS, PACED_CONNECTIONS = 50, 5.0, 16


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.events", description=__doc__)
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
    log, environment = folder / "web.log", stack.environment | {"BENCH_SECRET": ""}
    key, secret = environment["TIKTOK_CLIENT_KEY"], environment["TIKTOK_CLIENT_SECRET"]
    # Both routes in one process, so that no second one takes the processor from the first.
    with running(python("tests.bench.stacked_intake"), log, environment) as process:
        until_answer(f"{stack.url}/healthz", process, log)
        ours, stacked = (
            Target(f"{stack.url}{path}", secret, process.pid, client_key=key) for path in (WEBHOOK_PATH, EVENT_PATH)
        )
        for connections in CONNECTIONS:
            _compare(database, connections, ours, stacked)
        paced = ours.fire(PACED_CONNECTIONS, round(PACE * PACED_SECONDS), rate=PACE)
    figures = {f"p{rank}_ms": round(percentile(paced.answers_ms, rank), 2) for rank in (50, 99, 100)}
    report("tiktok_webhook_paced", database=database, per_second=PACE, **figures)
    asyncio.run(_check_rows(url, folder, ours.sent))


def _compare(database: str, connections: int, ours: Target, stacked: Target) -> None:
    for target in (ours, stacked):
        target.fire(connections, WARM_UP)
    rounds = [[target.fire(connections, PER_ROUND) for target in (ours, stacked)] for _ in range(ROUNDS)]
    tally, yardstick = (sum(tallies, Tally()) for tallies in zip(*rounds, strict=True))
    report(
        "tiktok_webhook",
        database=database,
        connections=connections,
        ratio=round(tally.rps / yardstick.rps, 3),
        rps=round(tally.rps),
        stacked_rps=round(yardstick.rps),
        p50_ms=round(percentile(tally.answers_ms, 50), 2),
        p99_ms=round(percentile(tally.answers_ms, 99), 2),
        stacked_p50_ms=round(percentile(yardstick.answers_ms, 50), 2),
        cpu_us=tally.cpu_us,
        stacked_cpu_us=yardstick.cpu_us,
    )


async def _check_rows(url: str, folder: Path, acknowledged: int) -> None:
    """An answer without its row would be quick, and worth nothing."""
    settings = Settings(_env_file=None, database_url=SecretStr(url), redis_url=SecretStr(""), data_dir=folder / "var")
    async with open_resources(settings) as resources, resources.read() as session:
        rows = (await session.exec(select(func.count()).select_from(WebhookEvent))).one()
    if rows != acknowledged:
        raise RuntimeError(f"{acknowledged} events were acknowledged, and {rows} are stored")


if __name__ == "__main__":
    main()
