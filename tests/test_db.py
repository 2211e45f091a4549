"""The two kinds of session."""

import asyncio
import sqlite3
from contextlib import closing

import pytest
from sqlmodel import func, select

import app.db
from app.db import Database, after_commit
from app.models import Source
from tests.support.trips import note_trips

pytestmark = pytest.mark.both_databases


@pytest.fixture
async def db(database_url):
    database = Database(database_url)
    yield database
    await database.close()


def make_source(name: str) -> Source:
    return Source(slug=name, name=name, kind="generic", secret_encrypted="x")


async def test_transaction_commits_at_its_end(db):
    async with db.transaction() as session:
        session.add(make_source("a"))
    async with db.read() as session:
        assert (await session.exec(select(Source.slug))).all() == ["a"]


async def test_transaction_rolls_back_when_the_block_raises(db):
    async def fail():
        async with db.transaction() as session:
            session.add(make_source("a"))
            await session.flush()
            raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        await fail()
    async with db.read() as session:
        assert (await session.exec(select(Source.slug))).all() == []


async def test_hooks_run_after_commit_and_never_after_rollback(db):
    seen = []

    async def hook():
        async with db.read() as session:
            seen.append((await session.exec(select(Source.slug))).all())

    async with db.transaction() as session:
        session.add(make_source("a"))
        after_commit(session, hook)

    async def fail():
        async with db.transaction() as session:
            after_commit(session, hook)
            raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        await fail()
    assert seen == [["a"]]


async def test_a_failing_hook_does_not_undo_or_fail_the_transaction(db):
    async def hook():
        raise ConnectionError("redis is away")

    async with db.transaction() as session:
        session.add(make_source("a"))
        after_commit(session, hook)
    async with db.read() as session:
        assert (await session.exec(select(Source.slug))).all() == ["a"]


async def test_many_writers_at_once_all_succeed(db):
    async def write(number: int) -> None:
        async with db.transaction() as session:
            count = (await session.exec(select(func.count()).select_from(Source))).one()
            session.add(make_source(f"s{number}-{count}"))

    await asyncio.gather(*(write(number) for number in range(40)))
    async with db.read() as session:
        assert (await session.exec(select(func.count()).select_from(Source))).one() == 40


async def test_sqlite_is_durable_and_checks_foreign_keys(sqlite_url):
    database = Database(sqlite_url)
    async with database.read() as session:
        connection = await session.connection()
        names = ("journal_mode", "synchronous", "foreign_keys")
        answers = [(await connection.exec_driver_sql(f"PRAGMA {name}")).scalar() for name in names]
    await database.close()
    assert answers == ["wal", 2, 1]


async def test_a_new_file_is_opened_while_another_process_begins_to_write(sqlite_url, tmp_path):
    """As when all processes open a restored one together."""
    database = Database(sqlite_url)
    with closing(sqlite3.connect(tmp_path / "newsreel.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        opening = asyncio.create_task(mode_of(database))
        await asyncio.sleep(0.2)
        assert not opening.done()
        other.execute("COMMIT")
    assert await opening == "wal"
    await database.close()


async def mode_of(database: Database) -> str:
    async with database.read() as session:
        return str((await (await session.connection()).exec_driver_sql("PRAGMA journal_mode")).scalar())


@pytest.mark.parametrize("trusted_seconds", [3600, 0])
async def test_a_connection_that_ended_meanwhile_is_replaced(db, monkeypatch, trusted_seconds):
    if db.is_sqlite:
        return
    monkeypatch.setattr(app.db, "TRUSTED_SECONDS", trusted_seconds)
    async with db.read() as session:
        raw = await (await session.connection()).get_raw_connection()
        driver = raw.driver_connection
    assert driver is not None
    driver.terminate()
    async with db.read() as session:
        assert (await session.exec(select(func.count()).select_from(Source))).one() == 0


async def test_a_connection_that_was_just_used_is_not_asked_again(db):
    if db.is_sqlite:
        return
    trips = note_trips(db.engine.sync_engine)

    for _ in range(2):
        trips.clear()
        assert await db.run_single(lambda connection: connection.exec_driver_sql("SELECT 1").scalar_one()) == 1
    assert trips == ["SELECT 1"]
