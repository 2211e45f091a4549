"""Does claiming stay flat? The sweeps, the line and the lists with 1,000 posts and with 1,000,000, and their plans.

`python -m tests.bench claim` measures on SQLite, with `--postgres` on PostgreSQL too; `--rows` asks for another number.
"""

import argparse
import asyncio
import dataclasses
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy import event
from sqlmodel import select

from app.accounts.models import Account
from app.articles.queries import list_articles
from app.config import Settings
from app.kit.clock import utcnow
from app.models import metadata
from app.posts.face.listing import PostFilter, count_found
from app.posts.face.views import list_posts
from app.posts.jobs import reconcile_posts, release_due_posts
from app.posts.line.slot_times import keep_line
from app.posts.line.turns import find_slot
from app.posts.models import Post, PostState
from app.resources import Resources, open_resources
from tests.bench.claim_rows import fill
from tests.bench.tools import median_ms, report, work_folder
from tests.support.postgres import PostgresServer

_ROUNDS = 15
_FEW = 1_000
_DEEP = "00000000-0000-7000-8000-0000000001f4"
"""The cursor of a page near the end of the list: the 500th post ever."""

Operation = Callable[[], Awaitable[Any]]


class Silence:
    """A queue that nobody listens to: how long Redis takes is not the question here."""

    async def wake(self, name: str, *args: str, job_id: str | None = None) -> None:
        return


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.claim", description=__doc__)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--rows", type=int, default=1_000_000)
    arguments = parser.parse_args()
    with work_folder() as folder:
        asyncio.run(compare("sqlite", folder, lambda name: f"sqlite+aiosqlite:///{folder / name}.db", arguments.rows))
        if not arguments.postgres:
            return
        server = PostgresServer()
        try:
            server.start()
            asyncio.run(compare("postgresql", folder, lambda _: server.url(server.new_database()), arguments.rows))
        finally:
            server.stop()


async def compare(database: str, folder: Path, url: Callable[[str], str], many: int) -> None:
    """Measure with few and with many rows by turns, so that other load meets both; report each operation's ratio."""
    async with opened(folder, url("few"), _FEW) as few, opened(folder, url("many"), many) as lots:
        for name, (prepare_few, run_few) in few.operations.items():
            prepare_many, run_many = lots.operations[name]
            few_seconds, many_seconds = [], []
            for _ in range(_ROUNDS):
                few_seconds.append(await timed(prepare_few, run_few))
                many_seconds.append(await timed(prepare_many, run_many))
            report(
                "claim",
                database=database,
                operation=name,
                few_rows=_FEW,
                many_rows=many,
                few_ms=median_ms(few_seconds),
                many_ms=median_ms(many_seconds),
                ratio=round(statistics.median(many_seconds) / statistics.median(few_seconds), 2),
            )
            await prepare_many()
            await show_plans(lots.app, name, run_many)


@dataclass(frozen=True)
class Bench:
    """One of the two databases, and what is measured on it."""

    app: Resources
    operations: dict[str, tuple[Operation, Operation]]


@asynccontextmanager
async def opened(folder: Path, url: str, rows: int) -> AsyncIterator[Bench]:
    settings = Settings(
        _env_file=None, database_url=SecretStr(url), redis_url=SecretStr("unix:///nowhere"), data_dir=folder / "var"
    )
    async with open_resources(settings) as resources:
        app = dataclasses.replace(resources, queue=Silence())  # type: ignore[arg-type]
        async with app.db.engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        started = time.perf_counter()
        account_ids = await fill(app, rows)
        report("claim_rows", rows=rows, seconds=round(time.perf_counter() - started, 1))
        yield Bench(app, operations(app, account_ids))


async def timed(prepare: Operation, operation: Operation) -> float:
    await prepare()
    started = time.perf_counter()
    await operation()
    return time.perf_counter() - started


def operations(app: Resources, account_ids: list[str]) -> dict[str, tuple[Operation, Operation]]:
    """What is measured, each with what must be so before."""

    async def nothing() -> None:
        return

    async def free_leases() -> None:
        async with app.transaction() as session:
            queued = sa.update(Post).where(sa.text("state = 'queued'"))
            await session.exec(queued.values(lease_until=None, lease_token=None))

    async def slot() -> None:
        async with app.read() as session:
            query = select(Post.id).where(sa.text("state = 'queued'")).limit(1)
            post = await session.get_one(Post, (await session.exec(query)).one())
            account = await session.get_one(Account, post.account_id)
            await find_slot(session, account, post, utcnow())

    def posts(cursor: str | None = None, **filters: Any) -> Operation:
        async def read() -> None:
            async with app.read() as session:
                await list_posts(session, app.settings, PostFilter(**filters), limit=50, cursor=cursor)

        return read

    def articles(**filters: Any) -> Operation:
        async def read() -> None:
            async with app.read() as session:
                await list_articles(session, limit=50, **filters)

        return read

    async def counts() -> None:
        async with app.read() as session:
            await count_found(session, PostFilter())

    found: dict[str, tuple[Operation, Operation]] = {
        "sweep, 200 posts handed out": (free_leases, lambda: release_due_posts(app)),
        "sweep, nothing due": (nothing, lambda: release_due_posts(app)),
        "reconcile": (nothing, lambda: reconcile_posts(app)),
        "find a slot": (nothing, slot),
        "put a line right": (nothing, lambda: keep_line(app, account_ids[0])),
        "posts, first page": (nothing, posts()),
        "posts, deep page": (nothing, posts(cursor=_DEEP)),
        "posts of a state, first page": (nothing, posts(states=(PostState.published,))),
        "posts of an account, deep page": (nothing, posts(account_id=account_ids[0], cursor=_DEEP)),
        "posts of an account and a state": (nothing, posts(account_id=account_ids[0], states=(PostState.scheduled,))),
        "counts above the list": (nothing, counts),
        "articles, first page": (nothing, articles()),
        "articles, deep page": (nothing, articles(cursor=_DEEP)),
    }
    return found


async def show_plans(app: Resources, name: str, operation: Operation) -> None:
    """Print how the database goes about each statement of an operation."""
    seen: dict[str, Any] = {}

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, is_many: bool) -> None:
        if not is_many and statement.lstrip().upper().startswith(("SELECT", "WITH", "UPDATE")):
            seen.setdefault(statement, parameters)

    event.listen(app.db.engine.sync_engine, "before_cursor_execute", note)
    try:
        await operation()
    finally:
        event.remove(app.db.engine.sync_engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if app.db.is_sqlite else "EXPLAIN "
    sys.stdout.write(f"\n== {name}\n")
    async with app.db.engine.connect() as connection:
        for statement, parameters in seen.items():
            rows = await connection.exec_driver_sql(explain + statement, parameters)
            plan = [str(row[-1] if app.db.is_sqlite else row[0]) for row in rows]
            sys.stdout.write(f"-- {' '.join(statement.split())[:160]}\n   " + "\n   ".join(plan) + "\n")
        await connection.rollback()


if __name__ == "__main__":
    main()
