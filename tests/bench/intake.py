"""The webhook's intake, against a handler that verifies and parses the same bodies and stores nothing.

Two servers, and the load from a third process that turns to one after the other. The worker does not run: it would take
the processor from whichever it pleases.
"""

import argparse
import asyncio
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from pydantic import SecretStr
from sqlmodel import func, select

from app.articles.models import Article
from app.articles.sources import create_source
from app.config import Settings
from app.posts.models import Post
from app.resources import open_resources
from tests.bench.tools import percentile, plain_environment, python, report, running, until_answer, work_folder
from tests.builders import make_account
from tests.functional.stack import Stack, free_port

ROUNDS = 2
WARM_UP = 100
ROUND_SECONDS = 2.5
MOST_PER_ROUND = 10_000
LOAD_SECONDS = 60
REPETITIONS, REPETITIONS_AT = 1_000, 16
PACE, PACED_SECONDS, PACED_CONNECTIONS = 200, 5.0, 64


@dataclass(frozen=True)
class Tally:
    """What one server did."""

    seconds: float = 0.0
    answers_ms: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0

    @property
    def rps(self) -> float:
        return len(self.answers_ms) / self.seconds

    @property
    def cpu_us(self) -> int:
        """What the server's process itself needed for one delivery; its neighbours on the machine matter less to it."""
        return round(self.cpu_seconds / len(self.answers_ms) * 1e6)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.seconds + other.seconds, self.answers_ms + other.answers_ms, self.cpu_seconds + other.cpu_seconds
        )


class Target:
    """A server's webhook; every delivery to it carries an article that it has not seen."""

    def __init__(self, url: str, secret: str, pid: int) -> None:
        self._url = url
        self._secret = secret
        self._process = psutil.Process(pid)
        self.sent = 0

    def fire(self, connections: int, deliveries: int, *, rate: float = 0) -> Tally:
        """Send articles that were not sent before."""
        tally = self._send(connections, self.sent, deliveries, rate=rate)
        self.sent += deliveries
        return tally

    def repeat(self, connections: int, deliveries: int, *, kind: str = "published", title: str = "") -> Tally:
        """Send the first articles again: as they were, or changed."""
        return self._send(connections, 0, min(deliveries, self.sent), kind=kind, title=title, are_new=False)

    def _send(
        self,
        connections: int,
        first: int,
        count: int,
        *,
        rate: float = 0,
        kind: str = "published",
        title: str = "",
        are_new: bool = True,
    ) -> Tally:
        order = {
            "url": self._url,
            "secret": self._secret,
            "connections": connections,
            "first": first,
            "count": count,
            "rate": rate,
            "kind": kind,
            "title": title,
            "are_new": are_new,
        }
        before = self._cpu_seconds()
        done = subprocess.run(
            python("tests.bench.load"), input=json.dumps(order), capture_output=True, text=True,
            timeout=LOAD_SECONDS, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"the load on {self._url} broke off: {done.stderr[-3000:]}")
        return Tally(**json.loads(done.stdout), cpu_seconds=self._cpu_seconds() - before)

    def _cpu_seconds(self) -> float:
        times = self._process.cpu_times()
        return times.user + times.system


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.intake", description=__doc__)
    parser.add_argument("--postgres", action="store_true", help="also on a real PostgreSQL")
    parser.add_argument("--connections", type=int, nargs="+", default=[64, 16, 1])
    arguments = parser.parse_args()
    with work_folder() as folder:
        _measure("sqlite", f"sqlite+aiosqlite:///{folder / 'newsreel.db'}", folder, arguments.connections)
    if arguments.postgres:
        with work_folder() as folder, _postgres() as url:
            _measure("postgresql", url, folder, arguments.connections)


@contextmanager
def _postgres() -> Iterator[str]:
    from tests.support.postgres import PostgresServer

    class DurablePostgres(PostgresServer):
        """The tests' server does not wait for its disk; a figure for the intake has to include that."""

        def _run(self, *command: str) -> None:
            super()._run(*(part.replace("fsync=off", "fsync=on") for part in command))

    server = DurablePostgres()
    try:
        server.start()
        if "fsync=on" not in (server.data / "postmaster.opts").read_text():
            raise RuntimeError("PostgreSQL would not wait for its disk: the figure would mean nothing")
        yield server.url(server.new_database())
    finally:
        server.stop()


def _measure(database: str, url: str, folder: Path, connections: list[int]) -> None:
    stack = Stack(folder, url)
    stack.newsroom.stop()
    migrated = stack.run("migrate")
    if migrated.returncode:
        raise RuntimeError(migrated.stderr)
    settings = Settings(_env_file=None, database_url=SecretStr(url), redis_url=SecretStr(""), data_dir=folder / "var")
    slug, secret = asyncio.run(_make_rows(settings))
    with _bare(folder, secret) as bare, _newsreel(stack, slug, secret) as ours:
        for number in connections:
            _compare(database, number, bare, ours)
        _compare_repetitions(database, bare, ours)
        _pace(database, ours)
    asyncio.run(_check_rows(settings, ours.sent))


@contextmanager
def _bare(folder: Path, secret: str) -> Iterator[Target]:
    url, log = f"http://127.0.0.1:{free_port()}", folder / "bare.log"
    command = python("tests.bench.bare_intake", str(urlsplit(url).port))
    with running(command, log, plain_environment() | {"BENCH_SECRET": secret}) as process:
        until_answer(f"{url}/healthz", process, log)
        yield Target(f"{url}/webhook", secret, process.pid)


@contextmanager
def _newsreel(stack: Stack, slug: str, secret: str) -> Iterator[Target]:
    log = stack.folder / "web.log"
    with running(python("app", "web"), log, stack.environment) as process:
        until_answer(f"{stack.url}/healthz", process, log)
        yield Target(f"{stack.url}/webhooks/cms/{slug}", secret, process.pid)


def _compare(database: str, connections: int, bare: Target, ours: Target) -> None:
    bare_tally, tally = Tally(), Tally()
    per_bare_round, per_round = _round_size(bare, connections), _round_size(ours, connections)
    for _ in range(ROUNDS):
        bare_tally += bare.fire(connections, per_bare_round)
        tally += ours.fire(connections, per_round)
    report(
        "webhook_intake",
        database=database,
        connections=connections,
        ratio=round(tally.rps / bare_tally.rps, 3),
        bare_rps=round(bare_tally.rps),
        rps=round(tally.rps),
        p50_ms=round(percentile(tally.answers_ms, 50), 2),
        p99_ms=round(percentile(tally.answers_ms, 99), 2),
        bare_p50_ms=round(percentile(bare_tally.answers_ms, 50), 2),
        cpu_us=tally.cpu_us,
        bare_cpu_us=bare_tally.cpu_us,
    )


def _compare_repetitions(database: str, bare: Target, ours: Target) -> None:
    """What a CMS sends again, and what an editor changes: less usual, and not to be much slower."""
    bare_tally = bare.fire(REPETITIONS_AT, _round_size(bare, REPETITIONS_AT))
    for name, changes in (("duplicates", {}), ("updates", {"kind": "updated", "title": " (2)"})):
        tally = ours.repeat(REPETITIONS_AT, REPETITIONS, **changes)
        report(
            f"webhook_{name}",
            database=database,
            connections=REPETITIONS_AT,
            ratio=round(tally.rps / bare_tally.rps, 3),
            bare_rps=round(bare_tally.rps),
            rps=round(tally.rps),
            p99_ms=round(percentile(tally.answers_ms, 99), 2),
        )


def _pace(database: str, ours: Target) -> None:
    """A newsroom's steady stream, which does not wait for answers."""
    tally = ours.fire(PACED_CONNECTIONS, round(PACE * PACED_SECONDS), rate=PACE)
    figures = {f"p{rank}_ms": round(percentile(tally.answers_ms, rank), 2) for rank in (50, 99, 100)}
    report("webhook_paced", database=database, per_second=PACE, **figures)


def _round_size(target: Target, connections: int) -> int:
    """So many deliveries as take this server a few seconds, from how it does while it warms up."""
    return min(MOST_PER_ROUND, max(WARM_UP, round(target.fire(connections, WARM_UP).rps * ROUND_SECONDS)))


async def _make_rows(settings: Settings) -> tuple[str, str]:
    """One source, and one account that takes every article."""
    async with open_resources(settings) as resources, resources.transaction() as session:
        made = await create_source(session, resources.keyring, name="Newsroom", kind="generic", options={})
        await make_account(session)
        return made.source.slug, made.secret


async def _check_rows(settings: Settings, acknowledged: int) -> None:
    """An answer without its rows would be quick, and worth nothing."""
    async with open_resources(settings) as resources, resources.read() as session:
        for table in (Article, Post):
            rows = (await session.exec(select(func.count()).select_from(table))).one()
            if rows != acknowledged:
                raise RuntimeError(f"{acknowledged} deliveries were acknowledged, {table.__name__} has {rows} rows")


if __name__ == "__main__":
    main()
