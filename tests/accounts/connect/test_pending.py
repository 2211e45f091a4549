"""Another TikTok account came back than the one to reconnect: nothing happens before an admin says so (T25)."""

import asyncio
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import select

from app.accounts.jobs import sweep
from app.accounts.models import Account, AccountState, PendingConnection
from app.accounts.tokens import vault
from app.kit.clock import utcnow
from tests.accounts.support import CITY, DAILY, Browser, load_account, load_tokens, make_account


async def bring_other(browser: Browser, account: Account) -> str:
    answer = await browser.connect(CITY, f"/api/tiktok/auth?account_id={account.id}")
    pending_id = answer.pop("pending")
    assert answer == {"tiktok_auth": "error", "reason": "other_account"}
    return pending_id


async def list_open_ids(resources) -> set[str]:
    async with resources.read() as session:
        return set((await session.exec(select(Account.open_id))).all())


async def count_pending(resources) -> int:
    async with resources.read() as session:
        return len((await session.exec(select(PendingConnection.id))).all())


async def test_another_account_is_not_connected_unasked(newsreel, tiktok, browser):
    account = await make_account(newsreel, tiktok)
    pending_id = await bring_other(browser, account)
    assert await list_open_ids(newsreel) == {DAILY}
    assert (await load_tokens(newsreel, account.id)).version == 1
    shown = (await browser.client.get(f"/api/accounts/pending/{pending_id}")).json()
    assert (shown["open_id"], shown["display_name"], shown["account_id"]) == (CITY, "City Desk", account.id)
    assert "act." not in str(shown)


async def test_reconnecting_with_the_right_account_asks_nothing(newsreel, tiktok, browser):
    account = await make_account(newsreel, tiktok)
    answer = await browser.connect(DAILY, f"/api/tiktok/auth?account_id={account.id}")
    assert answer == {"tiktok_auth": "success"}
    assert await count_pending(newsreel) == 0


async def test_accepting_connects_it_as_an_account_of_its_own(newsreel, tiktok, browser):
    account = await make_account(newsreel, tiktok)
    pending_id = await bring_other(browser, account)
    answer = await browser.request("POST", f"/api/accounts/pending/{pending_id}/accept")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["open_id"], body["display_name"], body["state"]) == (CITY, "City Desk", "connected")
    token = vault.open_access_token(newsreel.keyring, await load_tokens(newsreel, body["id"]))
    assert tiktok.world.by_access_token[token].open_id == CITY
    assert (await load_tokens(newsreel, account.id)).version == 1
    assert await count_pending(newsreel) == 0


async def test_accepting_twice_connects_once(newsreel, tiktok, browser):
    pending_id = await bring_other(browser, await make_account(newsreel, tiktok))
    path = f"/api/accounts/pending/{pending_id}/accept"
    answers = await asyncio.gather(*(browser.request("POST", path) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404, 404]
    assert await list_open_ids(newsreel) == {DAILY, CITY}


async def test_discarding_gives_the_permission_back(newsreel, tiktok, browser):
    pending_id = await bring_other(browser, await make_account(newsreel, tiktok))
    answer = await browser.request("POST", f"/api/accounts/pending/{pending_id}/discard")
    assert answer.status_code == 204
    assert all(pair.revoked for pair in tiktok.world.tokens_of(CITY))
    assert not any(pair.revoked for pair in tiktok.world.tokens_of(DAILY))
    assert await count_pending(newsreel) == 0
    assert (await browser.request("POST", f"/api/accounts/pending/{pending_id}/discard")).status_code == 404


async def test_discarding_does_not_end_an_account_that_is_connected_already(newsreel, tiktok, browser):
    city = await make_account(newsreel, tiktok, CITY)
    pending_id = await bring_other(browser, await make_account(newsreel, tiktok))
    await browser.request("POST", f"/api/accounts/pending/{pending_id}/discard")
    assert tiktok.count("revoke") == 0
    assert (await load_account(newsreel, city.id)).state is AccountState.connected


async def test_nobody_decided_in_time(newsreel, tiktok, browser):
    pending_id = await bring_other(browser, await make_account(newsreel, tiktok))
    with time_machine.travel(utcnow() + timedelta(minutes=31)):
        answer = await browser.request("POST", f"/api/accounts/pending/{pending_id}/accept")
        assert (answer.status_code, answer.json()["code"]) == (404, "pending_connection_not_found")
        await sweep(newsreel)
    assert await count_pending(newsreel) == 0
    assert all(pair.revoked for pair in tiktok.world.tokens_of(CITY))


async def test_an_expired_one_waits_for_tiktok_to_be_told_but_not_for_ever(newsreel, tiktok, browser):
    await bring_other(browser, await make_account(newsreel, tiktok))
    tiktok.fail(endpoint="revoke", times=2, raw="busy", http_status=503)
    with time_machine.travel(utcnow() + timedelta(minutes=31)):
        await sweep(newsreel)
    assert await count_pending(newsreel) == 1
    with time_machine.travel(utcnow() + timedelta(hours=25)):
        await sweep(newsreel)
    assert await count_pending(newsreel) == 0


async def test_the_sweep_leaves_alone_what_is_still_to_be_decided(newsreel, tiktok, browser):
    await bring_other(browser, await make_account(newsreel, tiktok))
    await sweep(newsreel)
    assert await count_pending(newsreel) == 1
    assert tiktok.count("revoke") == 0


@pytest.mark.parametrize("pending_id", ["x", "%00", "0190b2f0-0000-7000-8000-000000000000"])
async def test_an_unknown_one_is_not_found(browser, pending_id):
    for method, verb in (("GET", ""), ("POST", "/accept"), ("POST", "/discard")):
        answer = await browser.request(method, f"/api/accounts/pending/{pending_id}{verb}")
        assert answer.status_code == 404
