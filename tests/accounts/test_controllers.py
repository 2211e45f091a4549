"""The accounts API: listing, settings, refreshing, disconnecting."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from app.accounts.holds import pause_inits
from app.accounts.models import Account, AccountState
from app.accounts.queries import gets_articles
from app.accounts.tokens.reconnect import mark_reconnect
from app.kit.clock import utcnow
from tests.accounts.support import (
    CITY,
    DAILY,
    QUIET,
    at_tiktok,
    dump_account,
    load_account,
    load_tokens,
    make_account,
    open_browser,
    open_strange_browser,
    run_tiktok,
)
from tests.builders import change_account


async def change(resources, account: Account, **values) -> None:
    async with resources.transaction() as session:
        await change_account(session, account.id, **values)


async def test_lists_accounts_page_by_page(newsreel, tiktok, browser):
    made = [(await make_account(newsreel, tiktok, open_id)).id for open_id in (DAILY, CITY, QUIET)]
    first = (await browser.client.get("/api/accounts?limit=2")).json()
    second = (await browser.client.get(f"/api/accounts?limit=2&cursor={first['next_cursor']}")).json()
    assert [item["id"] for item in first["items"] + second["items"]] == made[::-1]
    assert second["next_cursor"] is None


async def test_refuses_an_odd_page(browser):
    for query, status in (("limit=0", 400), ("limit=x", 400), ("cursor=%00", 400), ("cursor=z", 400)):
        assert (await browser.client.get(f"/api/accounts?{query}")).status_code == status, query


async def test_shows_an_account_without_anything_secret(newsreel, tiktok, browser):
    account = await make_account(newsreel, tiktok)
    body = (await browser.client.get(f"/api/accounts/{account.id}")).json()
    assert {"id", "open_id", "display_name", "username", "state", "scopes", "expires_at", "refresh_expires_at"} <= set(
        body
    )
    assert body["state"] == "connected"
    assert body["expires_at"].endswith("Z")
    assert not [name for name in body if "token" in name or "encrypted" in name or "lease" in name]


async def test_an_unknown_account_is_not_found(browser):
    for account_id in ("x", "%00", "%ff", "0190b2f0-0000-7000-8000-000000000000", "x" * 500):
        for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/creator-info")):
            body = {"json": {"enabled": False}} if method == "PATCH" else {}
            answer = await browser.request(method, f"/api/accounts/{account_id}{path}", **body)
            assert answer.status_code == 404, (method, account_id, path)


async def test_tells_what_tiktok_allows_the_creator_now(newsreel, tiktok, browser):
    account = await make_account(newsreel, tiktok, QUIET)
    body = (await browser.client.get(f"/api/accounts/{account.id}/creator-info")).json()
    assert body["creator_nickname"] == "Quiet Room (private)"
    assert body["privacy_level_options"] == ["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
    assert body["is_private"] is True


async def test_creator_info_without_its_scope_says_so_and_asks_nothing(newsreel, tiktok, browser):
    account = await make_account(newsreel, tiktok, scopes=("user.info.basic", "video.upload"))
    answer = await browser.client.get(f"/api/accounts/{account.id}/creator-info")
    assert (answer.status_code, answer.json()["code"]) == (409, "scope_missing")
    assert tiktok.count("creator_info") == 0


async def test_changes_only_what_is_given(newsreel, tiktok, browser):
    account = await make_account(newsreel, tiktok)
    changes = {
        "enabled": False,
        "mode": "approve",
        "privacy_level": "SELF_ONLY",
        "disable_comment": True,
        "auto_add_music": False,
        "language": "kk",
        "daily_cap": 4,
        "title_limit": 90,
        "with_link": False,
    }
    answer = await browser.request("PATCH", f"/api/accounts/{account.id}", json=changes)
    assert answer.status_code == 200, answer.text
    assert answer.json().items() >= changes.items()
    again = await browser.request("PATCH", f"/api/accounts/{account.id}", json={"title_limit": None, "language": ""})
    assert again.json().items() >= (changes | {"title_limit": None, "language": ""}).items()
    unchanged = await browser.request("PATCH", f"/api/accounts/{account.id}", json={})
    assert unchanged.json()["daily_cap"] == 4


async def test_a_privacy_level_that_the_creator_does_not_offer_is_refused(newsreel, tiktok, browser):
    account = await make_account(newsreel, tiktok, QUIET)
    answer = await browser.request("PATCH", f"/api/accounts/{account.id}", json={"privacy_level": "PUBLIC_TO_EVERYONE"})
    assert answer.status_code == 422
    assert "FOLLOWER_OF_CREATOR" in str(answer.json()["params"])
    assert "“Followers”" in answer.json()["detail"]
    assert (await load_account(newsreel, account.id)).settings.privacy_level is None
    fine = await browser.request("PATCH", f"/api/accounts/{account.id}", json={"privacy_level": "FOLLOWER_OF_CREATOR"})
    assert fine.status_code == 200
    back = await browser.request("PATCH", f"/api/accounts/{account.id}", json={"privacy_level": None})
    assert back.json()["privacy_level"] is None


async def test_branded_content_is_never_private(newsreel, tiktok, browser):
    path = f"/api/accounts/{(await make_account(newsreel, tiktok)).id}"
    both = {"privacy_level": "SELF_ONLY", "brand_content_toggle": True}
    assert (await browser.request("PATCH", path, json=both)).status_code == 422
    assert (await browser.request("PATCH", path, json={"privacy_level": "SELF_ONLY"})).status_code == 200
    assert (await browser.request("PATCH", path, json={"brand_content_toggle": True})).status_code == 422
    assert (await browser.request("PATCH", path, json={"brand_organic_toggle": True})).status_code == 200
    public = {"privacy_level": "PUBLIC_TO_EVERYONE", "brand_content_toggle": True}
    assert (await browser.request("PATCH", path, json=public)).status_code == 200
    assert (await browser.request("PATCH", path, json={"privacy_level": "SELF_ONLY"})).status_code == 422


async def test_two_halves_of_a_forbidden_pair_at_once_are_not_both_taken(newsreel, tiktok, browser):
    account = await make_account(newsreel, tiktok)
    path = f"/api/accounts/{account.id}"
    halves: list[dict[str, object]] = [{"privacy_level": "SELF_ONLY"}, {"brand_content_toggle": True}]
    answers = await asyncio.gather(*(browser.request("PATCH", path, json=half) for half in halves))
    assert sorted(answer.status_code for answer in answers) == [200, 422]


FORBIDDEN: list[dict[str, object]] = [
    {"daily_cap": 0},
    {"daily_cap": -1},
    {"daily_cap": 10**6},
    {"daily_cap": None},
    {"mode": "loud"},
    {"mode": None},
    {"language": "Klingon"},
    {"language": "no language"},
    {"privacy_level": "public"},
    {"privacy_level": "A\x00B"},
    {"title_limit": 0},
    {"title_limit": 91},
    {"description_limit": 4001},
    {"caption_limit": 2201},
    {"enabled": None},
    {"state": "connected"},
    {"open_id": "x"},
    {"access_token_encrypted": "x"},
    {"token_version": 0},
    {"id": "x"},
]


async def test_refuses_values_that_tiktok_or_sense_forbid(sqlite_newsreel, tiktok, sqlite_browser):
    account = await make_account(sqlite_newsreel, tiktok)
    for changes in FORBIDDEN:
        answer = await sqlite_browser.request("PATCH", f"/api/accounts/{account.id}", json=changes)
        assert answer.status_code in {400, 422}, (changes, answer.text)
    assert dump_account(await load_account(sqlite_newsreel, account.id)) == dump_account(account)


async def test_a_limit_may_be_as_high_as_the_settings_say(sqlite_resources, tiktok):
    newsreel = at_tiktok(sqlite_resources, tiktok, photo_title_limit=150)
    account = await make_account(newsreel, tiktok)
    async with open_browser(newsreel) as browser:
        path = f"/api/accounts/{account.id}"
        assert (await browser.request("PATCH", path, json={"title_limit": 150})).status_code == 200
        assert (await browser.request("PATCH", path, json={"title_limit": 151})).status_code == 422


@pytest.mark.parametrize(
    ("scope", "mode", "status"),
    [
        ("video.publish", "direct", 200),
        ("video.publish", "approve", 200),
        ("video.publish", "inbox", 422),
        ("video.upload", "inbox", 200),
        ("video.upload", "direct", 422),
        ("video.upload", "approve", 422),
    ],
)
async def test_a_mode_needs_its_scope(sqlite_newsreel, tiktok, sqlite_browser, scope, mode, status):
    account = await make_account(sqlite_newsreel, tiktok, scopes=("user.info.basic", scope))
    answer = await sqlite_browser.request("PATCH", f"/api/accounts/{account.id}", json={"mode": mode})
    assert answer.status_code == status


async def test_a_privacy_level_cannot_be_checked_while_the_account_must_reconnect(newsreel, tiktok, browser):
    account = await make_account(newsreel, tiktok)
    async with newsreel.transaction() as session:
        assert await mark_reconnect(session, account.id, "invalid_grant")
        assert not await mark_reconnect(session, account.id, "invalid_grant")
    answer = await browser.request("PATCH", f"/api/accounts/{account.id}", json={"privacy_level": "SELF_ONLY"})
    assert (answer.status_code, answer.json()["code"]) == (409, "account_needs_reconnect")
    assert (await browser.request("PATCH", f"/api/accounts/{account.id}", json={"enabled": False})).status_code == 200


@pytest.mark.parametrize("path", ["/api/tiktok/refresh-token", "/tiktok/refresh-token"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_refreshes_now(newsreel, tiktok, browser, path, method):
    account = await make_account(newsreel, tiktok)
    answer = await browser.request(method, path)
    assert answer.status_code == 200
    assert answer.json()["account_id"] == account.id
    assert tiktok.refreshes == 1
    assert (await load_tokens(newsreel, account.id)).version == 2


async def test_refreshing_wants_to_know_which_of_several(newsreel, tiktok, browser):
    assert (await browser.request("POST", "/api/tiktok/refresh-token")).status_code == 404
    daily, _ = [await make_account(newsreel, tiktok, open_id) for open_id in (DAILY, CITY)]
    assert (await browser.request("POST", "/api/tiktok/refresh-token")).status_code == 422
    answer = await browser.request("POST", f"/api/tiktok/refresh-token?account_id={daily.id}")
    assert answer.json()["account_id"] == daily.id


async def test_a_refused_refresh_is_a_conflict_that_says_what_to_do(newsreel, tiktok, browser):
    account = await make_account(newsreel, tiktok)
    tiktok.fail(endpoint="token", code="invalid_grant", http_status=400)
    answer = await browser.request("POST", "/api/tiktok/refresh-token")
    assert (answer.status_code, answer.json()["code"]) == (409, "account_needs_reconnect")
    assert (await load_account(newsreel, account.id)).state is AccountState.reconnect


@pytest.mark.parametrize("path", ["/api/tiktok/status", "/tiktok/status"])
async def test_anyone_may_see_whether_accounts_are_connected_and_nothing_more(newsreel, tiktok, path):
    async with open_strange_browser(newsreel) as stranger:
        assert (await stranger.client.get(path)).json() == {"connected": False, "accounts": []}
        account = await make_account(newsreel, tiktok)
        await change(newsreel, account, display_name="Daily Bulletin")
        body = (await stranger.client.get(path)).json()
    assert body["connected"] is True
    assert [set(item) for item in body["accounts"]] == [{"display_name", "state", "expires_at"}]
    assert body["accounts"][0]["state"] == "connected"


async def test_disconnecting_revokes_and_forgets(newsreel, tiktok, browser):
    account = await make_account(newsreel, tiktok)
    answer = await browser.request("DELETE", f"/api/accounts/{account.id}")
    assert answer.status_code == 200
    assert (answer.json()["revoked"], answer.json()["state"]) == (True, "disconnected")
    after = await load_tokens(newsreel, account.id)
    assert (after.access_token_encrypted, after.refresh_token_encrypted, after.refresh_due_at) == (None, None, None)
    assert all(pair.revoked for pair in tiktok.world.tokens_of(DAILY))
    again = await browser.request("DELETE", f"/api/accounts/{account.id}")
    assert (again.status_code, again.json()["revoked"]) == (200, False)
    assert tiktok.count("revoke") == 1


async def test_disconnecting_works_while_tiktok_is_down_and_says_so(sqlite_resources):
    async with run_tiktok() as tiktok:
        newsreel = at_tiktok(sqlite_resources, tiktok)
        account = await make_account(newsreel, tiktok)
    async with open_browser(newsreel) as browser:
        answer = await browser.request("DELETE", f"/api/accounts/{account.id}")
    assert (answer.status_code, answer.json()["revoked"]) == (200, False)
    assert "could not be told" in answer.json()["detail"]
    assert (await load_tokens(newsreel, account.id)).access_token_encrypted is None


async def test_disconnecting_renews_a_dead_token_for_its_last_call(newsreel, tiktok, browser):
    account = await make_account(newsreel, tiktok, is_expired=True)
    answer = await browser.request("DELETE", f"/api/accounts/{account.id}")
    assert answer.json()["revoked"] is True


async def test_a_disconnected_account_can_be_connected_again(newsreel, browser):
    await browser.connect()
    (item,) = (await browser.client.get("/api/accounts")).json()["items"]
    await browser.request("DELETE", f"/api/accounts/{item['id']}")
    await browser.connect()
    (again,) = (await browser.client.get("/api/accounts")).json()["items"]
    assert (again["id"], again["state"]) == (item["id"], "connected")


async def test_only_enabled_accounts_that_are_not_disconnected_get_articles(newsreel, tiktok):
    daily, city, quiet = [await make_account(newsreel, tiktok, open_id) for open_id in (DAILY, CITY, QUIET)]
    await change(newsreel, city, enabled=False)
    await change(newsreel, quiet, state=AccountState.disconnected)
    async with newsreel.read() as session:
        assert (await session.exec(select(Account.id).where(gets_articles()))).all() == [daily.id]
    await change(newsreel, daily, state=AccountState.reconnect)
    async with newsreel.read() as session:
        assert (await session.exec(select(Account.id).where(gets_articles()))).all() == [daily.id]


async def test_a_pause_is_only_made_longer(newsreel, tiktok):
    account = await make_account(newsreel, tiktok)
    now = utcnow()
    async with newsreel.transaction() as session:
        await pause_inits(session, account.id, now + timedelta(hours=1), "rate_limit_exceeded")
        await pause_inits(session, account.id, now + timedelta(minutes=1), "shorter")
    after = await load_account(newsreel, account.id)
    assert after.pace.init_not_before == now + timedelta(hours=1)
    assert after.pace.init_pause_reason == "rate_limit_exceeded"
