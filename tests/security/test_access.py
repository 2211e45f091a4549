"""Who may do what: every route of the app, as a stranger, and as somebody else's site in an admin's browser."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from app.auth.service import log_in
from app.db import Database
from app.resources import Resources
from tests.builders import make_account, make_article, make_post, make_source
from tests.support.whole_app import (
    EMAIL,
    ORIGIN,
    PASSWORD,
    SOME_ID,
    Caller,
    Endpoint,
    list_endpoints,
    log_in_browser,
    make_admin,
    open_app,
)

# What anybody may ask for. Whoever makes another route public has to say so here as well.
PUBLIC = {
    "GET /",
    "GET /admin/login",
    "POST /admin/login",
    "POST /admin/login/code",
    "GET /admin/invitation/{token}",
    "POST /admin/invitation/{token}",
    "GET /admin/setup/{token}",
    "POST /admin/setup/{token}",
    "POST /api/auth/login",
    "GET /api/approvals/{token}",
    "POST /api/approvals/{token}/approve",
    "POST /api/approvals/{token}/reject",
    "GET /approve/{token}",
    "GET /approve/{token}/creator",
    "GET /approve/{token}/pictures/{number}",
    "GET /approve/{token}/video",
    "POST /approve/{token}/approve",
    "POST /approve/{token}/arrange",
    "POST /approve/{token}/look",
    "POST /approve/{token}/reject",
    "GET /api/tiktok/callback",
    "GET /api/tiktok/status",
    "GET /tiktok/callback",
    "GET /tiktok/status",
    "GET /newsreel-wordpress.zip",
    "GET /healthz",
    "HEAD /healthz",
    "GET /readyz",
    "HEAD /readyz",
    "GET /media/{token}/{name}",
    "HEAD /media/{token}/{name}",
    "GET /media/{filename}",
    "HEAD /media/{filename}",
    "GET /static/{file_path}",
    "HEAD /static/{file_path}",
    "GET /{filename}",
    "HEAD /{filename}",
    "POST /webhooks/cms/{slug}",
    "GET /webhooks/websub/{token}",
    "POST /webhooks/websub/{token}",
    "POST /api/tiktok/webhook",
    "POST /tiktok/webhook",
    "POST /tiktok/ads-notices/{watch_id}/{object_id}",
    "POST /internal/execute",
    "GET /internal/health",
    "GET /internal/operations",
    "GET /api/ads/callback",
    "GET /social/callback/TT",
    "GET /api/business/callback",
}
# Signed by those who send them, and sent by no browser; or a mere hint, of which nothing is believed.
WEBHOOKS = {
    "POST /webhooks/cms/{slug}", "POST /api/tiktok/webhook", "POST /tiktok/webhook", "POST /internal/execute",
    "POST /tiktok/ads-notices/{watch_id}/{object_id}", "POST /webhooks/websub/{token}",
}  # fmt: skip
# GET, but it changes something: a hop that begins, the name and the method that older deployments use, and a question
# to TikTok, before which tokens may be refreshed.
CHANGING_GETS = {
    f"GET {prefix}/{name}" for prefix in ("/api/tiktok", "/tiktok") for name in ("auth", "auth-url", "refresh-token")
} | {
    "GET /api/accounts/{account_id}/audience",
    "GET /api/accounts/{account_id}/creator-info",
    "GET /admin/settings/social-media/accounts/{account_id}/creator",
    "GET /admin/posts/{post_id}/creator",
    "GET /admin/approvals/{post_id}/creator",
    "GET /admin/posts/new/accounts/{account_id}",
    "GET /api/ads/auth-url",
    "GET /social/connect/TT",
    "GET /api/business/auth",
    "GET /api/business/auth-url",
}
# The end of the hop comes from TikTok's site, and is held by its `state` and cookie.
FOREIGN_GETS = {
    "GET /api/tiktok/callback", "GET /tiktok/callback", "GET /api/ads/callback", "GET /social/callback/TT",
    "GET /api/business/callback",
}  # fmt: skip
# Rows that only note that somebody was there: when a login was used, how many calls were made, what was counted.
NOTES = {"login_sessions", "call_budgets", "metric_counts"}


@pytest.fixture
async def caller(resources: Resources) -> AsyncIterator[Caller]:
    await make_admin(resources)
    async with open_app(resources) as opened:
        yield opened


@pytest.fixture
def client(caller: Caller) -> httpx.AsyncClient:
    return caller.http


@pytest.fixture
def endpoints(caller: Caller) -> list[Endpoint]:
    found = list(list_endpoints(caller.app))
    assert len(found) > 60
    return found


def unsafe(endpoints: list[Endpoint]) -> list[Endpoint]:
    return [endpoint for endpoint in endpoints if endpoint.is_unsafe and str(endpoint) not in WEBHOOKS]


async def call(client: httpx.AsyncClient, endpoint: Endpoint, **headers: str) -> httpx.Response:
    body = None if not endpoint.is_unsafe else b"" if endpoint.is_page else b"{}"
    kind = "application/x-www-form-urlencoded" if endpoint.is_page else "application/json"
    return await client.request(endpoint.method, endpoint.path, content=body, headers={"content-type": kind, **headers})


async def test_strangers_get_nothing_but_what_is_listed_as_public(client, endpoints):
    there = {str(endpoint) for endpoint in endpoints}
    assert there >= PUBLIC, "the list names routes that are gone"
    for endpoint in endpoints:
        if str(endpoint) in PUBLIC:
            continue
        answer = await call(client, endpoint)
        if endpoint.is_page:
            assert answer.status_code == 303, endpoint
            assert answer.headers["location"].startswith("/admin/login"), endpoint
        else:
            assert answer.status_code == 401, endpoint
            assert answer.json()["code"] == "unauthorized", endpoint


async def test_a_token_that_is_none_opens_nothing(client, endpoints):
    for endpoint in endpoints:
        if str(endpoint) not in PUBLIC and not endpoint.is_page:
            answer = await call(client, endpoint, authorization="Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.")
            assert answer.status_code == 401, endpoint


async def test_what_is_public_needs_no_login(client):
    for path in ("/healthz", "/api/tiktok/status", "/tiktok/status", "/admin/login", "/static/favicon.svg"):
        assert (await client.get(path)).status_code == 200, path
    callback = await client.get("/api/tiktok/callback")
    assert callback.status_code == 302
    assert callback.headers["location"].startswith("/admin/settings/social-media?tiktok_auth=error&reason=")


async def test_the_root_and_the_old_address_of_the_pages_lead_a_stranger_to_the_login_form(client):
    client.follow_redirects = True
    for path in ("/", "/social", "/social/", "/admin", "/admin/"):
        answer = await client.get(path)
        assert answer.status_code == 200, path
        assert answer.url.path == "/admin/login", path
        assert 'name="password"' in answer.text, path


async def test_the_root_leads_an_admin_to_the_desk_and_the_old_address_has_the_inbox(client, resources):
    await log_in_browser(client, resources)
    assert (await client.get("/")).headers["location"] == "/admin/"
    for path in ("/social", "/social/"):
        answer = await client.get(path)
        assert answer.status_code == 200, path
        assert 'href="/social/connect/TT/"' in answer.text, path


@pytest.mark.parametrize("kind", ["none", "wrong", "of another session"])
async def test_no_route_changes_anything_for_a_cookie_without_its_csrf_token(client, endpoints, resources, kind):
    await log_in_browser(client, resources)
    other = await log_in(resources, EMAIL, PASSWORD, "127.0.0.1")
    token = {"none": {}, "wrong": {"x-csrftoken": "x" * 64}, "of another session": {"x-csrftoken": other.csrf_token}}
    seen = 0
    for endpoint in unsafe(endpoints):
        if str(endpoint) in PUBLIC:
            continue
        answer = await call(client, endpoint, origin=ORIGIN, **token[kind])
        assert answer.status_code == 403, endpoint
        seen += 1
    assert seen > 25


def form(token: str) -> tuple[bytes, str]:
    return f"_csrf_token={token}".encode(), "application/x-www-form-urlencoded"


def parts(token: str) -> tuple[bytes, str]:
    part = f'--b\r\ncontent-disposition: form-data; name="_csrf_token"\r\n\r\n{token}\r\n--b--\r\n'
    return part.encode(), "multipart/form-data; boundary=b"


@pytest.mark.parametrize("write", [form, parts])
async def test_no_route_changes_anything_for_a_form_with_a_token_that_is_not_this_logins(
    client, endpoints, resources, write
):
    """What another site's page can make a browser send: forms, and plain text that looks like JSON."""
    login = await log_in_browser(client, resources)
    other = await log_in(resources, EMAIL, PASSWORD, "127.0.0.1")
    bodies = [write(other.csrf_token), write(""), (b'{"x-csrftoken": "%s"}' % login.csrf_token.encode(), "text/plain")]
    with statements_of(resources.db) as written:
        for endpoint in unsafe(endpoints):
            if str(endpoint) in PUBLIC:
                continue
            for body, kind in bodies:
                answer = await client.request(
                    endpoint.method, endpoint.path, content=body, headers={"content-type": kind}
                )
                assert (answer.status_code, "csrf_failed" in answer.text or endpoint.is_page) == (403, True), endpoint
    assert written <= NOTES


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
    ids=lambda headers: " ".join(headers.values()),
)
async def test_no_route_changes_anything_on_another_sites_behalf(client, endpoints, resources, headers):
    login = await log_in_browser(client, resources)
    asked = [*unsafe(endpoints), *(found for found in endpoints if str(found) in CHANGING_GETS)]
    assert len(asked) > 25
    for endpoint in asked:
        answer = await call(client, endpoint, **{"x-csrftoken": login.csrf_token, **headers})
        assert answer.status_code == 403, endpoint


async def test_every_get_that_changes_anything_is_held_to_our_own_site(client, endpoints, resources):
    await log_in_browser(client, resources)
    async with resources.transaction() as session:
        await make_account(session, id=SOME_ID)
        await make_source(session, id=SOME_ID)
        await make_article(session, id=SOME_ID, source_id=SOME_ID)
        await make_post(session, id=SOME_ID, article_id=SOME_ID, account_id=SOME_ID)
    changing = set()
    for endpoint in endpoints:
        if endpoint.is_unsafe:
            continue
        with statements_of(resources.db) as written:
            await call(client, endpoint, **{"sec-fetch-site": "same-origin"})
        if written - NOTES:
            changing.add(str(endpoint))
    assert changing - FOREIGN_GETS <= CHANGING_GETS, "opt={'same_site': True}, and name it here"
    assert {
        str(found) for found in endpoints if found.options.get("same_site") and not found.is_unsafe
    } == CHANGING_GETS
    assert {"GET /api/tiktok/auth", "GET /tiktok/auth-url"} <= changing


@contextmanager
def statements_of(db: Database) -> Iterator[set[str]]:
    """Note the tables that the block writes to."""
    tables: set[str] = set()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found = re.match(r"\s*(?:WITH .*)?(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", statement, re.DOTALL)
        if found:
            tables.add(found[1])

    for engine in db.engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield tables
    finally:
        for engine in db.engines:
            event.remove(engine, "before_cursor_execute", note)


async def test_the_right_csrf_token_from_our_own_page_is_let_through(client, resources):
    login = await log_in_browser(client, resources)
    headers = {"x-csrftoken": login.csrf_token, "origin": ORIGIN, "sec-fetch-site": "same-origin"}
    made = await client.post("/api/sources", json={"name": "Newsroom", "kind": "generic"}, headers=headers)
    assert made.status_code == 201


async def test_a_webhook_is_judged_by_its_signature_alone(client, resources):
    await log_in_browser(client, resources)
    foreign = {"Origin": "https://cms.example", "Sec-Fetch-Site": "cross-site"}
    for headers in ({}, foreign):
        answer = await client.post("/webhooks/cms/nobody", content=b"{}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "signature_refused")
