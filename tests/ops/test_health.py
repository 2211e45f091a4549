"""Liveness and readiness: what each says when one part is away."""

import dataclasses
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from app.db import Database
from app.jobs import WorkerHeartbeat
from app.kit.clock import utcnow
from app.kit.crypto import Keyring
from app.posts.models import PostState
from app.queue import ArqQueue
from app.resources import Resources
from tests.builders import make_post, make_source
from tests.support.whole_app import log_in_program, make_admin, mark_as_migrated, open_client


async def beat(resources: Resources, *, seconds_ago: float = 1) -> None:
    async with resources.transaction() as session:
        session.add(WorkerHeartbeat(id="worker", seen_at=utcnow() - timedelta(seconds=seconds_ago)))


async def get(resources: Resources, path: str) -> httpx.Response:
    async with open_client(resources) as client:
        return await client.get(path)


async def readiness(resources: Resources) -> tuple[int, dict[str, Any]]:
    answer = await get(resources, "/readyz")
    head: httpx.Response
    async with open_client(resources) as client:
        head = await client.head("/readyz")
    assert (head.status_code, head.content) == (answer.status_code, b"")
    assert (answer.json()["status"] == "ready") is (answer.status_code == 200)
    return answer.status_code, answer.json()


async def test_is_ready_with_a_migrated_database_and_a_living_worker(resources):
    await mark_as_migrated(resources)
    await beat(resources, seconds_ago=30)
    status, checks = await readiness(resources)
    assert status == 200
    assert (checks["database"], checks["worker"], checks["keys"], checks["redis"]) == ("ok", "ok", "ok", "ok")
    assert checks["queue_length"] == 0
    assert checks["worker_seen_at"].endswith("Z")


async def test_is_not_ready_before_the_migration(resources):
    await beat(resources)
    status, checks = await readiness(resources)
    assert (status, checks["database"]) == (503, "migration_needed")


async def test_is_not_ready_on_an_older_version(resources):
    await mark_as_migrated(resources)
    await beat(resources)
    async with resources.db.engine.begin() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    assert (await readiness(resources))[1]["database"] == "migration_needed"


async def test_is_not_ready_without_a_worker(resources):
    await mark_as_migrated(resources)
    status, checks = await readiness(resources)
    assert (status, checks["worker"], checks["worker_seen_at"]) == (503, "no_heartbeat", None)


async def test_is_not_ready_when_the_worker_has_been_silent_for_a_minute(resources):
    await mark_as_migrated(resources)
    await beat(resources, seconds_ago=61)
    status, checks = await readiness(resources)
    assert (status, checks["worker"]) == (503, "silent")


async def test_is_ready_while_redis_is_away_because_the_database_takes_the_webhooks(sqlite_resources, tmp_path):
    await mark_as_migrated(sqlite_resources)
    await beat(sqlite_resources)
    queue = ArqQueue(f"unix://{tmp_path}/nothing")
    status, checks = await readiness(dataclasses.replace(sqlite_resources, queue=queue))
    await queue.close()
    assert (status, checks["redis"], checks["queue_length"]) == (200, "unavailable", None)


@pytest.mark.parametrize("server", ["127.0.0.1:1/news", "/news?host=/nonexistent"])
async def test_is_not_ready_but_alive_while_the_database_is_away(sqlite_resources, server):
    there = dataclasses.replace(sqlite_resources, db=Database(f"postgresql+asyncpg://u:canary-password@{server}"))
    status, checks = await readiness(there)
    alive = await get(there, "/healthz")
    await there.db.close()
    assert (status, checks["database"], checks["worker"]) == (503, "unavailable", "no_heartbeat")
    assert alive.json() == {"status": "ok"}


async def test_is_not_ready_when_no_key_opens_what_is_stored(sqlite_resources):
    await mark_as_migrated(sqlite_resources)
    await beat(sqlite_resources)
    await make_admin(sqlite_resources)
    async with open_client(sqlite_resources) as client:
        await log_in_program(client, sqlite_resources)
        assert (await client.post("/api/sources", json={"name": "News", "kind": "generic"})).status_code == 201
    assert (await readiness(sqlite_resources))[0] == 200
    status, checks = await readiness(dataclasses.replace(sqlite_resources, keyring=Keyring(["another-key-" * 4])))
    assert (status, checks["keys"]) == (503, "wrong")


async def test_is_ready_when_an_older_key_of_the_ring_opens_what_is_stored(sqlite_resources):
    await mark_as_migrated(sqlite_resources)
    await beat(sqlite_resources)
    async with sqlite_resources.transaction() as session:
        source = await make_source(session)
        place = f"sources:{source.id}:secret_encrypted"
        source.secret_encrypted = sqlite_resources.keyring.encrypt("a secret", place=place)
    keys = ["another-key-" * 4, *sqlite_resources.settings.secret_keys]
    assert (await readiness(dataclasses.replace(sqlite_resources, keyring=Keyring(keys))))[0] == 200


async def test_is_alive_without_a_database_table_or_redis(sqlite_resources, tmp_path):
    empty = dataclasses.replace(sqlite_resources, db=Database(f"sqlite+aiosqlite:///{tmp_path}/empty.db"))
    async with open_client(empty) as client:
        answer, head = await client.get("/healthz"), await client.head("/healthz")
        ready = await client.get("/readyz")
    await empty.db.close()
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert (head.status_code, head.content) == (200, b"")
    assert (ready.status_code, ready.json()["database"]) == (503, "migration_needed")


async def test_tells_how_long_the_oldest_due_post_has_waited(resources):
    await mark_as_migrated(resources)
    async with resources.transaction() as session:
        now = utcnow()
        await make_post(session, created_at=now - timedelta(seconds=90))
        await make_post(session, created_at=now - timedelta(seconds=500), next_attempt_at=now + timedelta(hours=1))
        await make_post(session, created_at=now - timedelta(seconds=900), state=PostState.published)
    assert 90 <= (await readiness(resources))[1]["oldest_waiting_seconds"] < 200


async def test_nothing_of_the_settings_shows(sqlite_resources):
    secret = "canary-" + "s" * 40
    settings = sqlite_resources.settings.model_copy(update={"client_secret": SecretStr(secret)})
    there = dataclasses.replace(sqlite_resources, settings=settings)
    for answer in (await get(there, "/readyz"), await get(there, "/healthz")):
        assert secret not in answer.text
        assert str(settings.data_dir) not in answer.text
