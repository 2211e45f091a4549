"""Migrations on SQLite and PostgreSQL: they make what the models say, completely or not at all."""

import asyncio
import contextlib
import os
import random
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlmodel import select

from app.config import ROOT, Settings
from app.db import Database
from app.errors import ConfigurationError
from app.models import RETIRED, SEARCH_INDEXES, Admin, LoginSession, metadata
from app.ops import migrate
from app.ops.migrate import SchemaState, head_revision, require_head, schema_state, upgrade
from tests.conftest import make_settings

pytestmark = pytest.mark.both_databases

KILLS = int(os.environ.get("TORTURE_RUNS", "3"))


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings for an empty database."""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        return make_settings(tmp_path, server.url(server.new_database()), "")
    return make_settings(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/var/newsreel.db", "")


@pytest.fixture
async def db(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings.database_url.get_secret_value())
    yield database
    await database.close()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the migrations to which a test may add."""
    folder = tmp_path / "checkout"
    shutil.copytree(ROOT / "migrations", folder / "migrations")
    shutil.copy(ROOT / "pyproject.toml", folder)
    monkeypatch.setattr(migrate, "ROOT", folder)
    monkeypatch.setattr(migrate, "VERSIONS", folder / "migrations" / "versions")
    return folder


def add_migration(checkout: Path, body: str) -> None:
    text = (
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f'revision: str = "next"\ndown_revision: str | None = "{head_revision()}"\n\n\ndef upgrade() -> None:\n{body}\n'
    )
    (checkout / "migrations" / "versions" / "next.py").write_text(text)
    migrate.read_revisions.cache_clear()


def describe(connection: sa.Connection) -> dict[str, Any]:
    """All that the database itself tells about its tables."""
    inspector = sa.inspect(connection)

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(item) for key, item in sorted(value.items())}
        return str(value)

    def ordered(items: Any) -> list[str]:
        return sorted(repr(plain(item)) for item in items)

    return {
        table: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"], c["default"]) for c in inspector.get_columns(table)},
            "key": inspector.get_pk_constraint(table),
            "unique": ordered(inspector.get_unique_constraints(table)),
            "checks": ordered(inspector.get_check_constraints(table)),
            "indexes": ordered(inspector.get_indexes(table)),
            "points to": ordered(inspector.get_foreign_keys(table)),
        }
        for table in inspector.get_table_names()
        if table != "alembic_version" and not any(index.owns(table) for index in SEARCH_INDEXES)
    }


async def run_alembic(db: Database, action: str, *args: str) -> None:
    def run(connection: sa.Connection) -> None:
        config = Config(toml_file=ROOT / "pyproject.toml", attributes={"connection": connection})
        getattr(command, action)(config, *args)

    async with db.engine.connect() as connection:
        await connection.run_sync(run)


async def state_of(db: Database) -> SchemaState:
    async with db.read() as session:
        return await schema_state(session)


async def described(db: Database) -> dict[str, Any]:
    async with db.engine.connect() as connection:
        return await connection.run_sync(describe)


async def test_an_empty_database_becomes_what_the_models_say(settings, db):
    await upgrade(settings)
    migrated = await described(db)
    for table, retired in RETIRED.items():
        assert {name: migrated[table]["columns"].pop(name)[1] for name in retired} == dict.fromkeys(retired, True)
    async with db.engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
    assert migrated == await described(db)
    assert set(migrated) == set(metadata.tables)


async def test_alembic_finds_nothing_more_to_do(settings, db):
    await upgrade(settings)
    await run_alembic(db, "check")


async def test_a_second_upgrade_changes_nothing_and_keeps_the_rows(settings, db):
    await upgrade(settings)
    async with db.transaction() as session:
        session.add(Admin(email="a@news.example", password_hash="x"))
    await upgrade(settings)
    async with db.read() as session:
        assert (await session.exec(select(Admin.email))).all() == ["a@news.example"]


async def test_down_to_nothing_and_up_again(settings, db):
    await upgrade(settings)
    before = await described(db)
    await run_alembic(db, "downgrade", "base")
    assert await described(db) == {}
    await upgrade(settings)
    assert await described(db) == before


async def test_a_migration_that_fails_leaves_the_database_as_it_was(settings, db, checkout):
    await upgrade(settings)
    before = await described(db)
    add_migration(
        checkout, '    op.create_table("half", sa.Column("id", sa.Integer()))\n    raise RuntimeError("half way")'
    )
    with pytest.raises(RuntimeError, match="half way"):
        await upgrade(settings)
    assert await described(db) == before
    assert await state_of(db) is SchemaState.old


async def test_rewriting_a_table_keeps_the_rows_that_point_to_it(settings, db, checkout):
    await upgrade(settings)
    async with db.transaction() as session:
        admin = Admin(email="a@news.example", password_hash="x")
        session.add(admin)
        await session.flush()
        session.add(LoginSession(admin_id=admin.id, token_hash="t", expires_at=admin.created_at))
    add_migration(
        checkout,
        '    with op.batch_alter_table("admins") as batch:\n'
        '        batch.alter_column("email", type_=sa.String(400), existing_type=sa.String(320))',
    )
    await upgrade(settings)
    async with db.read() as session:
        assert (await session.exec(select(LoginSession.token_hash))).all() == ["t"]
    described_columns = (await described(db))["admins"]["columns"]
    assert described_columns["email"][0] == "VARCHAR(400)"


async def test_tells_the_state_of_the_schema(settings, db, monkeypatch):
    if db.is_sqlite:
        (settings.data_dir).mkdir()
    assert await state_of(db) is SchemaState.empty
    await upgrade(settings)
    assert await state_of(db) is SchemaState.current
    monkeypatch.setattr(migrate, "head_revision", lambda: "later")
    assert await state_of(db) is SchemaState.old
    async with db.transaction() as session:
        await session.exec(sa.text("UPDATE alembic_version SET version_num = 'unheard-of'"))
    assert await state_of(db) is SchemaState.foreign


async def test_a_process_refuses_to_start_on_another_schema_and_says_the_command(settings, db, monkeypatch):
    with pytest.raises(ConfigurationError, match=r"is empty\. run: newsreel migrate"):
        await require_head(settings)
    assert db.engine.url.database is not None
    assert not (settings.data_dir / "newsreel.db").exists(), "looking must not create the database"
    await upgrade(settings)
    await require_head(settings)
    monkeypatch.setattr(migrate, "head_revision", lambda: "later")
    with pytest.raises(ConfigurationError, match=r"old schema\. run: newsreel migrate"):
        await require_head(settings)
    async with db.transaction() as session:
        await session.exec(sa.text("UPDATE alembic_version SET version_num = 'unheard-of'"))
    with pytest.raises(ConfigurationError, match="another program's"):
        await require_head(settings)


def test_the_newest_migration_is_the_one_that_alembic_finds():
    assert head_revision() == ScriptDirectory(str(ROOT / "migrations")).get_current_head()


async def test_several_that_migrate_at_once_all_succeed(settings, db, nursery, tmp_path):
    environment = os.environ | {
        "NEWSREEL_DATABASE_URL": settings.database_url.get_secret_value(),
        "NEWSREEL_DATA_DIR": str(settings.data_dir),
    }
    log = tmp_path / "migrate.log"
    runs = [nursery.spawn("migrate", environment=environment, log=log) for _ in range(3)]
    for run in runs:
        assert await asyncio.to_thread(run.wait, 300) == 0, log.read_text()
    assert await state_of(db) is SchemaState.current


@pytest.mark.timeout(1800)
async def test_a_migration_that_is_killed_at_any_moment_is_completed_by_the_next(settings, db, nursery, tmp_path):
    """S16: all of it is one transaction, so a kill leaves the old schema or the new one, and the next run ends it."""
    environment = os.environ | {
        "NEWSREEL_DATABASE_URL": settings.database_url.get_secret_value(),
        "NEWSREEL_DATA_DIR": str(settings.data_dir),
    }
    await upgrade(settings)
    whole = await described(db)
    chance, found = random.Random(16), set()
    # All of its time is in the migration: a child of the nursery has read our modules already.
    longest = 0.3
    for _ in range(KILLS):
        await run_alembic(db, "downgrade", chance.choice(["base", "0001"]))
        before = await described(db)
        await db.engine.dispose()
        began_at = time.monotonic()
        process = nursery.spawn("migrate", environment=environment, log=tmp_path / "migrate.log")
        await asyncio.sleep(chance.uniform(0.02, longest))
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        code = await asyncio.to_thread(process.wait, 60)
        longest = max(longest, 2 * (time.monotonic() - began_at)) if code else longest
        after = await described(db)
        assert after in (before, whole)
        found.add(code)
        await upgrade(settings)
        assert await described(db) == whole
        assert await state_of(db) is SchemaState.current
    assert -9 in found


async def test_a_database_that_does_not_answer_is_waited_for_and_then_named_without_its_password(tmp_path, monkeypatch):
    monkeypatch.setattr(migrate, "ANSWERS_WITHIN_SECONDS", 1.0)
    url = "postgresql+asyncpg://newsreel:not-a-real-password@127.0.0.1:1/newsreel"
    with pytest.raises(ConfigurationError, match="does not answer") as caught:
        await require_head(make_settings(tmp_path, url, ""))
    assert "not-a-real-password" not in str(caught.value)


async def test_a_database_that_cannot_be_opened_is_named_at_once(tmp_path, postgres):
    with pytest.raises(ConfigurationError, match=r"cannot be opened.*NEWSREEL_DATABASE_URL"):
        await require_head(make_settings(tmp_path, postgres.url("no_such_database"), ""))
    (tmp_path / "newsreel.db").write_text("this is no database, and long enough to be noticed. " * 20)
    with pytest.raises(ConfigurationError, match=r"cannot be opened.*NEWSREEL_DATABASE_URL"):
        await upgrade(make_settings(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/newsreel.db", ""))
