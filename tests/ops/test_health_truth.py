"""The truth table of /healthz and /readyz (T45): each part broken alone, and what the two say over HTTP."""

import asyncio
import dataclasses
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from app.accounts.models import AccountTokens
from app.articles.models import Source
from app.db import Database
from app.jobs import WorkerHeartbeat
from app.kit.clock import utcnow
from app.kit.crypto import Keyring
from app.kit.metrics import take
from app.ops.doctor.findings import Level
from app.ops.doctor.parts import check_data_folder, check_database, check_redis
from app.ops.metrics.metrics_routes import render_metrics
from app.ops.migrate import head_revision
from app.ops.rotate import rotate_keys
from app.queue import ArqQueue
from app.resources import Resources
from tests.builders import make_account, make_source
from tests.support.redis import TestRedis
from tests.support.whole_app import mark_as_migrated, open_app, open_client

pytestmark = pytest.mark.both_databases

OK = {"web": "ok", "database": "ok", "data_folder": "ok", "worker": "ok", "keys": "ok", "redis": "ok"}
REFUSES = "CREATE TRIGGER refuse BEFORE INSERT ON metric_counts BEGIN SELECT RAISE(FAIL, 'disk is full'); END"
RAISES = "DO $$ BEGIN RAISE 'no space' USING ERRCODE = '53100'; END $$"
OLD, NEW = "test-key-" + "k" * 40, "fresh-key-" + "f" * 40


@pytest.fixture
async def healthy(resources: Resources) -> Resources:
    """An installation in order, with a secret of each kind."""
    await mark_as_migrated(resources)
    async with resources.transaction() as session:
        account, source = await make_account(session), await make_source(session)
        place = f"accounts|{account.id}|access_token_encrypted"
        tokens = await session.get_one(AccountTokens, account.id)
        tokens.access_token_encrypted = resources.keyring.encrypt("an access token", place=place)
        place = f"sources:{source.id}:secret_encrypted"
        source.secret_encrypted = resources.keyring.encrypt("a secret", place=place)
        session.add(WorkerHeartbeat(id="worker", seen_at=utcnow()))
    return resources


async def ask(resources: Resources) -> tuple[int, int, dict[str, Any]]:
    """The status of /healthz, and status and checks of /readyz."""
    async with open_client(resources) as client:
        alive, ready = await client.get("/healthz"), await client.get("/readyz")
        probe = await client.head("/readyz")
    assert alive.json() == {"status": "ok"}
    assert probe.status_code == ready.status_code
    answer = ready.json()
    assert answer["status"] == ("ready" if ready.status_code == 200 else "not_ready")
    return alive.status_code, ready.status_code, {name: answer[name] for name in OK}


async def test_all_is_well_when_nothing_is_broken(healthy):
    assert await ask(healthy) == (200, 200, OK)


async def test_without_redis_it_is_ready_because_the_database_takes_the_webhook(healthy, tmp_path):
    queue = ArqQueue(f"unix://{tmp_path}/nobody-listens")
    answer = await ask(dataclasses.replace(healthy, queue=queue))
    await queue.close()
    assert answer == (200, 200, OK | {"redis": "unavailable"})


@pytest.mark.parametrize(
    ("trouble", "health", "said"),
    [("full", "full", "full"), ("a replica", "read_only", "read_only"), ("silent", "unavailable", "does not answer")],
)
async def test_with_a_redis_that_takes_no_writes_it_is_ready_and_says_so(healthy, trouble, health, said):
    server = TestRedis()
    server.start()
    queue = ArqQueue(server.url)
    try:
        server.suffer(trouble)
        there = dataclasses.replace(healthy, queue=queue)
        assert await ask(there) == (200, 200, OK | {"redis": health})
        findings = [finding async for finding in check_redis(there)]
        assert [finding.level for finding in findings] == [Level.broken]
        assert said in findings[0].message
        assert b'newsreel_writable{part="redis"} 0.0' in await render_metrics(there)
    finally:
        server.recover()
        await queue.close()
        server.stop()


async def test_a_database_that_takes_no_writes_is_not_ready(healthy):
    async with healthy.db.engine.begin() as connection:
        name = "" if healthy.db.is_sqlite else (await connection.execute(sa.text("SELECT current_database()"))).scalar()
        standby = f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'
        await connection.execute(sa.text(REFUSES if healthy.db.is_sqlite else standby))
    await healthy.db.engine.dispose()
    try:
        assert await ask(healthy) == (200, 503, OK | {"database": "refuses_writes"})
        findings = [finding async for finding in check_database(healthy)]
        assert [(finding.level, "takes no writes" in finding.message) for finding in findings] == [(Level.broken, True)]
    finally:
        if name:
            async with healthy.db.engine.begin() as connection:
                await connection.execute(sa.text("SET TRANSACTION READ WRITE"))
                await connection.execute(sa.text(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'))
            await healthy.db.engine.dispose()


async def test_a_disk_that_took_no_write_a_moment_ago_is_not_ready_although_a_small_one_fits(healthy):
    is_sqlite = healthy.db.is_sqlite
    full = "CREATE TABLE large AS SELECT randomblob(1000000) AS piece" if is_sqlite else RAISES
    async with healthy.db.engine.connect() as connection:
        if is_sqlite:
            await connection.execute(sa.text("PRAGMA max_page_count=1"))
        with pytest.raises(DBAPIError):
            await connection.execute(sa.text(full))
        await connection.rollback()
        if is_sqlite:
            await connection.execute(sa.text("PRAGMA max_page_count=1000000"))
    assert await ask(healthy) == (200, 503, OK | {"database": "refuses_writes"})
    healthy.db._refused_at -= 16
    assert await ask(healthy) == (200, 200, OK)


@pytest.mark.parametrize(("state", "said"), [("full", "Free some space"), ("read_only", "writable"), ("odd", "log")])
async def test_doctor_names_a_data_folder_that_takes_nothing(sqlite_resources, monkeypatch, state, said):
    assert [finding.level async for finding in check_data_folder(sqlite_resources)] == [Level.ok]
    monkeypatch.setattr("app.ops.doctor.parts.folder_state", lambda _folder: state)
    (finding,) = [finding async for finding in check_data_folder(sqlite_resources)]
    assert (finding.level, state in finding.message, said in finding.cure) == (Level.broken, True, True)


async def test_many_who_ask_at_once_cost_one_look(healthy):
    take()
    async with open_client(healthy) as client:
        answers = await asyncio.gather(*(client.get("/readyz") for _ in range(20)))
        assert {answer.status_code for answer in answers} == {200}
        page = await render_metrics(healthy)
    assert b"newsreel_readiness_looks_total 1.0" in page


async def test_without_the_database_it_lives_and_is_not_ready(healthy, tmp_path):
    away = Database(f"postgresql+asyncpg://nobody@/none?host={tmp_path}")
    alive, ready, checks = await ask(dataclasses.replace(healthy, db=away))
    await away.close()
    assert (alive, ready, checks["database"], checks["redis"]) == (200, 503, "unavailable", "ok")


async def test_with_a_key_that_opens_nothing_it_is_not_ready(healthy):
    wrong = dataclasses.replace(healthy, keyring=Keyring(["unrelated-" + "u" * 40]))
    assert await ask(wrong) == (200, 503, OK | {"keys": "wrong"})


async def test_after_a_rotation_it_is_ready_with_the_new_key_and_not_with_the_old_one(healthy):
    both = dataclasses.replace(healthy, keyring=Keyring([NEW, OLD]))
    assert await ask(both) == (200, 200, OK)
    await rotate_keys(both)
    assert await ask(dataclasses.replace(healthy, keyring=Keyring([NEW]))) == (200, 200, OK)
    assert await ask(healthy) == (200, 503, OK | {"keys": "wrong"})


@pytest.mark.parametrize("table", [AccountTokens, Source])
async def test_a_secret_that_was_moved_from_another_place_is_found_out(healthy, table):
    column = "access_token_encrypted" if table is AccountTokens else "secret_encrypted"
    moved = healthy.keyring.encrypt("somebody else's", place=f"{table.__tablename__}|another row|{column}")
    async with healthy.transaction() as session:
        await session.exec(sa.update(table).values({column: moved}))
    assert await ask(healthy) == (200, 503, OK | {"keys": "wrong"})


@pytest.mark.parametrize(
    "statement", ["UPDATE alembic_version SET version_num = '0001'", "UPDATE alembic_version SET version_num = '0000'",
                  "UPDATE alembic_version SET version_num = '1a2b3c4d5e6f'", "DELETE FROM alembic_version",
                  "DROP TABLE alembic_version"],
)  # fmt: skip
async def test_before_the_migration_it_is_not_ready(healthy, statement):
    async with healthy.db.engine.begin() as connection:
        await connection.execute(sa.text(statement))
    alive, ready, checks = await ask(healthy)
    assert (alive, ready, checks["database"], checks["redis"]) == (200, 503, "migration_needed", "ok")


async def test_beside_a_newer_schema_it_stays_ready_so_that_an_upgrade_takes_no_process_from_its_balancer(healthy):
    async with healthy.db.engine.begin() as connection:
        newer = f"{int(head_revision()) + 1:04}"
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = :newer"), {"newer": newer})
    assert await ask(healthy) == (200, 200, OK)
    async with open_client(healthy) as client:
        assert (await client.get("/readyz")).json()["schema"] == "ahead"


async def test_while_it_drains_it_lives_and_is_not_ready(healthy):
    async with open_app(healthy) as caller:
        caller.app.state.is_draining = True
        alive, ready = await caller.http.get("/healthz"), await caller.http.get("/readyz")
        probe = await caller.http.head("/readyz")
    assert (alive.status_code, ready.status_code, probe.status_code) == (200, 503, 503)
    assert {name: ready.json()[name] for name in OK} == OK | {"web": "draining"}


@pytest.mark.parametrize(("seconds", "said", "status"), [(30, "ok", 200), (90, "silent", 503)])
async def test_without_a_living_worker_it_is_not_ready(healthy, seconds, said, status):
    async with healthy.transaction() as session:
        seen_at = utcnow() - timedelta(seconds=seconds)
        await session.exec(
            sa.update(WorkerHeartbeat).where(col(WorkerHeartbeat.id) == "worker").values(seen_at=seen_at)
        )
    assert await ask(healthy) == (200, status, OK | {"worker": said})
