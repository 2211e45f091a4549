"""The app as it is put together: its document, its reference page, and the methods of its routes."""

import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from app.config import ROOT
from app.main import create_app
from app.resources import Resources
from tests.support.openapi import as_text, read_document
from tests.support.whole_app import Caller, list_endpoints, log_in_program, make_admin, open_app

SNAPSHOT = Path(__file__).parent / "openapi.json"
HTML = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture
async def caller(sqlite_resources: Resources) -> AsyncIterator[Caller]:
    await make_admin(sqlite_resources)
    async with open_app(sqlite_resources) as opened:
        await log_in_program(opened.http, sqlite_resources)
        yield opened


@pytest.fixture
def client(caller: Caller) -> httpx.AsyncClient:
    return caller.http


def test_the_openapi_document_is_the_one_that_was_reviewed():
    found = as_text(read_document())
    assert found == SNAPSHOT.read_text(encoding="utf-8"), (
        "The API has changed. If that is meant: python -m tests.support.openapi > tests/openapi.json"
    )


async def test_every_route_for_programs_is_in_the_document(caller):
    document = (await caller.http.get("/schema/openapi.json")).json()
    for endpoint in list_endpoints(caller.app):
        is_for_people = endpoint.is_page or re.match(r"/(schema|static|emulated|social|approve)|/$", endpoint.template)
        if not is_for_people and endpoint.method != "HEAD":
            assert endpoint.method.lower() in document["paths"].get(endpoint.template, {}), endpoint


def test_every_operation_says_what_it_does_and_how_it_fails():
    for path, operations in read_document()["paths"].items():
        for method, operation in operations.items():
            assert operation["description"], (method, path)
            assert "application/problem+json" in operation["responses"]["default"]["content"], (method, path)


async def test_a_stranger_at_the_reference_is_led_to_the_login_form_and_a_program_is_refused(client):
    del client.headers["authorization"]
    person = await client.get("/schema", headers=HTML)
    assert (person.status_code, person.headers["location"]) == (303, "/admin/login?next=/schema")
    assert (await client.get("/schema/openapi.json")).json()["code"] == "unauthorized"


def test_every_list_says_how_it_is_paged():
    asked = [
        (path, parameter)
        for path, operations in read_document()["paths"].items()
        for operation in operations.values()
        for parameter in operation.get("parameters", ())
        if parameter["name"] in {"limit", "cursor"}
    ]
    assert len(asked) > 30
    assert [(path, one["name"]) for path, one in asked if not one.get("description")] == []


async def test_options_is_answered_everywhere_and_invites_no_other_site(caller):
    for endpoint in list_endpoints(caller.app):
        headers = {"origin": "https://evil.example", "access-control-request-method": endpoint.method}
        answer = await caller.http.options(endpoint.path, headers=headers)
        assert answer.status_code == 204 or endpoint.template.startswith("/static"), endpoint
        assert not [name for name in answer.headers if name.startswith("access-control-")], endpoint


async def test_head_answers_without_a_body_where_probes_and_tiktok_use_it(client):
    for path, status in (("/healthz", 200), ("/readyz", 503), ("/media/no/1.jpg", 404), ("/static/favicon.svg", 200)):
        answer = await client.head(path)
        assert (answer.status_code, answer.content) == (status, b""), path


async def test_lists_are_pages_with_a_cursor(client):
    for path in ("/api/accounts", "/api/sources", "/api/articles", "/api/posts", "/api/verification-files"):
        assert (await client.get(path)).json() == {"items": [], "next_cursor": None}, path
        for limit in (0, -1, 100_000, "many"):
            assert (await client.get(path, params={"limit": limit})).status_code == 400, (path, limit)


def test_building_the_app_leaves_the_logging_alone(tmp_path):
    """Litestar's own set-up would put its handler in the place of the one that blots secrets out."""
    code = (
        "import logging, sys; from app.kit.logs import configure_logging, hide; from app.main import create_app;"
        "configure_logging('json'); hide('canary-secret'); before = logging.getLogger().handlers[:]; create_app();"
        "assert logging.getLogger().handlers == before; logging.getLogger('any').warning('canary-secret')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stderr.splitlines()[-1])["event"] == "[hidden]"


def test_the_parts_are_named_once_in_create_app(sqlite_settings):
    app = create_app(sqlite_settings)
    named = [f"{endpoint.method} {endpoint.template}" for endpoint in list_endpoints(app)]
    assert len(named) == len(set(named))


async def test_an_address_below_the_pages_that_leads_nowhere_is_answered_with_a_page(client):
    answer = await client.get("/admin/posts/1/2/3")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "problem" not in answer.text
