"""Closed by default: strangers reach only what says that it is public (T32, T35)."""

import pytest
from litestar import Request, get, post
from pydantic import SecretStr

from app.auth.cookies import cookie_name, login_cookie, logout_cookie
from app.auth.middleware import is_page, local_path
from app.auth.service import log_in
from app.config import Settings
from tests.auth.support import (
    EMAIL,
    PASSWORD,
    build_app,
    list_endpoints,
    log_in_page,
    log_in_program,
    make_admin,
    open_client,
)


@get("/api/things/{thing_id:str}")
async def get_thing() -> str:
    return "thing"


@get(["/admin", "/admin/things"])
async def show_things() -> str:
    return "page"


@get("/open", opt={"public": True})
async def show_open(request: Request) -> bool:  # type: ignore[type-arg]
    return request.scope["user"] is not None


@get("/admin/login", opt={"public": True, "knows_admin": True})
async def show_login(request: Request) -> bool:  # type: ignore[type-arg]
    return request.scope["user"] is not None


@post("/api/things")
async def create_thing() -> str:
    return "made"


HANDLERS = [get_thing, show_things, show_open, show_login, create_thing]
PUBLIC = {("POST", "/api/auth/login"), ("GET", "/open"), ("GET", "/admin/login")}


async def test_every_route_refuses_a_stranger_but_those_that_say_they_are_public(sqlite_resources):
    app = build_app(sqlite_resources, HANDLERS)
    endpoints = list(list_endpoints(app))
    assert {(endpoint.method, endpoint.path) for endpoint in endpoints if endpoint.is_public} == PUBLIC
    async with open_client(sqlite_resources, HANDLERS) as client:
        for endpoint in endpoints:
            answer = await client.request(endpoint.method, endpoint.path)
            if not endpoint.is_public:
                assert answer.status_code == (303 if is_page(endpoint.path) else 401), endpoint


async def test_an_api_answers_a_stranger_with_a_problem(sqlite_resources):
    async with open_client(sqlite_resources, HANDLERS) as client:
        answer = await client.get("/api/things/1")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unauthorized"


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/admin", "/admin/login"),
        ("/admin/things", "/admin/login?next=/admin/things"),
        ("/admin/things?secret=1", "/admin/login?next=/admin/things"),
    ],
)
async def test_a_page_leads_a_stranger_to_the_login_form(sqlite_resources, path, location):
    async with open_client(sqlite_resources, HANDLERS) as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, location)


async def test_htmx_is_sent_to_the_login_form_as_a_whole_page(sqlite_resources):
    async with open_client(sqlite_resources, HANDLERS) as client:
        answer = await client.get("/admin/things", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/admin/login")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("/admin/posts", "/admin/posts"),
        ("/admin/posts?state=failed", "/admin/posts?state=failed"),
        ("//evil.example", "/admin/"),
        ("/\\evil.example", "/admin/"),
        ("https://evil.example", "/admin/"),
        ("javascript:alert(1)", "/admin/"),
        ("/admin\r\nSet-Cookie: a=b", "/admin/"),
        ("\t//evil.example", "/admin/"),
        ("", "/admin/"),
        (None, "/admin/"),
    ],
)
def test_goes_on_after_the_login_only_to_a_local_path(given, kept):
    assert local_path(given) == kept


async def test_lets_a_program_and_a_page_in(resources):
    await make_admin(resources)
    async with open_client(resources, HANDLERS) as program:
        await log_in_program(program, resources)
        assert (await program.get("/api/things/1")).text == "thing"
        assert (await program.get("/admin/things")).text == "page"
    async with open_client(resources, HANDLERS) as page:
        await log_in_page(page, resources)
        assert (await page.get("/api/things/1")).text == "thing"
        assert (await page.get("/admin/login")).json() is True
        assert (await page.get("/open")).json() is False


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer x.y.z", "bearer null", "Bearer é"])
async def test_a_bad_bearer_token_is_refused_even_beside_a_good_cookie(sqlite_resources, header):
    await make_admin(sqlite_resources)
    async with open_client(sqlite_resources, HANDLERS) as client:
        await log_in_page(client, sqlite_resources)
        answer = await client.get("/api/things/1", headers={"Authorization": header.encode()})
    assert answer.status_code == 401


async def test_a_stale_cookie_does_not_keep_anyone_from_a_public_page(sqlite_resources):
    async with open_client(sqlite_resources, HANDLERS) as client:
        client.cookies.set(cookie_name(sqlite_resources.settings), "stale")
        assert (await client.get("/open")).status_code == 200
        assert (await client.get("/admin/login")).json() is False
        assert (await client.get("/admin/things")).status_code == 303


async def test_a_token_planted_before_the_login_is_worth_nothing_after_it(resources):
    await make_admin(resources)
    planted = (await log_in(resources, EMAIL, PASSWORD, "127.0.0.1")).token
    async with open_client(resources, HANDLERS) as client:
        client.headers["Authorization"] = f"Bearer {planted}"
        assert (await client.post("/api/auth/logout")).status_code == 204
        client.cookies.set(cookie_name(resources.settings), planted)
        del client.headers["Authorization"]
        answer = await client.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD})
        assert answer.status_code == 200
        assert answer.json()["access_token"] != planted
        assert (await client.get("/api/auth/me")).status_code == 401


def test_cookie_is_bound_to_this_host_over_tls_and_plain_only_on_loopback(sqlite_settings, sqlite_resources):
    plain = logout_cookie(sqlite_settings)
    assert (plain.key, plain.secure, plain.max_age) == ("newsreel", False, 0)
    values = dict(sqlite_settings) | {"public_url": "https://news.example.org", "secret_key": SecretStr("k" * 40)}
    secure = login_cookie(Settings(_env_file=None, **values), _Login)  # type: ignore[arg-type]
    header = secure.to_header(header="")
    assert header.startswith("__Host-newsreel=token;")
    for part in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
        assert part in header
    assert "Domain" not in header


class _Login:
    token = "token"
