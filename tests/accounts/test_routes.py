"""Every route of accounts, for strangers and for other sites (T34, T35), and no secret anywhere (T27)."""

import logging

import pytest
import sqlalchemy as sa
import structlog

from app.accounts.controllers import route_handlers
from app.accounts.jobs import sweep
from app.accounts.tokens import vault
from app.models import metadata
from tests.accounts.support import CITY, dump_account, load_account, load_tokens, make_account, open_strange_browser
from tests.auth.support import PASSWORD, SAMPLE_ID, build_app, list_endpoints

PUBLIC = {
    ("GET", "/api/tiktok/callback"),
    ("GET", "/tiktok/callback"),
    ("GET", "/api/business/callback"),
    ("GET", "/api/tiktok/status"),
    ("GET", "/tiktok/status"),
}
CLOSED = {
    ("GET", "/api/accounts"),
    ("PATCH", "/api/accounts/{id}"),
    ("DELETE", "/api/accounts/{id}"),
    ("GET", "/api/accounts/{id}/creator-info"),
    ("POST", "/api/accounts/pending/{id}/accept"),
    ("POST", "/api/accounts/pending/{id}/discard"),
    ("POST", "/api/accounts/pending/{id}/move"),
    ("GET", "/api/business/auth"),
    ("GET", "/api/business/auth-url"),
    ("GET", "/api/business/media-property"),
    ("POST", "/api/business/media-property"),
    ("PUT", "/api/settings/tiktok-app"),
    ("GET", "/api/tiktok/auth"),
    ("GET", "/api/tiktok/auth-url"),
    ("GET", "/api/tiktok/refresh-token"),
    ("POST", "/api/tiktok/refresh-token"),
    ("GET", "/tiktok/auth"),
    ("GET", "/tiktok/auth-url"),
    ("GET", "/tiktok/refresh-token"),
    ("POST", "/tiktok/refresh-token"),
}


async def test_every_route_is_closed_to_strangers_but_callback_and_status(sqlite_resources):
    everything = list_endpoints(build_app(sqlite_resources, route_handlers))
    endpoints = [endpoint for endpoint in everything if not endpoint.path.startswith("/api/auth")]
    known = {(endpoint.method, endpoint.path.replace(SAMPLE_ID, "{id}")) for endpoint in endpoints}
    assert known >= PUBLIC | CLOSED
    assert {(endpoint.method, endpoint.path) for endpoint in endpoints if endpoint.is_public} == PUBLIC
    async with open_strange_browser(sqlite_resources) as stranger:
        for endpoint in endpoints:
            answer = await stranger.client.request(endpoint.method, endpoint.path)
            assert answer.status_code == 401 or endpoint.is_public, endpoint


async def test_no_unsafe_route_obeys_another_site_or_a_cookie_alone(sqlite_newsreel, tiktok, sqlite_browser):
    account = await make_account(sqlite_newsreel, tiktok)
    unsafe = [endpoint for endpoint in list_endpoints(build_app(sqlite_newsreel, route_handlers)) if endpoint.is_unsafe]
    for endpoint in (endpoint for endpoint in unsafe if not endpoint.is_public):
        path = endpoint.path.replace(SAMPLE_ID, account.id)
        for headers in (
            {},
            {"x-csrftoken": "wrong"},
            {"x-csrftoken": sqlite_browser.csrf_token, "Sec-Fetch-Site": "cross-site"},
            {"x-csrftoken": sqlite_browser.csrf_token, "Origin": "https://evil.example"},
        ):
            answer = await sqlite_browser.client.request(endpoint.method, path, headers=headers)
            assert answer.status_code == 403, (endpoint, headers)
    assert dump_account(await load_account(sqlite_newsreel, account.id)) == dump_account(account)


@pytest.mark.parametrize("path", ["/api/tiktok/refresh-token", "/tiktok/refresh-token"])
async def test_another_site_cannot_make_us_refresh_by_a_link(sqlite_newsreel, tiktok, sqlite_browser, path):
    await make_account(sqlite_newsreel, tiktok)
    answer = await sqlite_browser.client.get(path, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert tiktok.refreshes == 0


@pytest.mark.both_databases
async def test_no_secret_is_logged_answered_or_stored_in_plain_text(newsreel, tiktok, browser, caplog):
    caplog.set_level(logging.DEBUG)
    answers: list[str] = []

    async def do(method: str, path: str, **options) -> None:
        answers.append((await browser.request(method, path, **options)).text)

    with structlog.testing.capture_logs() as logs:
        address = await browser.allow(await browser.start())
        await browser.come_back(address)
        await browser.come_back(address)
        (item,) = (await browser.client.get("/api/accounts")).json()["items"]
        await do(
            "PUT",
            "/api/settings/tiktok-app",
            json={"client_key": "emulated-client-key", "client_secret": secret(tiktok)},
        )
        await do("GET", f"/api/accounts/{item['id']}")
        await do("GET", f"/api/accounts/{item['id']}/creator-info")
        await do("POST", "/api/tiktok/refresh-token")
        tiktok.fail(endpoint="token", raw="busy", http_status=503, times=2)
        await do("POST", "/api/tiktok/refresh-token")
        await browser.connect(CITY, f"/api/tiktok/auth?account_id={item['id']}")
        await sweep(newsreel)
        dump = await dump_database(newsreel)
        tiktok.fail(endpoint="token", code="invalid_grant", http_status=400)
        await do("POST", "/api/tiktok/refresh-token")
        await do("DELETE", f"/api/accounts/{item['id']}")
    query = dict(part.split("=", 1) for part in address.partition("?")[2].split("&"))
    secrets = [
        *tiktok.world.by_access_token,
        *tiktok.world.by_refresh_token,
        secret(tiktok),
        newsreel.settings.secret_keys[0],
        PASSWORD,
        query["state"],
        query["code"],
        *tiktok.world.codes,
    ]
    assert len(secrets) >= 10
    assert "emulated" in dump.lower()
    # The test's own browser logs the addresses that it visits: uvicorn's access log is the web process's business.
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    for haystack in (repr(logs), "\n".join(ours), "\n".join(answers), dump):
        assert not [value for value in secrets if value in haystack]


async def test_no_secret_is_logged_with_an_unexpected_error(newsreel, tiktok, browser, monkeypatch, capsys):
    account = await make_account(newsreel, tiktok, is_expired=True)
    token = vault.open_refresh_token(newsreel.keyring, await load_tokens(newsreel, account.id))

    def fail(*args, **kwargs):
        raise RuntimeError("something nobody thought of")

    monkeypatch.setattr(vault, "read_grant", fail)
    with structlog.testing.capture_logs() as logs:
        answer = await browser.request("POST", "/api/tiktok/refresh-token")
    assert answer.status_code == 500
    assert token not in repr(logs) + answer.text + "".join(capsys.readouterr())


def secret(tiktok) -> str:
    return str(tiktok.world.settings.client_secret)


async def dump_database(resources) -> str:
    lines: list[str] = []
    async with resources.read() as session:
        for table in metadata.sorted_tables:
            rows = await session.exec(sa.select(table))
            lines.extend(repr(tuple(row)) for row in rows)
    assert len(lines) >= 5
    return "\n".join(lines)
