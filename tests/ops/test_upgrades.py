"""Upgrades beside processes of the version before: what a migration may do, waits for, and refuses."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import select

from app.config import ROOT, Settings
from app.db import Database
from app.errors import ConfigurationError
from app.notifications.wording import CHOICES
from app.ops import migrate
from app.ops.migrate import SchemaState, find_state, head_revision, migrate_connection, require_head, upgrade
from app.outbox.models_endpoints import Channel, NotificationEndpoint
from app.posts.models import Post, PostState
from tests.builders import make_post
from tests.conftest import make_settings
from tests.functional.stack import free_port

pytestmark = pytest.mark.both_databases

REVISIONS = sorted(path.name.split("_")[1] for path in migrate.VERSIONS.glob("*.py"))
LATER = f"{int(head_revision()) + 1:04}"


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings for an empty database."""
    url = f"sqlite+aiosqlite:///{tmp_path}/newsreel.db"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        url = server.url(server.new_database())
    return make_settings(tmp_path, url, f"redis://127.0.0.1:{free_port()}")


@pytest.fixture
async def db(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings.database_url.get_secret_value())
    yield database
    await database.close()


async def set_version(db: Database, version: str) -> None:
    async with db.engine.begin() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = :version"), {"version": version})


def obligations(connection: sa.Connection) -> dict[str, dict[str, Any]]:
    """What the schema asks of who writes, and promises to who reads, table by table."""
    # All tables at once: PostgreSQL is asked five times, and not five times for each of them.
    inspector = sa.inspect(connection)
    columns = inspector.get_multi_columns()
    uniques, indexes = inspector.get_multi_unique_constraints(), inspector.get_multi_indexes()
    checks, keys = inspector.get_multi_check_constraints(), inspector.get_multi_foreign_keys()
    return {
        table[1]: {
            "columns": {column["name"]: column for column in columns[table]},
            "rules": {
                re.sub(r"\s+", " ", str(rule))
                for rules in (
                    [rule["column_names"] for rule in uniques[table]],
                    [index["column_names"] for index in indexes[table] if index["unique"]],
                    [rule["sqltext"] for rule in checks[table]],
                    [rule["constrained_columns"] for rule in keys[table]],
                )
                for rule in rules
            },
        }
        for table in columns
        if table[1] != "alembic_version"
    }


def demands(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> list[str]:
    """Name what code that was written for `before` cannot live with."""
    found = [f"{table} is gone" for table in before.keys() - after.keys()]
    for table in before.keys() & after.keys():
        old, new = before[table]["columns"], after[table]["columns"]
        found += [f"{table}.{name} is gone" for name in old.keys() - new.keys()]
        for name, column in new.items():
            if name not in old:
                if not column["nullable"] and column["default"] is None:
                    found.append(f"{table}.{name} must be given")
            elif str(column["type"]) != str(old[name]["type"]):
                found.append(f"{table}.{name} has another type")
            elif old[name]["nullable"] and not column["nullable"]:
                found.append(f"{table}.{name} must not be empty any more")
        found += [f"{table}: {rule} is new" for rule in after[table]["rules"] - before[table]["rules"]]
    return found


def list_demands(connection: sa.Connection) -> list[str]:
    """Migrate through every version; name what the one before cannot live with."""
    migrate_connection(connection, REVISIONS[0])
    before, found = obligations(connection), []
    assert {"posts", "articles", "accounts"} <= before.keys()
    for revision in REVISIONS[1:]:
        migrate_connection(connection, revision)
        after = obligations(connection)
        found += [f"{revision}: {demand}" for demand in demands(before, after)]
        before = after
    return found


def test_each_migration_leaves_the_version_before_at_work_on_sqlite(tmp_path):
    # Not by the app's engine, whose thread takes twice as long for as many small questions.
    with sa.create_engine(f"sqlite:///{tmp_path / 'newsreel.db'}").connect() as connection:
        assert list_demands(connection) == []


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
async def test_each_migration_leaves_the_version_before_at_work_on_postgresql(settings, db):
    async with db.engine.connect() as connection:
        assert await connection.run_sync(list_demands) == []


@pytest.mark.parametrize(
    ("statement", "demand"),
    [
        ("DROP TABLE b", "b is gone"),
        ("ALTER TABLE a DROP COLUMN free", "a.free is gone"),
        ("DROP TABLE a; CREATE TABLE a (id INTEGER, free INTEGER, given INTEGER NOT NULL)", "a.given must be given"),
        ("DROP TABLE a; CREATE TABLE a (id INTEGER, free INTEGER NOT NULL)", "a.free must not be empty any more"),
        ("DROP TABLE a; CREATE TABLE a (id INTEGER, free TEXT)", "a.free has another type"),
        ("CREATE UNIQUE INDEX one ON a (free)", "a: ['free'] is new"),
    ],
)
def test_a_migration_that_would_stop_the_version_before_is_found_out(statement, demand):
    with sa.create_engine("sqlite://").connect() as connection:
        connection.exec_driver_sql("CREATE TABLE a (id INTEGER, free INTEGER)")
        connection.exec_driver_sql("CREATE TABLE b (id INTEGER)")
        before = obligations(connection)
        connection.exec_driver_sql("ALTER TABLE a ADD COLUMN more INTEGER NOT NULL DEFAULT 1")
        connection.exec_driver_sql("CREATE INDEX many ON a (id)")
        connection.exec_driver_sql("CREATE TABLE c (id INTEGER NOT NULL)")
        assert demands(before, obligations(connection)) == []
        for part in statement.split("; "):
            connection.exec_driver_sql(part)
        assert demands(before, obligations(connection)) == [demand]


def test_versions_are_numbered_one_after_the_other():
    """By that a process knows a newer schema from a strange one; `make migration` gives the next number."""
    assert [f"{number:04}" for number in range(1, len(REVISIONS) + 1)] == REVISIONS
    assert head_revision() == REVISIONS[-1]


@pytest.mark.parametrize(
    ("version", "state", "words"),
    [(LATER, SchemaState.ahead, "Install that version"), ("1a2b3c4d5e6f", SchemaState.foreign, "another program's")],
)
async def test_nothing_starts_or_migrates_on_a_version_that_this_one_does_not_know(settings, db, version, state, words):
    await upgrade(settings)
    await set_version(db, version)
    assert await find_state(settings) is state
    for work in (require_head, upgrade):
        with pytest.raises(ConfigurationError, match=words):
            await work(settings)
    assert await find_state(settings) is state


async def test_who_listens_to_failed_posts_is_told_of_a_refused_address_too_and_the_version_before_is_not(settings, db):
    await upgrade(settings)
    heard = {"failures": ["post.published", "post.failed"], "nothing": ["post.published"], "all": [*CHOICES]}
    async with db.transaction() as session:
        for name, events in heard.items():
            session.add(NotificationEndpoint(id=name, channel=Channel.email, address="a@news.example", events=events))
        post = await make_post(session, state=PostState.scheduled, state_reason="url_ownership_unverified")
    await downgrade(db, "0047")
    assert await list_events(db) == heard | {"all": [name for name in CHOICES if name != "media.refused"]}
    await upgrade(settings)
    told = await list_events(db)
    assert told == heard | {"failures": [*heard["failures"], "media.refused"], "all": told["all"]}
    assert sorted(told["all"]) == sorted(CHOICES)
    async with db.read() as session:
        # What waits goes on waiting where a person sees it, whichever version looks after it.
        waits = await session.get_one(Post, post.id)
    assert (waits.state, waits.state_reason) == (PostState.scheduled, "url_ownership_unverified")


async def list_events(db: Database) -> dict[str, list[str]]:
    async with db.read() as session:
        return {row.id: row.events for row in (await session.exec(select(NotificationEndpoint))).all()}


async def downgrade(db: Database, version: str) -> None:
    def run(connection: sa.Connection) -> None:
        command.downgrade(Config(toml_file=ROOT / "pyproject.toml", attributes={"connection": connection}), version)

    async with db.engine.connect() as connection:
        await connection.run_sync(run)


@pytest.fixture
async def held(postgres: Any, tmp_path: Path) -> AsyncIterator[tuple[Settings, Database, AsyncConnection]]:
    """A database one version back, and a connection in which somebody has left a transaction open that read posts."""
    settings = make_settings(tmp_path, postgres.url(postgres.new_database()), "redis://127.0.0.1:1")
    await upgrade(settings)
    db = Database(settings.database_url.get_secret_value())
    await downgrade(db, REVISIONS[0])
    async with db.engine.connect() as somebody:
        await somebody.execute(sa.text("SELECT count(*) FROM posts"))
        yield settings, db, somebody
    await db.close()


async def test_a_migration_gives_way_to_who_uses_a_table_and_comes_again(held):
    settings, db, somebody = held
    migrating = asyncio.create_task(upgrade(settings))
    for _ in range(40):
        async with db.read() as session:
            await session.exec(sa.text("SELECT id FROM posts LIMIT 1"))
        await asyncio.sleep(0.1)
    assert not migrating.done()
    assert await find_state(settings) is SchemaState.old
    await somebody.rollback()
    await migrating
    assert await find_state(settings) is SchemaState.current


async def test_who_holds_a_table_for_too_long_is_named_and_nothing_was_changed(held, monkeypatch):
    settings, _, _ = held
    monkeypatch.setattr(migrate, "UNLOCKED_WITHIN_SECONDS", 0.0)
    with pytest.raises(ConfigurationError, match="tables were free"):
        await upgrade(settings)
    assert await find_state(settings) is SchemaState.old
