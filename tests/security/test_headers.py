"""The headers that protect a browser stand on every answer, whoever asks and however it ends."""

import dataclasses

import httpx

from app.resources import Resources
from tests.support.whole_app import (
    ORIGIN,
    Endpoint,
    list_endpoints,
    log_in_browser,
    log_in_program,
    make_admin,
    open_app,
    open_client,
)


def check(answer: httpx.Response, what: object) -> None:
    headers = answer.headers
    assert headers["x-content-type-options"] == "nosniff", what
    assert headers["x-frame-options"] == "DENY", what
    # An address that is a secret is not told even to our own pages.
    is_secret = answer.request.url.path.startswith("/approve/") and answer.headers.get("x-robots-tag")
    assert headers["referrer-policy"] == ("strict-origin" if is_secret else "same-origin"), what
    assert headers["cross-origin-opener-policy"] == "same-origin", what
    assert "camera=()" in headers["permissions-policy"], what
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'"), what
    assert "frame-ancestors 'none'" in policy, what
    assert "base-uri 'none'" in policy, what
    assert "script-src 'self';" in policy, what
    assert "unsafe-eval" not in policy, what
    assert "unsafe-inline" not in policy, what
    if answer.request.url.path.startswith(("/admin", "/api", "/tiktok/")):
        assert "no-store" in headers["cache-control"] or "private" in headers["cache-control"], what


async def call(client: httpx.AsyncClient, endpoint: Endpoint, **headers: str) -> httpx.Response:
    body = b"{}" if endpoint.is_unsafe else None
    return await client.request(endpoint.method, endpoint.path, content=body, headers=headers)


async def test_they_stand_on_every_route_for_a_stranger(sqlite_resources):
    async with open_app(sqlite_resources) as caller:
        for endpoint in list_endpoints(caller.app):
            check(await call(caller.http, endpoint), endpoint)


async def test_they_stand_on_every_route_for_an_admin(sqlite_resources):
    await make_admin(sqlite_resources)
    async with open_app(sqlite_resources) as caller:
        login = await log_in_browser(caller.http, sqlite_resources)
        headers = {"x-csrftoken": login.csrf_token, "origin": ORIGIN}
        for endpoint in list_endpoints(caller.app):
            if not endpoint.template.endswith("/logout"):
                answer = await call(caller.http, endpoint, **headers)
                assert endpoint.options.get("public") or answer.status_code not in {401, 403}, endpoint
                check(answer, endpoint)


REFUSALS = [
    ("GET", "/no/such/page", b"", 404),
    ("GET", "/api/nothing", b"", 404),
    ("GET", "/media/nobody/1.jpg", b"", 404),
    ("GET", "/static/none.css", b"", 404),
    ("GET", "/schema/nothing", b"", 404),
    ("GET", "/admin/nothing", b"", 404),
    ("PUT", "/api/posts", b"{}", 405),
    ("POST", "/media/nobody/1.jpg", b"", 405),
    ("DELETE", "/static/favicon.svg", b"", 405),
    ("POST", "/api/sources", b"x" * (1024 * 1024 + 1), 413),
    ("POST", "/api/sources", b"{", 400),
    ("POST", "/api/verification-files", b'{"filename": "x.txt", "content": "x"}', 422),
    ("POST", "/webhooks/cms/nobody", b"{}", 401),
    ("POST", "/api/tiktok/webhook", b"{}", 401),
    ("POST", "/tiktok/webhook", b"x" * (64 * 1024 + 1), 413),
    ("OPTIONS", "/api/posts", b"", 204),
]


async def test_they_stand_on_every_kind_of_refusal(sqlite_resources):
    await make_admin(sqlite_resources)
    async with open_client(sqlite_resources) as client:
        await log_in_program(client, sqlite_resources)
        for method, path, body, status in REFUSALS:
            answer = await client.request(method, path, content=body, headers={"content-type": "application/json"})
            assert answer.status_code == status, (method, path)
            check(answer, path)


async def test_they_stand_where_something_breaks(sqlite_resources):
    await make_admin(sqlite_resources)
    broken = dataclasses.replace(sqlite_resources, keyring=None)
    async with open_client(broken) as client:
        login = await log_in_browser(client, sqlite_resources)
        headers = {"x-csrftoken": login.csrf_token, "origin": ORIGIN}
        source = {"name": "Newsroom", "kind": "generic"}
        answers = [
            await client.post("/api/sources", json=source, headers=headers),
            await client.post("/admin/sources", data=source, headers=headers),
        ]
    for answer in answers:
        assert answer.status_code == 500
        check(answer, answer.request.url)


async def test_browsers_are_told_to_stay_with_https_where_the_public_address_has_it(sqlite_settings, sqlite_resources):
    assert await hsts_of(sqlite_resources) is None
    there = sqlite_settings.model_copy(update={"public_url": "https://news.example.org"})
    seconds = (await hsts_of(dataclasses.replace(sqlite_resources, settings=there)) or "").split("max-age=")[1]
    assert int(seconds.partition(";")[0]) >= 365 * 24 * 3600


async def hsts_of(resources: Resources) -> str | None:
    async with open_client(resources) as client:
        value: str | None = (await client.get("/healthz")).headers.get("strict-transport-security")
        return value


async def test_cookies_are_bound_to_this_host_and_hidden_from_script_over_https(sqlite_settings, sqlite_resources):
    await make_admin(sqlite_resources)
    there = sqlite_settings.model_copy(update={"public_url": "https://news.example.org"})
    resources = dataclasses.replace(sqlite_resources, settings=there)
    form = {"email": "editor@newsroom.example", "password": "a quiet harbour at dawn"}
    async with open_client(resources, base_url="https://news.example.org") as client:
        answer = await client.post("/admin/login", data=form)
        assert answer.status_code == 303
        hop = await client.get("/api/tiktok/auth")
        assert hop.status_code == 302
    for cookie in (*answer.headers.get_list("set-cookie"), *hop.headers.get_list("set-cookie")):
        assert cookie.startswith("__Host-newsreel"), cookie
        for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
            assert part.lower() in cookie.lower(), cookie
        assert "domain=" not in cookie.lower()
