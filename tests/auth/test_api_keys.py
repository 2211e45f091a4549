"""Keys for programs: shown once, hashed, used and taken back. What each scope opens stands in test_roles."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import event
from sqlmodel import select

from app.auth.models import ApiKey
from app.kit.clock import rfc3339, utcnow
from tests.auth.support import EMAIL, log_in_page, log_in_program, make_admin, open_client
from tests.auth.test_middleware import HANDLERS

THING = "/api/things/1"


async def test_a_key_is_shown_once_used_and_taken_back(resources):
    await make_admin(resources)
    async with open_client(resources, HANDLERS) as client, open_client(resources, HANDLERS) as program:
        await log_in_program(client, resources)
        made = await client.post("/api/api-keys", json={"name": "Dashboard", "scopes": ["read"]})
        assert made.status_code == 201
        key = made.json()["key"]
        assert key.startswith("nr_")
        program.headers["Authorization"] = f"Bearer {key}"
        assert (await program.get(THING)).text == "thing"
        assert (await program.post("/api/things")).json()["code"] == "scope_forbids"
        (listed,) = (await client.get("/api/api-keys")).json()["items"]
        assert (listed["name"], listed["made_by"], listed["scopes"]) == ("Dashboard", EMAIL, ["read"])
        assert listed["last_used_at"] is not None
        assert key not in str(listed)
        assert (await client.delete(f"/api/api-keys/{listed['id']}")).status_code == 204
        assert (await program.get(THING)).status_code == 401
        assert (await client.delete(f"/api/api-keys/{listed['id']}")).json()["code"] == "key_not_found"


async def test_a_copy_of_the_table_opens_nothing(resources):
    await make_admin(resources)
    async with open_client(resources, HANDLERS) as client:
        await log_in_program(client, resources)
        key = (await client.post("/api/api-keys", json={"name": "x", "scopes": ["read"]})).json()["key"]
        async with resources.read() as session:
            row = (await session.exec(select(ApiKey))).one()
        assert key not in repr(row)
        for stolen in (row.key_hash, f"nr_{row.key_hash}", row.hint, key[:-1], f"{key}x", key.upper(), "nr_"):
            answer = await client.get(THING, headers={"Authorization": f"Bearer {stolen}"})
            assert answer.status_code == 401, stolen


async def test_a_key_ends_when_it_was_said_to(resources):
    await make_admin(resources)
    async with open_client(resources, HANDLERS) as client:
        await log_in_program(client, resources)
        end = utcnow() + timedelta(hours=1)
        wanted = {"name": "x", "scopes": ["read"], "expires_at": rfc3339(end)}
        key = (await client.post("/api/api-keys", json=wanted)).json()["key"]
        client.headers["Authorization"] = f"Bearer {key}"
        assert (await client.get(THING)).status_code == 200
        with time_machine.travel(end + timedelta(seconds=1)):
            assert (await client.get(THING)).status_code == 401


async def test_its_last_use_is_written_once_a_minute(resources):
    await make_admin(resources)
    async with open_client(resources, HANDLERS) as client:
        await log_in_program(client, resources)
        key = (await client.post("/api/api-keys", json={"name": "x", "scopes": ["read"]})).json()["key"]
        client.headers["Authorization"] = f"Bearer {key}"
        written: list[str] = []

        def note(_connection, _cursor, statement, *_rest):
            written.extend([statement] if statement.startswith("UPDATE") else [])

        event.listen(resources.db.engine.sync_engine, "before_cursor_execute", note)
        start = utcnow()
        for seconds, writes in ((0, 1), (1, 1), (59, 1), (61, 2), (62, 2)):
            with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
                assert (await client.get(THING)).status_code == 200
            assert len(written) == writes, seconds
        event.remove(resources.db.engine.sync_engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    "bad",
    [
        {"name": ""}, {"name": "  "}, {"scopes": []}, {"scopes": ["all"]}, {"expires_at": "yesterday"},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": "0001-01-01T00:00:00+14:00"}, {"expires_at": "2120-01-01T00:00:00"}, {"key": "nr_mine"},
    ],
)  # fmt: skip
async def test_a_key_that_makes_no_sense_is_refused(sqlite_resources, bad):
    await make_admin(sqlite_resources)
    async with open_client(sqlite_resources, HANDLERS) as client:
        await log_in_program(client, sqlite_resources)
        answer = await client.post("/api/api-keys", json={"name": "x", "scopes": ["read"]} | bad)
        assert 400 <= answer.status_code < 500
        assert (await client.get("/api/api-keys")).json()["items"] == []


async def test_a_key_opens_no_page_even_beside_a_good_cookie(sqlite_resources):
    await make_admin(sqlite_resources)
    async with open_client(sqlite_resources, HANDLERS) as client:
        login = await log_in_page(client, sqlite_resources)
        headers = {"x-csrftoken": login.csrf_token}
        key = (await client.post("/api/api-keys", json={"name": "x", "scopes": ["read"]}, headers=headers)).json()[
            "key"
        ]
        answer = await client.get("/admin/things", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 403
