"""Calls of three processes against a tier of TikTok's Business API: how much of it they use, and never more."""

import argparse
import asyncio
import subprocess
from bisect import bisect_left
from contextlib import nullcontext
from pathlib import Path

from pydantic import SecretStr

from app.config import Settings
from app.models import metadata
from app.resources import open_resources
from tests.bench.intake_stack import durable_postgres
from tests.bench.tools import percentile, plain_environment, python, report, work_folder

TIERS = {"basic": (10, 600), "ultimate": (50, 3000)}
PROCESSES = 3
SECONDS = 61.0
_KEY = "bench-key-" + "k" * 40


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.limiter", description=__doc__)
    parser.add_argument("--postgres", action="store_true", help="on a real PostgreSQL, instead of SQLite")
    arguments = parser.parse_args()
    for name, (second, minute) in TIERS.items():
        with work_folder() as folder:
            file = f"sqlite+aiosqlite:///{folder / 'newsreel.db'}"
            with durable_postgres() if arguments.postgres else nullcontext(file) as url:
                asyncio.run(_make_tables(folder, url))
                calls = _press(folder, url, second, minute)
        _tell(name, second, minute, calls, database="postgresql" if arguments.postgres else "sqlite")


async def _make_tables(folder: Path, url: str) -> None:
    settings = Settings(_env_file=None, database_url=SecretStr(url), data_dir=folder / "var",
                        secret_key=SecretStr(_KEY))  # fmt: skip
    async with open_resources(settings) as app, app.db.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)


def _press(folder: Path, url: str, second: int, minute: int) -> list[tuple[float, int, float]]:
    environment = {
        **plain_environment(),
        "NEWSREEL_DATABASE_URL": url,
        "NEWSREEL_DATA_DIR": str(folder / "var"),
        "NEWSREEL_SECRET_KEY": _KEY,
    }
    command = python("tests.bench.limiter_caller", str(SECONDS), str(second), str(minute))
    callers = [
        subprocess.Popen(command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(PROCESSES)
    ]
    for caller in callers:
        if caller.stdout is None or caller.stdout.readline() != "ready\n":
            raise RuntimeError("a caller did not start")
    for caller in callers:
        if caller.stdin is not None:
            caller.stdin.write("go\n")
            caller.stdin.flush()
    lines = [line.split() for caller in callers for line in caller.communicate()[0].splitlines()]
    return sorted((float(at), int(priority), float(waited)) for at, priority, waited in lines)


def _tell(name: str, second: int, minute: int, calls: list[tuple[float, int, float]], *, database: str) -> None:
    left = [at for at, _, _ in calls]
    in_minute = sum(at < left[0] + 60 for at in left)
    report(
        "limiter",
        database=database,
        tier=name,
        processes=PROCESSES,
        calls_in_first_minute=in_minute,
        most_in_any_second=f"{_most_in_any(left, 1.0)} of {second}",
        most_in_any_minute=f"{_most_in_any(left, 60.0)} of {minute}",
        person_waited_p99_ms=round(percentile([waited for _, priority, waited in calls if priority == 0], 99) * 1000),
        ratio=round(in_minute / minute, 3),
    )


def _most_in_any(left: list[float], span: float) -> int:
    return max(number - bisect_left(left, at - span) + 1 for number, at in enumerate(left))


if __name__ == "__main__":
    main()
