"""No other site changes anything in an editor's name (T34)."""

from typing import Any

import pytest
from litestar import Request, get, post
from litestar.params import RawBody

from app.auth.guards import csrf_token_for
from app.auth.service import log_in
from tests.auth.support import (
    EMAIL,
    ORIGIN,
    PASSWORD,
    build_app,
    list_endpoints,
    log_in_page,
    log_in_program,
    make_admin,
    open_client,
)


@post("/admin/things", status_code=200)
async def create_thing(request: Request[Any, Any, Any]) -> dict[str, str]:
    return {key: value for key, value in (await request.form()).items() if isinstance(value, str)}


@post("/admin/raw", status_code=200)
async def take_body(body: RawBody) -> int:
    return len(body)


@post("/hooks/cms", opt={"public": True, "csrf_exempt": True}, status_code=200)
async def take_webhook(body: RawBody) -> int:
    return len(body)


@post("/admin/login", opt={"public": True}, status_code=200)
async def log_in_form() -> str:
    return "ok"


@get("/api/refresh", opt={"same_site": True})
async def refresh() -> str:
    return "refreshed"


@get("/admin/token")
async def show_token(request: Request[Any, Any, Any]) -> str:
    return csrf_token_for(request)


HANDLERS = [create_thing, take_body, take_webhook, log_in_form, refresh, show_token]
EXEMPT = {"/hooks/cms"}


async def test_every_unsafe_route_refuses_a_cookie_without_the_right_token(sqlite_resources):
    await make_admin(sqlite_resources)
    app = build_app(sqlite_resources, HANDLERS)
    unsafe = [endpoint for endpoint in list_endpoints(app) if endpoint.is_unsafe and endpoint.path not in EXEMPT]
    closed = [endpoint for endpoint in unsafe if not endpoint.is_public]
    assert {endpoint.path for endpoint in closed} > {"/admin/things", "/api/auth/logout", "/api/auth/password"}
    other = await log_in(sqlite_resources, EMAIL, PASSWORD, "127.0.0.1")
    async with open_client(sqlite_resources, HANDLERS) as client:
        mine = await log_in_page(client, sqlite_resources)
        for endpoint in closed:
            for token in (None, "", "wrong", other.csrf_token):
                headers = {} if token is None else {"x-csrftoken": token}
                answer = await client.request(endpoint.method, endpoint.path, headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed"), endpoint
        for endpoint in unsafe:
            for site in ("cross-site", "same-site", "nonsense"):
                headers = {"x-csrftoken": mine.csrf_token, "Sec-Fetch-Site": site}
                answer = await client.request(endpoint.method, endpoint.path, headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (403, "cross_site"), endpoint


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "http://127.0.0.1:9999",
        "http://localhost:8000",
        "http://127.0.0.1:8000.evil.example",
        "https://127.0.0.1:8000@evil.example",
        "http://[broken",
    ],
)
async def test_refuses_a_foreign_origin_even_with_the_right_token(sqlite_resources, origin):
    await make_admin(sqlite_resources)
    async with open_client(sqlite_resources, HANDLERS) as client:
        login = await log_in_page(client, sqlite_resources)
        headers = {"x-csrftoken": login.csrf_token, "Origin": origin}
        assert (await client.post("/admin/things", headers=headers)).status_code == 403
        assert (await client.post("/admin/login", headers={"Origin": origin})).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost:8000", "Host": "localhost:8000"},
    ],
)
async def test_takes_the_token_from_header_or_form_and_leaves_the_form_to_the_handler(resources, headers):
    await make_admin(resources)
    async with open_client(resources, HANDLERS) as client:
        login = await log_in_page(client, resources)
        form = {"_csrf_token": login.csrf_token, "name": "Қазақ"}
        answers = [
            await client.post("/admin/things", data=form, headers=headers),
            await client.post(
                "/admin/things", files={key: (None, value) for key, value in form.items()}, headers=headers
            ),
            await client.post("/admin/things", data=form, headers={**headers, "x-csrftoken": login.csrf_token}),
        ]
        assert [answer.json() for answer in answers] == [form] * 3
        raw = await client.post("/admin/raw", data=form, headers=headers)
        assert raw.json() == int(raw.request.headers["content-length"])


async def test_page_gets_the_token_of_its_own_login(sqlite_resources):
    await make_admin(sqlite_resources)
    async with open_client(sqlite_resources, HANDLERS) as client:
        await log_in_page(client, sqlite_resources)
        tokens = [(await client.get("/admin/token")).text for _ in range(2)]
        assert tokens[0] != tokens[1]
        for token in tokens:
            assert (await client.post("/admin/things", headers={"x-csrftoken": token})).status_code == 200


async def test_programs_need_no_csrf_token(sqlite_resources):
    await make_admin(sqlite_resources)
    async with open_client(sqlite_resources, HANDLERS) as client:
        await log_in_program(client, sqlite_resources)
        answer = await client.post("/admin/things", headers={"Origin": "https://app.example"})
    assert answer.status_code == 200


async def test_a_login_form_of_another_site_is_refused(sqlite_resources):
    async with open_client(sqlite_resources, HANDLERS) as client:
        assert (await client.post("/admin/login", headers={"Sec-Fetch-Site": "cross-site"})).status_code == 403
        assert (await client.post("/admin/login", headers={"Sec-Fetch-Site": "same-origin"})).status_code == 200
        assert (await client.post("/admin/login")).status_code == 200


async def test_a_get_that_changes_something_refuses_other_sites_too(sqlite_resources):
    await make_admin(sqlite_resources)
    async with open_client(sqlite_resources, HANDLERS) as client:
        await log_in_page(client, sqlite_resources)
        assert (await client.get("/api/refresh")).status_code == 200
        assert (await client.get("/api/refresh", headers={"Sec-Fetch-Site": "cross-site"})).status_code == 403


async def test_webhooks_are_free_of_all_this(sqlite_resources):
    async with open_client(sqlite_resources, HANDLERS) as client:
        answer = await client.post("/hooks/cms", headers={"Origin": "https://cms.example"}, content=b"{}")
    assert answer.status_code == 200


async def test_a_broken_form_is_refused_and_never_an_error_of_ours(sqlite_resources):
    await make_admin(sqlite_resources)
    async with open_client(sqlite_resources, HANDLERS) as client:
        await log_in_page(client, sqlite_resources)
        for content_type, status in (
            ("multipart/form-data", 400),
            ("multipart/form-data; boundary=x", 400),
            ("application/x-www-form-urlencoded", 403),
        ):
            answer = await client.post(
                "/admin/things", content=b"\xff\x00&;=%zz", headers={"Content-Type": content_type}
            )
            assert answer.status_code == status, content_type
