"""Connecting business accounts: from our link over TikTok's consent page to our callback, and the end of it."""

import asyncio
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import select

from app.accounts.business.consent import CALLBACK
from app.accounts.business_account import open_business
from app.accounts.connect.disconnect import disconnect_account
from app.accounts.errors import AccountNeedsReconnect, NotBusinessAccount, RefreshUnavailable
from app.accounts.models import Account, AccountKind, AccountState
from app.accounts.tokens.access import access_token
from app.accounts.tokens.credentials import webhook_secrets
from app.accounts.tokens.refresh import refresh_account
from app.queue import ArqQueue
from app.webhooks.inbox import WEBHOOK_PATH
from tests.accounts.business.support import BULLETIN, OFFICE, at_business, calls, control, make_business
from tests.accounts.support import load_account, load_tokens, make_account, open_browser, open_strange_browser

AUTH = "/api/business/auth"
SUCCESS = {"tiktok_auth": "success"}
TOKEN, REFRESH, REVOKE = (f"tt_user/oauth2/{verb}/" for verb in ("token", "refresh_token", "revoke"))


@pytest.fixture
def desk(resources, tiktok):
    return at_business(resources, tiktok)


async def list_accounts(app) -> list[Account]:
    async with app.read() as session:
        return list((await session.exec(select(Account))).all())


async def test_connects_an_account_asks_for_its_events_and_has_its_comments_read(desk, tiktok, monkeypatch):
    woken = []

    async def wake(_queue, name, *_args, job_id=None):
        woken.append(name)

    monkeypatch.setattr(ArqQueue, "wake", wake)
    async with open_browser(desk) as browser:
        assert await browser.connect(BULLETIN, AUTH) == SUCCESS
    assert woken == ["comments.find_feeds"]
    (account,) = await list_accounts(desk)
    assert (account.kind, account.open_id, account.state) == (AccountKind.business, BULLETIN, AccountState.connected)
    assert (account.display_name, account.username) == ("Daily Bulletin", "daily.bulletin")
    assert {"video.publish", "video.upload", "comment.list"} <= set(account.scopes)
    opened = await open_business(desk, account.id)
    profile = await opened.client.accounts.get_profile(opened.business_id, ["username", "followers_count"])
    assert (opened.business_id, profile.username) == (BULLETIN, "daily.bulletin")
    assert profile.followers_count == 18_204
    hooks = (await control(tiktok, "log?endpoint=business/webhook/update/", method="GET"))["items"]
    assert [hook["code"] for hook in hooks] == [0, 0]
    asked = [json.loads(hook["request"]) for hook in hooks]
    address = f"{desk.settings.public_url}{WEBHOOK_PATH}"
    assert [(one["event_type"], one["callback_url"]) for one in asked] == [("VIDEO", address), ("COMMENT", address)]
    assert await webhook_secrets(desk, desk.business.app_id) == [desk.business.app_secret]


async def test_the_callback_ends_in_a_slash_and_is_repeated_so_in_the_exchange(desk, tiktok):
    async with open_browser(desk) as browser:
        answer = (await browser.client.get("/api/business/auth-url")).json()
        query = parse_qs(urlsplit(answer["url"]).query)
        assert query["redirect_uri"] == [f"{desk.settings.public_url}/api/business/callback/"]
        assert query["client_key"] == [desk.business.app_id]
        assert query["state"] == [answer["state"]]
        assert query["response_type"] == ["code"]
        back = await browser.allow(answer["url"], OFFICE)
        assert urlsplit(back).path == CALLBACK
        assert await browser.come_back(back) == SUCCESS
        # A code and a state are good once.
        assert (await browser.come_back(back))["reason"] == "state_used"
    assert await calls(tiktok, TOKEN) == 1


async def test_another_browser_cannot_finish_what_one_has_begun(desk, tiktok):
    async with open_browser(desk) as browser, open_strange_browser(desk) as stranger:
        back = await browser.allow(await browser.start(AUTH), BULLETIN)
        assert (await stranger.come_back(back))["reason"] == "state_foreign"
        assert await browser.come_back(back) == SUCCESS
    assert await calls(tiktok, TOKEN) == 1


async def test_without_the_permission_to_post_it_is_given_back(desk, tiktok):
    async with open_browser(desk) as browser:
        back = await browser.allow(await browser.start(AUTH), BULLETIN, scopes="user.info.basic,video.list")
        assert (await browser.come_back(back))["reason"] == "missing_scope"
    assert await list_accounts(desk) == []
    assert await calls(tiktok, REVOKE) == 1


async def test_a_lost_answer_to_the_code_is_told_and_nothing_is_sent_again(desk, tiktok):
    await control(tiktok, "next-errors", endpoint=TOKEN, phase="after", cut=True)
    async with open_browser(desk) as browser:
        back = await browser.allow(await browser.start(AUTH), BULLETIN)
        assert (await browser.come_back(back))["reason"] == "tiktok_unavailable"
    assert await calls(tiktok, TOKEN) == 1


async def test_refreshes_once_however_many_ask_and_keeps_the_rotated_token(desk, tiktok):
    account = await make_business(desk, tiktok, is_expired=True)
    tokens = await asyncio.gather(*(access_token(desk, account.id) for _ in range(8)))
    assert len(set(tokens)) == 1
    assert await calls(tiktok, REFRESH) == 1
    # The refresh token was spent and replaced: the next refresh works with the new one.
    await refresh_account(desk, account.id)
    stored = await load_tokens(desk, account.id)
    assert stored.version == 3
    assert stored.expires_at
    assert stored.obtained_at
    assert (stored.expires_at - stored.obtained_at).total_seconds() == 86_400
    assert (await load_account(desk, account.id)).state is AccountState.connected


async def test_asks_to_reconnect_when_the_refresh_token_is_good_no_more(desk, tiktok):
    account = await make_business(desk, tiktok, is_expired=True)
    await control(tiktok, "next-errors", endpoint=REFRESH, code=50000, times=2)
    with pytest.raises(RefreshUnavailable):
        await refresh_account(desk, account.id)
    assert (await load_account(desk, account.id)).state is AccountState.connected
    await control(tiktok, "account-disconnect", open_id=BULLETIN)
    with pytest.raises(AccountNeedsReconnect):
        await refresh_account(desk, account.id)
    assert (await load_account(desk, account.id)).state is AccountState.reconnect
    async with open_browser(desk) as browser:
        assert await browser.connect(BULLETIN, f"{AUTH}?account_id={account.id}") == SUCCESS
    (back,) = await list_accounts(desk)
    assert (back.id, back.state) == (account.id, AccountState.connected)


async def test_disconnecting_revokes_and_forgets(desk, tiktok):
    account = await make_business(desk, tiktok)
    done = await disconnect_account(desk, account.id)
    assert done.is_revoked
    assert await calls(tiktok, REVOKE) == 1
    assert (await load_tokens(desk, account.id)).access_token_encrypted is None


async def test_a_creators_account_is_none(desk, tiktok):
    account = await make_account(desk, tiktok)
    assert account.kind is AccountKind.creator
    with pytest.raises(NotBusinessAccount):
        await open_business(desk, account.id)


async def test_proves_to_tiktok_that_the_media_are_ours(desk, tiktok):
    async with open_browser(desk) as browser:
        told = (await browser.client.get("/api/business/media-property")).json()
        assert told == {"url": f"{desk.settings.public_url}/media/", "is_verified": False, "file_name": ""}
        # Nobody listens at the public address, so TikTok cannot find the file.
        refused = await browser.request("POST", "/api/business/media-property")
        assert (refused.status_code, refused.json()["code"]) == (409, "ownership_not_proven")
        await control(tiktok, "properties", url=told["url"])
        told = (await browser.request("POST", "/api/business/media-property")).json()
        assert told["is_verified"] is True
