"""A database of a newsroom with years behind it, written by the database itself."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from app.accounts.models import Account, AccountPace, AccountSettings, PublishMode
from app.articles.models import Article, Source
from app.kit.clock import utcnow
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostState
from app.resources import Resources

ACCOUNTS = 100
QUEUED, IN_LINE, UNTIMED, RETRYABLE = 200, 1000, 100, 100
_MARK = "00000000-0000-7000-8000-"
_TABLES = SQLModel.metadata.tables


async def fill(app: Resources, count: int) -> list[str]:
    """Write `count` posts that are out, each with its article and attempt, and a working day's live ones.

    The live posts are the same, whatever `count` is. Returns the ids of the accounts.
    """
    now = utcnow()
    async with app.transaction() as session:
        source = Source(slug="bench", name="Bench", kind="generic", secret_encrypted="x")
        session.add(source)
        accounts = [
            Account(
                id=_name(number),
                open_id=f"bench-{number}",
                settings=AccountSettings(privacy_level="SELF_ONLY", daily_cap=15),
                pace=AccountPace(),
            )
            for number in range(ACCOUNTS)
        ]
        session.add_all(accounts)
        await session.flush()
        connection = await session.connection()
        await _articles(connection, source.id, count + QUEUED + IN_LINE + UNTIMED + RETRYABLE)
        await _out(connection, count, now)
        await _live(connection, count, now)
    if not app.db.is_sqlite:
        async with app.db.engine.connect() as connection:
            autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await autocommit.exec_driver_sql("VACUUM ANALYZE")
    return [account.id for account in accounts]


def _name(number: int) -> str:
    return f"{_MARK}{number:012x}"


def _name_of(connection: AsyncConnection, number: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    if connection.dialect.name == "sqlite":
        return sa.func.printf(f"{_MARK}%012x", number)
    return sa.literal(_MARK) + sa.func.lpad(sa.func.to_hex(number), 12, "0")


def _numbers(first: int, count: int) -> sa.CTE:
    numbers = sa.select(sa.literal(first).label("i")).cte("numbers", recursive=True)
    return numbers.union_all(sa.select(numbers.c.i + 1).where(numbers.c.i < first + count - 1))


async def _insert(
    connection: AsyncConnection, table: str, row: SQLModel, numbers: sa.CTE, **computed: sa.ColumnElement[Any]
) -> None:
    """Write one row per number: as `row` is, but for what is computed."""
    columns = _TABLES[table].c
    values = row.model_dump()
    chosen = [
        computed[column.name].label(column.name)
        if column.name in computed
        else sa.literal(values[column.name], column.type).label(column.name)
        for column in columns
    ]
    statement = sa.insert(_TABLES[table]).from_select(list(columns), sa.select(*chosen).select_from(numbers))
    await connection.execute(statement)


async def _articles(connection: AsyncConnection, source_id: str, count: int) -> None:
    numbers = _numbers(0, count)
    name = _name_of(connection, numbers.c.i)
    row = Article(
        source_id=source_id, external_id="", revision=utcnow(), title="Жаңа мектеп ашылды", url="https://n.example"
    )
    await _insert(connection, "articles", row, numbers, id=name, external_id=name)


async def _out(connection: AsyncConnection, count: int, now: datetime) -> None:
    numbers = _numbers(0, count)
    name = _name_of(connection, numbers.c.i)
    account = _name_of(connection, numbers.c.i % ACCOUNTS)
    post = Post(
        article_id="", account_id="", mode=PublishMode.direct, state=PostState.published, finalized_at=now, attempt=1
    )
    await _insert(connection, "posts", post, numbers, id=name, article_id=name, account_id=account, publish_id=name)
    # As far back as the history goes at 15 a day, and nothing today.
    old = now - timedelta(days=2)
    attempt = PostAttempt(
        post_id="",
        account_id="",
        number=1,
        media_token="",
        outcome=AttemptOutcome.accepted,
        started_at=old,
        ended_at=old,
    )
    await _insert(
        connection, "post_attempts", attempt, numbers, id=name, post_id=name, account_id=account, media_token=name
    )


async def _live(connection: AsyncConnection, count: int, now: datetime) -> None:
    first = count
    later = now + timedelta(days=1)
    waiting = {"scheduled_at": later, "next_attempt_at": later, "state_reason": "daily_cap"}
    kinds: list[tuple[int, dict[str, Any]]] = [
        (QUEUED, {"state": PostState.queued}),
        (IN_LINE, {"state": PostState.scheduled, **waiting}),
        (UNTIMED, {"state": PostState.scheduled, "state_reason": "needs_image"}),
        (RETRYABLE, {"state": PostState.retryable, "next_attempt_at": later}),
    ]
    for amount, columns in kinds:
        numbers = _numbers(first, amount)
        name = _name_of(connection, numbers.c.i)
        account = _name_of(connection, numbers.c.i % ACCOUNTS)
        post = Post(article_id="", account_id="", mode=PublishMode.direct, **columns)
        await _insert(connection, "posts", post, numbers, id=name, article_id=name, account_id=account)
        first += amount
