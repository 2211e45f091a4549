"""The OAuth hop, from our link over TikTok's consent page to our callback (T23, T24, T25)."""

import asyncio
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import time_machine
from pydantic import SecretStr
from sqlmodel import select

from app.accounts.models import Account, AccountState, OAuthState, PublishMode
from app.accounts.tokens import vault
from app.accounts.tokens.access import access_token
from app.kit.clock import utcnow
from tests.accounts.support import (
    CITY,
    DAILY,
    at_tiktok,
    load_account,
    load_tokens,
    make_account,
    open_browser,
    open_strange_browser,
    run_tiktok,
)
from tests.builders import change_account

SUCCESS = {"tiktok_auth": "success"}


def error(reason: str) -> dict[str, str]:
    return {"tiktok_auth": "error", "reason": reason}


async def list_accounts(resources) -> list[Account]:
    async with resources.read() as session:
        return list((await session.exec(select(Account))).all())


async def test_connects_an_account(newsreel, tiktok, browser):
    assert await browser.connect() == SUCCESS
    (account,) = await list_accounts(newsreel)
    assert (account.open_id, account.display_name, account.username) == (DAILY, "Daily Bulletin", "daily.bulletin")
    assert account.state is AccountState.connected
    assert account.settings.mode is PublishMode.direct
    assert account.settings.privacy_level is None
    assert set(account.scopes) == set(newsreel.settings.scopes)
    token = await access_token(newsreel, account.id)
    assert tiktok.world.by_access_token[token].open_id == DAILY
    assert not tiktok.violations


@pytest.mark.parametrize("path", ["/tiktok/auth", "/api/tiktok/auth"])
async def test_both_names_of_the_routes_lead_to_the_consent_page(sqlite_browser, tiktok, path):
    address = urlsplit(await sqlite_browser.start(path))
    assert address.netloc == urlsplit(tiktok.url).netloc
    query = parse_qs(address.query)
    assert query["redirect_uri"] == ["http://127.0.0.1:8000/api/tiktok/callback"]
    assert query["response_type"] == ["code"]
    assert len(query["state"][0]) >= 43


async def test_gives_the_address_as_json_with_the_same_cookie(sqlite_browser):
    answer = await sqlite_browser.client.get("/api/tiktok/auth-url")
    body = answer.json()
    assert parse_qs(urlsplit(body["url"]).query)["state"] == [body["state"]]
    cookie = answer.headers["set-cookie"]
    for part in ("newsreel-oauth=", "HttpOnly", "SameSite=lax", "Max-Age=600", "Path=/"):
        assert part in cookie
    assert await sqlite_browser.come_back(await sqlite_browser.allow(body["url"])) == SUCCESS


@pytest.mark.parametrize(
    ("pkce", "app_type", "redirect_uri"),
    [
        ("auto", "desktop", ""),
        ("hex", "desktop", ""),
        ("auto", "web", "https://news.example.org/api/tiktok/callback"),
        ("base64url", "web", ""),
        ("off", "web", "https://news.example.org/api/tiktok/callback"),
    ],
)
async def test_speaks_the_pkce_that_the_app_wants(sqlite_resources, pkce, app_type, redirect_uri):
    async with run_tiktok(app_type=app_type) as tiktok:
        newsreel = at_tiktok(sqlite_resources, tiktok, pkce=pkce, redirect_uri=redirect_uri)
        async with open_browser(newsreel) as browser:
            address = await browser.allow(await browser.start())
            assert address.startswith(redirect_uri or "http://127.0.0.1:8000/")
            assert await browser.come_back(f"/api/tiktok/callback?{urlsplit(address).query}") == SUCCESS


async def test_a_callback_without_the_cookie_reaches_no_token_endpoint(newsreel, tiktok, browser):
    address = await browser.allow(await browser.start())
    async with open_strange_browser(newsreel) as stranger:
        assert await stranger.come_back(address) == error("state_foreign")
        stranger.client.cookies.set("newsreel-oauth", "x" * 43)
        assert await stranger.come_back(address) == error("state_foreign")
    assert tiktok.exchanges == 0
    assert await browser.come_back(address) == SUCCESS


async def test_a_callback_of_another_editor_is_foreign(newsreel, tiktok, browser):
    address = await browser.allow(await browser.start())
    async with open_browser(newsreel, is_new_admin=False) as other:
        await other.start()
        assert await other.come_back(address) == error("state_foreign")
    assert tiktok.exchanges == 0


async def test_the_callback_needs_no_login(newsreel, browser):
    address = await browser.allow(await browser.start())
    browser.client.cookies.delete("newsreel")
    assert await browser.come_back(address) == SUCCESS


async def test_a_second_use_of_the_callback_reaches_no_token_endpoint(newsreel, tiktok, browser):
    address = await browser.allow(await browser.start())
    assert await browser.come_back(address) == SUCCESS
    assert await browser.come_back(address) == error("state_used")
    assert tiktok.exchanges == 1


async def test_a_double_click_connects_once(newsreel, tiktok, browser):
    address = await browser.allow(await browser.start())
    answers = await asyncio.gather(*(browser.come_back(address) for _ in range(8)))
    assert sorted(answers, key=str) == sorted([SUCCESS] + [error("state_used")] * 7, key=str)
    assert tiktok.exchanges == 1
    assert len(await list_accounts(newsreel)) == 1


async def test_a_state_is_over_after_ten_minutes(newsreel, tiktok, browser):
    address = await browser.allow(await browser.start())
    with time_machine.travel(utcnow() + timedelta(minutes=10, seconds=1)):
        assert await browser.come_back(address) == error("state_expired")
    assert tiktok.exchanges == 0


async def test_two_tabs_both_come_back(newsreel, tiktok, browser):
    first, second = await browser.start(), await browser.start()
    assert await browser.come_back(await browser.allow(first, DAILY)) == SUCCESS
    assert await browser.come_back(await browser.allow(second, CITY)) == SUCCESS
    assert {account.open_id for account in await list_accounts(newsreel)} == {DAILY, CITY}


async def test_a_planted_binding_of_the_wrong_shape_is_not_kept(sqlite_newsreel, sqlite_browser):
    sqlite_browser.client.cookies.set("newsreel-oauth", "planted", domain="127.0.0.1", path="/")
    answer = await sqlite_browser.client.get("/api/tiktok/auth")
    assert "planted" not in answer.headers["set-cookie"]


async def test_a_refusal_on_the_consent_page_is_told(newsreel, tiktok, browser):
    assert await browser.come_back(await browser.deny(await browser.start())) == error("access_denied")
    assert tiktok.exchanges == 0


async def test_code_and_error_together_are_an_error(newsreel, tiktok, browser):
    address = await browser.allow(await browser.start())
    assert await browser.come_back(f"{address}&error=access_denied") == error("access_denied")
    assert tiktok.exchanges == 0


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "state_missing"),
        ("code=x", "state_missing"),
        ("state=", "state_missing"),
        ("state=unknown&code=x", "state_unknown"),
        (f"state={'x' * 10000}&code=x", "state_missing"),
        ("state=%00&code=%00", "state_unknown"),
        ("state=%ff%fe&code=%ff", "state_unknown"),
        ("state=a&state=b", "state_missing"),
        ("state[]=a&code[]=b", "state_missing"),
        ("%=%&&&=;;", "state_missing"),
        ("state=true&code=1", "state_unknown"),
        ("state=%F0%9F%98%80", "state_unknown"),
        ("error=x", "state_missing"),
        (f"state={quote('<script>alert(1)</script>')}", "state_unknown"),
    ],
)
async def test_any_garbage_ends_on_the_settings_page(resources, query, reason):
    async with open_strange_browser(resources) as stranger:
        assert await stranger.come_back(f"/api/tiktok/callback?{query}") == error(reason)
        assert await stranger.come_back(f"/tiktok/callback?{query}") == error(reason)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "missing_code"),
        ("code=", "missing_code"),
        ("code=a&code=b", "missing_code"),
        ("code=nonsense", "exchange_failed"),
        ("code=%00%ff", "exchange_failed"),
        ("error=%3Cscript%3E", "tiktok_error"),
        ("error=server_error&error_description=%00", "server_error"),
    ],
)
async def test_garbage_beside_a_good_state_is_told_apart(newsreel, browser, query, reason):
    state = (await browser.client.get("/api/tiktok/auth-url")).json()["state"]
    assert await browser.come_back(f"/api/tiktok/callback?state={state}&{query}") == error(reason)
    assert await list_accounts(newsreel) == []


async def test_a_host_header_does_not_change_the_redirect_address(sqlite_browser):
    for name in ("Host", "X-Forwarded-Host", "Forwarded", "X-Original-Host"):
        value = "host=evil.example" if name == "Forwarded" else "evil.example"
        answer = await sqlite_browser.client.get("/api/tiktok/auth", headers={name: value})
        assert "evil.example" not in answer.headers["location"]
        back = await sqlite_browser.client.get(
            "/api/tiktok/callback?state=x&next=//evil.example", headers={name: value}
        )
        assert back.headers["location"].startswith("/admin/settings/social-media?")
        assert "evil" not in back.headers["location"]


async def test_wrong_credentials_and_an_absent_tiktok_have_reasons_of_their_own(
    sqlite_newsreel, tiktok, sqlite_browser
):
    address = await sqlite_browser.allow(await sqlite_browser.start())
    tiktok.world.settings.client_secret = "rotated"
    assert await sqlite_browser.come_back(address) == error("invalid_client")
    tiktok.world.settings.client_secret = sqlite_newsreel.settings.client_secret.get_secret_value()
    address = await sqlite_browser.allow(await sqlite_browser.start())
    tiktok.fail(endpoint="token", raw="<html>", http_status=502)
    assert await sqlite_browser.come_back(address) == error("tiktok_unavailable")


async def test_says_that_credentials_are_missing(sqlite_resources, tiktok):
    newsreel = at_tiktok(sqlite_resources, tiktok, client_secret=SecretStr(""))
    async with open_browser(newsreel) as browser:
        assert await browser.come_back("/api/tiktok/auth") == error("not_configured")
        answer = await browser.client.get("/api/tiktok/auth-url")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_configured")


async def test_without_a_posting_scope_nothing_is_connected_and_the_permission_is_given_back(newsreel, tiktok, browser):
    assert await browser.connect(scopes="user.info.basic,video.list") == error("missing_scope")
    assert await list_accounts(newsreel) == []
    assert all(pair.revoked for pair in tiktok.world.tokens_of(DAILY))


async def test_a_connected_account_survives_a_second_consent_without_posting_scopes(newsreel, tiktok, browser):
    account = await make_account(newsreel, tiktok)
    assert await browser.connect(scopes="user.info.basic") == error("missing_scope")
    assert (await load_account(newsreel, account.id)).state is AccountState.connected
    assert tiktok.count("revoke") == 0


async def test_an_account_that_granted_only_drafts_is_connected_for_drafts(newsreel, browser):
    assert await browser.connect(scopes="user.info.basic,video.upload") == SUCCESS
    (account,) = await list_accounts(newsreel)
    assert account.settings.mode is PublishMode.inbox
    assert account.scopes == ["user.info.basic", "video.upload"]
    assert (account.display_name, account.username) == ("Daily Bulletin", "")


async def test_the_name_is_taken_from_the_creator_where_the_profile_may_not_be_read(newsreel, browser):
    assert await browser.connect(scopes="user.info.basic,video.publish") == SUCCESS
    (account,) = await list_accounts(newsreel)
    assert (account.display_name, account.username) == ("Daily Bulletin", "daily.bulletin")


async def test_an_account_whose_profile_cannot_be_read_is_connected_all_the_same(newsreel, tiktok, browser):
    tiktok.fail(endpoint="user_info", code="internal_error")
    assert await browser.connect() == SUCCESS
    (account,) = await list_accounts(newsreel)
    assert account.state is AccountState.connected


async def test_the_tokens_are_stored_before_they_are_used(newsreel, tiktok, browser):
    address = await browser.allow(await browser.start())
    tiktok.fail(endpoint="user_info", hang=0.6)
    coming = asyncio.create_task(browser.come_back(address))
    for _ in range(50):
        await asyncio.sleep(0.01)
        if tiktok.count("user_info"):
            break
    (account,) = await list_accounts(newsreel)
    assert (await load_tokens(newsreel, account.id)).version == 1
    assert await coming == SUCCESS


async def test_connecting_again_renews_the_same_account_and_keeps_its_settings(newsreel, tiktok, browser):
    account = await make_account(newsreel, tiktok)
    async with newsreel.transaction() as session:
        changes = {"state": AccountState.reconnect, "state_reason": "invalid_grant", "daily_cap": 3, "enabled": False}
        await change_account(session, account.id, **changes)
    assert await browser.connect() == SUCCESS
    (again,) = await list_accounts(newsreel)
    assert (again.id, again.state, again.state_reason) == (account.id, AccountState.connected, None)
    assert (again.settings.daily_cap, again.settings.enabled) == (3, False)
    assert (await load_tokens(newsreel, account.id)).version == 2


async def test_a_reconnect_with_fewer_scopes_never_posts_unasked(newsreel, tiktok, browser):
    account = await make_account(newsreel, tiktok)
    assert await browser.connect(scopes="user.info.basic,video.upload") == SUCCESS
    assert (await load_account(newsreel, account.id)).settings.mode is PublishMode.inbox
    assert await browser.connect(scopes="user.info.basic,video.publish") == SUCCESS
    assert (await load_account(newsreel, account.id)).settings.mode is PublishMode.approve


async def test_eight_connections_of_one_account_at_once_make_one(newsreel, tiktok, browser):
    addresses = [await browser.allow(await browser.start()) for _ in range(8)]
    answers = await asyncio.gather(*(browser.come_back(address) for address in addresses))
    (account,) = await list_accounts(newsreel)
    assert answers.count(SUCCESS) >= 1
    tokens = await load_tokens(newsreel, account.id)
    assert tokens.version == answers.count(SUCCESS)
    token = vault.open_access_token(newsreel.keyring, tokens)
    assert not tiktok.world.by_access_token[token].revoked


async def test_reconnecting_an_unknown_account_is_not_found(sqlite_browser):
    for account_id in ("0190b2f0-0000-7000-8000-000000000000", "%00", "x" * 100):
        assert (await sqlite_browser.client.get(f"/api/tiktok/auth?account_id={account_id}")).status_code == 404


async def test_neither_state_nor_verifier_nor_binding_stands_in_the_database(newsreel, browser):
    answer = await browser.client.get("/api/tiktok/auth-url")
    binding = browser.client.cookies["newsreel-oauth"]
    async with newsreel.read() as session:
        hop = (await session.exec(select(OAuthState))).one()
    verifier = vault.open_verifier(newsreel.keyring, hop)
    assert verifier is not None
    dump = repr(hop.model_dump())
    assert not any(secret in dump for secret in (answer.json()["state"], binding, verifier))
