"""The webhook's intake, against handlers that verify and parse the same bodies and store nothing.

`ratio` is to one in the same web process, behind the same log, guards and headers; `ratio_to_bare` is to one under
Litestar alone. Three servers, and the load from a fourth process that turns to one after the other. The worker does not
run: it would take the processor from whichever it pleases.
"""

import argparse
import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from pydantic import SecretStr

from app.config import Settings
from tests.bench.intake_stack import check_rows, durable_postgres, make_rows, web_process
from tests.bench.intake_target import Tally, Target
from tests.bench.stacked_intake import PATH as STACKED_PATH
from tests.bench.tools import percentile, plain_environment, python, report, running, until_answer, work_folder
from tests.functional.stack import Stack, free_port

ROUNDS = 4
WARM_UP = 100
ROUND_SECONDS = 1.25
MOST_PER_ROUND = 10_000
REPETITIONS, REPETITIONS_AT = 1_000, 16
PACE, PACED_SECONDS, PACED_CONNECTIONS = 200, 5.0, 64


class Yardsticks(NamedTuple):
    """What stores nothing: in our own web process, and under Litestar alone."""

    stacked: Target
    bare: Target


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.intake", description=__doc__)
    parser.add_argument("--postgres", action="store_true", help="also on a real PostgreSQL")
    parser.add_argument("--connections", type=int, nargs="+", default=[64, 16, 1])
    arguments = parser.parse_args()
    with work_folder() as folder:
        _measure("sqlite", f"sqlite+aiosqlite:///{folder / 'newsreel.db'}", folder, arguments.connections)
    if arguments.postgres:
        with work_folder() as folder, durable_postgres() as url:
            _measure("postgresql", url, folder, arguments.connections)


def _measure(database: str, url: str, folder: Path, connections: list[int]) -> None:
    stack = Stack(folder, url)
    stack.newsroom.stop()
    stack.migrate()
    settings = Settings(_env_file=None, database_url=SecretStr(url), redis_url=SecretStr(""), data_dir=folder / "var")
    slug, secret = asyncio.run(make_rows(settings))
    with (
        _bare(folder, secret) as bare,
        _stacked(folder, secret) as stacked,
        web_process(stack, slug, secret) as ours,
    ):
        yardsticks = Yardsticks(stacked, bare)
        for number in connections:
            _compare(database, number, yardsticks, ours)
        _compare_repetitions(database, yardsticks, ours)
        _pace(database, ours)
    asyncio.run(check_rows(settings, ours.sent))


@contextmanager
def _bare(folder: Path, secret: str) -> Iterator[Target]:
    url, log = f"http://127.0.0.1:{free_port()}", folder / "bare.log"
    command = python("tests.bench.bare_intake", str(urlsplit(url).port))
    with running(command, log, plain_environment() | {"BENCH_SECRET": secret}) as process:
        until_answer(f"{url}/healthz", process, log)
        yield Target(f"{url}/webhook", secret, process.pid)


@contextmanager
def _stacked(folder: Path, secret: str) -> Iterator[Target]:
    (own := folder / "stacked").mkdir()
    stack = Stack(own, f"sqlite+aiosqlite:///{own / 'newsreel.db'}")
    stack.newsroom.stop()
    stack.migrate()
    environment, log = stack.environment | {"BENCH_SECRET": secret}, own / "web.log"
    with running(python("tests.bench.stacked_intake"), log, environment) as process:
        until_answer(f"{stack.url}/healthz", process, log)
        yield Target(f"{stack.url}{STACKED_PATH}", secret, process.pid)


def _compare(database: str, connections: int, yardsticks: Yardsticks, ours: Target) -> None:
    sizes = [_round_size(target, connections) for target in (*yardsticks, ours)]
    rounds = [
        [target.fire(connections, size) for target, size in zip((*yardsticks, ours), sizes, strict=True)]
        for _ in range(ROUNDS)
    ]
    stacked, bare, tally = (sum(tallies, Tally()) for tallies in zip(*rounds, strict=True))
    report(
        "webhook_intake",
        database=database,
        connections=connections,
        **_ratios(tally, stacked, bare),
        p50_ms=round(percentile(tally.answers_ms, 50), 2),
        p99_ms=round(percentile(tally.answers_ms, 99), 2),
        stacked_p50_ms=round(percentile(stacked.answers_ms, 50), 2),
    )


def _ratios(tally: Tally, stacked: Tally, bare: Tally) -> dict[str, float]:
    return {
        "ratio": round(tally.rps / stacked.rps, 3),
        "ratio_to_bare": round(tally.rps / bare.rps, 3),
        "rps": round(tally.rps),
        "stacked_rps": round(stacked.rps),
        "bare_rps": round(bare.rps),
        "cpu_us": tally.cpu_us,
        "stacked_cpu_us": stacked.cpu_us,
        "bare_cpu_us": bare.cpu_us,
    }


def _compare_repetitions(database: str, yardsticks: Yardsticks, ours: Target) -> None:
    """What a CMS sends again, and what an editor changes: less usual, and not to be much slower."""
    stacked, bare = (target.fire(REPETITIONS_AT, _round_size(target, REPETITIONS_AT)) for target in yardsticks)
    for name, changes in (("duplicates", {}), ("updates", {"kind": "updated", "title": " (2)"})):
        tally = ours.repeat(REPETITIONS_AT, REPETITIONS, **changes)
        p99_ms = round(percentile(tally.answers_ms, 99), 2)
        report(
            f"webhook_{name}",
            database=database,
            connections=REPETITIONS_AT,
            **_ratios(tally, stacked, bare),
            p99_ms=p99_ms,
        )


def _pace(database: str, ours: Target) -> None:
    """A newsroom's steady stream, which does not wait for answers."""
    tally = ours.fire(PACED_CONNECTIONS, round(PACE * PACED_SECONDS), rate=PACE)
    figures = {f"p{rank}_ms": round(percentile(tally.answers_ms, rank), 2) for rank in (50, 99, 100)}
    report("webhook_paced", database=database, per_second=PACE, **figures)


def _round_size(target: Target, connections: int) -> int:
    """So many deliveries as take this server a few seconds, from how it does while it warms up."""
    return min(MOST_PER_ROUND, max(WARM_UP, round(target.fire(connections, WARM_UP).rps * ROUND_SECONDS)))


if __name__ == "__main__":
    main()
