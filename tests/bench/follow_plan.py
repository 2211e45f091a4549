"""The claim of what is due to be asked about, among 1,000 and among 1,000,000 posts: time and query plan."""

import argparse
import asyncio
import statistics
import time
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic import SecretStr

from app.accounts.models import AccountTokens, PublishMode
from app.config import Settings
from app.kit.clock import utcnow
from app.models import metadata
from app.posts.follow.due import DUE as QUERY
from app.posts.follow.due import claim
from app.posts.models import Post, PostState
from app.resources import Resources, open_resources
from tests.bench.intake_stack import durable_postgres
from tests.bench.tools import report, work_folder
from tests.builders import make_account, make_article

FEW, MANY = 1_000, 1_000_000
DUE, CLAIMS, PER_CLAIM = 5_000, 40, 100


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.follow_plan", description=__doc__)
    parser.add_argument("--postgres", action="store_true", help="on a real PostgreSQL, instead of SQLite")
    arguments = parser.parse_args()
    with work_folder() as folder:
        database = (
            durable_postgres() if arguments.postgres else nullcontext(f"sqlite+aiosqlite:///{folder / 'newsreel.db'}")
        )
        with database as url:
            asyncio.run(_measure(folder, url))


async def _measure(folder: Path, url: str) -> None:
    settings = Settings(_env_file=None, database_url=SecretStr(url), data_dir=folder / "var",
                        secret_key=SecretStr("bench-key-" + "k" * 40))  # fmt: skip
    async with open_resources(settings) as app:
        async with app.db.engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        ends = await _seed(app)
        few = await _claims(app)
        await _fill(app, ends, MANY - FEW)
        many = await _claims(app)
        plan = await _explain(app)
    report(
        "follow_plan",
        database="sqlite" if app.db.is_sqlite else "postgresql",
        posts=MANY,
        claim_of_100_ms={"1000": few, "1000000": many},
        ratio=round(many / few, 2),
        plan=plan,
    )


async def _seed(app: Resources) -> tuple[str, str]:
    """Write what is due, each post for an account of its own, and the first of the others."""
    due_at = utcnow() - timedelta(seconds=1)
    async with app.transaction() as session:
        first = await make_account(session)
        article = await make_article(session)
        connection = await session.connection()
        accounts = [first.model_dump() | {"id": f"bench-{n:08}", "open_id": f"bench-{n}"} for n in range(DUE)]
        tokens = [AccountTokens(account_id=account["id"], version=1).model_dump() for account in accounts]
        articles = [article.model_dump() | {"id": f"bench-{n:08}", "external_id": f"b-{n}"} for n in range(DUE)]
        posts = [
            Post(
                article_id=f"bench-{n:08}", account_id=f"bench-{n:08}", mode=PublishMode.direct,
                state=PostState.publishing, publish_id=f"p.{n}", publishing_since=utcnow(), next_check_at=due_at,
            ).model_dump()
            for n in range(DUE)
        ]  # fmt: skip
        for table, rows in (
            ("accounts", accounts),
            ("account_tokens", tokens),
            ("articles", articles),
            ("posts", posts),
        ):
            for start in range(0, DUE, 500):
                await connection.execute(sa.insert(metadata.tables[table]), rows[start : start + 500])
    await _fill(app, (first.id, article.id), FEW)
    return first.id, article.id


async def _fill(app: Resources, ends: tuple[str, str], count: int) -> None:
    """Copy the last post that has its verdict as often as wanted, with articles of their own."""
    account_id, article_id = ends
    numbers = (
        "SELECT value AS n FROM generate_series(CAST(:low AS bigint), CAST(:high AS bigint)) AS value"
        if not app.db.is_sqlite
        else "WITH RECURSIVE s(n) AS (SELECT :low UNION ALL SELECT n + 1 FROM s WHERE n < :high) SELECT n FROM s"
    )
    async with app.transaction() as session:
        connection = await session.connection()
        low = int((await connection.execute(sa.text("SELECT count(*) FROM articles"))).scalar_one())
        span = {"low": low, "high": low + count - 1}
        for table, source_id, changes in (
            ("articles", article_id, {"external_id": "'f-' || n"}),
            ("posts", None, {"account_id": f"'{account_id}'", "article_id": "'fill-' || n", "publish_id": "'f.' || n",
                             "state": "'published'", "next_check_at": "NULL", "finalized_at": "created_at"}),
        ):  # fmt: skip
            names = [column.name for column in metadata.tables[table].columns]
            values = {"id": "'fill-' || n"} | changes
            chosen = ", ".join(values.get(name, f"t.{name}") for name in names)
            where = f"t.id = '{source_id}'" if source_id else "t.id = (SELECT min(id) FROM posts)"
            copy = (
                f"INSERT INTO {table} ({', '.join(names)}) SELECT {chosen} "
                f"FROM ({numbers}) AS numbers, {table} AS t WHERE {where}"
            )
            await connection.execute(sa.text(copy), span)
    async with app.db.engine.connect() as plain:
        automatic = await plain.execution_options(isolation_level="AUTOCOMMIT")
        await automatic.execute(sa.text("ANALYZE"))


async def _claims(app: Resources) -> float:
    took = []
    for _ in range(CLAIMS):
        started_at = time.perf_counter()
        async with app.transaction() as session:
            claimed = await claim(session, app.settings, utcnow(), room=PER_CLAIM)
        took.append(time.perf_counter() - started_at)
        if len(claimed.polls) != PER_CLAIM:
            raise RuntimeError(f"{len(claimed.polls)} polls were claimed instead of {PER_CLAIM}")
    async with app.transaction() as session:
        again = utcnow() - timedelta(seconds=1)
        await session.exec(sa.update(Post).where(Post.next_check_at.is_not(None)).values(next_check_at=again))  # type: ignore[union-attr]
        await session.exec(sa.text("DELETE FROM call_budgets"))  # type: ignore[call-overload]
    return round(statistics.median(took) * 1000, 2)


async def _explain(app: Resources) -> list[str]:
    async with app.db.engine.connect() as connection:
        query = QUERY.params(now=utcnow(), room=PER_CLAIM)
        text = str(query.compile(dialect=app.db.engine.dialect, compile_kwargs={"literal_binds": True}))
        prefix = "EXPLAIN QUERY PLAN" if app.db.is_sqlite else "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF)"
        rows: list[Any] = list(await connection.execute(sa.text(f"{prefix} {text.replace(':', chr(92) + ':')}")))
    return [str(row[-1]).strip() for row in rows]


if __name__ == "__main__":
    main()
