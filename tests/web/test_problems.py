"""Every error of the API is a problem document that says what to do, and nothing of our insides."""

import asyncio
import dataclasses
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from app.db import Database
from app.resources import Resources
from tests.support.whole_app import SOME_ID, log_in_program, make_admin, open_client

JSON = {"content-type": "application/json"}


@pytest.fixture
async def client(sqlite_resources: Resources) -> AsyncIterator[httpx.AsyncClient]:
    await make_admin(sqlite_resources)
    async with open_client(sqlite_resources) as opened:
        await log_in_program(opened, sqlite_resources)
        yield opened


def read_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "code"} <= problem.keys()
    assert (problem["type"], problem["status"]) == ("about:blank", status)
    assert problem["code"].replace("_", "").isalnum()
    assert problem["code"] == problem["code"].lower()
    for insides in ("Traceback", "site-packages", "sqlalchemy", "SELECT", "/app/"):
        assert insides not in answer.text
    return problem


@pytest.mark.parametrize("path", ["/api/nothing", "/api", "/api/posts/x/y/z", "/no/such/page", "/tiktok/nothing"])
async def test_what_is_not_there_is_404(client, path):
    assert read_problem(await client.get(path), 404)["code"] == "not_found"


async def test_a_row_that_is_not_there_is_404_with_words(client):
    problem = read_problem(await client.get("/api/posts/none"), 404)
    assert problem["detail"] == "There is no such post."


async def test_a_method_that_is_not_there_is_405_and_names_the_others(client):
    answer = await client.put("/api/posts", json={})
    assert read_problem(answer, 405)["code"] == "method_not_allowed"
    assert "GET" in answer.headers["allow"]


async def test_a_body_that_is_too_large_is_413(client):
    body = b'{"name": "' + b"x" * (1024 * 1024) + b'"}'
    assert read_problem(await client.post("/api/sources", content=body, headers=JSON), 413)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "image/png"])
async def test_a_body_that_is_declared_as_no_json_is_415(client, kind):
    body = b'{"name": "News", "kind": "generic"}'
    problem = read_problem(await client.post("/api/sources", content=body, headers={"content-type": kind}), 415)
    assert kind in problem["detail"]


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "application/vnd.news+json", None]
)
async def test_json_is_taken_under_each_of_its_names_and_without_one(client, kind):
    headers = {"content-type": kind} if kind else {}
    answer = await client.post("/api/sources", content=b'{"name": "News", "kind": "generic"}', headers=headers)
    assert answer.status_code == 201


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'{"name": "x",}', b"nonsense"])
async def test_a_body_that_is_no_json_is_400(client, body):
    read_problem(await client.post("/api/sources", content=body, headers=JSON), 400)


@pytest.mark.parametrize("body", [b"null", b"[]", b"1", b'"text"', b"{}", b'{"name": 1, "kind": "generic"}'])
async def test_json_of_the_wrong_form_is_400_and_says_what_is_wrong(client, body):
    problem = read_problem(await client.post("/api/sources", content=body, headers=JSON), 400)
    assert problem["errors"][0]["message"] in problem["detail"]


async def test_a_missing_body_is_called_missing(client):
    problem = read_problem(await client.post("/api/sources", headers=JSON), 400)
    assert problem["errors"] == [{"field": "data", "message": "The body is missing"}]


async def test_a_wrong_query_is_400_and_is_not_repeated(client):
    problem = read_problem(await client.get("/api/posts?limit=0&code=canary-code"), 400)
    assert "limit" in problem["detail"]
    assert "canary" not in problem["detail"]


CURSORS = ("zzz", "-1", "null", "2026-11-21", "a" * 36, "-" * 36, "1.2.3", "0190b2f0", f"{SOME_ID}x", f"9e9.{SOME_ID}")


def lists_by_cursor() -> list[str]:
    paths = json.loads(Path("tests/openapi.json").read_text())["paths"]
    asked = {path: ways.get("get", {}).get("parameters", ()) for path, ways in paths.items()}
    found = [path for path, parameters in asked.items() if any(one["name"] == "cursor" for one in parameters)]
    assert len(found) > 20
    return found


async def test_a_cursor_that_was_never_given_out_is_400_on_every_list_and_called_so(client):
    for path in lists_by_cursor():
        of_something = re.sub(r"\{\w+\}", SOME_ID, path.replace("{advertiser_id}", "7000000000000000001"))
        for cursor in CURSORS:
            problem = read_problem(await client.get(of_something, params={"cursor": cursor}), 400)
            assert "The cursor is none that was given out" in problem["detail"], path


@pytest.mark.parametrize("address", ["/api/posts/%00", "/api/accounts/a%00b", "/static/%00", f"/static/{'a' * 300}"])
async def test_an_address_that_no_store_takes_is_404(client, address):
    read_problem(await client.get(address), 404)


async def test_a_nul_in_the_query_is_400(client):
    for path in ("/api/posts?cursor=%00", "/api/sources?cursor=%00", "/api/articles?source_id=x%00"):
        read_problem(await client.get(path), 400)


async def test_what_is_well_formed_but_not_acceptable_is_422(client):
    file = {"filename": "../tiktok.txt", "content": "x"}
    assert read_problem(await client.post("/api/verification-files", json=file), 422)["code"] == "verification_filename"


async def test_a_stranger_is_401(client):
    del client.headers["authorization"]
    assert read_problem(await client.get("/api/posts"), 401)["code"] == "unauthorized"


async def test_too_many_tries_are_429_and_say_when_to_come_back(client):
    guess = {"email": "nobody@newsroom.example", "password": "wrong password here"}
    for _ in range(40):
        answer = await client.post("/api/auth/login", json=guess)
        if answer.status_code == 429:
            break
    assert read_problem(answer, 429)["code"] == "too_many_requests"
    assert int(answer.headers["retry-after"]) > 0


async def test_an_error_of_ours_is_500_and_tells_nothing(sqlite_resources, client):
    broken = dataclasses.replace(sqlite_resources, keyring=None)
    async with open_client(broken) as other:
        other.headers["authorization"] = client.headers["authorization"]
        answer = await other.post("/api/sources", json={"name": "canary-name", "kind": "generic"})
    assert read_problem(answer, 500)["code"] == "internal_error"
    assert "NoneType" not in answer.text
    assert "canary" not in answer.text


async def test_a_table_that_is_gone_is_503_and_tells_nothing(sqlite_resources, client):
    async with sqlite_resources.db.engine.begin() as connection:
        await connection.execute(sa.text("DROP TABLE media_fetches"))
        await connection.execute(sa.text("DROP TABLE articles"))
    answer = await client.get("/api/articles")
    assert read_problem(answer, 503)["code"] == "database_unavailable"
    assert "articles" not in answer.text


@asynccontextmanager
async def starting_postgres() -> AsyncIterator[int]:
    """A PostgreSQL that says that it is still starting up."""
    message = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = int.from_bytes(await reader.readexactly(4), "big")
        if length == 8:  # it asks for TLS first
            await reader.readexactly(4)
            writer.write(b"N")
            length = int.from_bytes(await reader.readexactly(4), "big")
        await reader.readexactly(length - 4)
        writer.write(b"E" + (len(message) + 4).to_bytes(4, "big") + message)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def ask_with(resources: Resources, url: str) -> httpx.Response:
    there = dataclasses.replace(resources, db=Database(url))
    async with open_client(there) as client:
        answer = await client.get("/api/tiktok/status")
    await there.db.close()
    return answer


async def test_a_database_that_is_away_is_503_and_says_when_to_come_back(sqlite_resources, tmp_path):
    async with starting_postgres() as port:
        urls = [
            f"postgresql+asyncpg://u:canary-password@127.0.0.1:{port}/news",
            "postgresql+asyncpg://u:canary-password@127.0.0.1:1/news",
            "postgresql+asyncpg://u:canary-password@localhost:1/news",
            "postgresql+asyncpg://u:canary-password@no-such-host.invalid/news",
            f"postgresql+asyncpg://u:canary-password@/news?host={tmp_path}/nothing",
        ]
        for url in urls:
            answer = await ask_with(sqlite_resources, url)
            assert read_problem(answer, 503)["code"] == "database_unavailable", url
            assert answer.headers["retry-after"] == "5"
            assert "canary" not in answer.text
