"""Moving a creator's account to a business account: its settings, posts and figures stay with it."""

import pytest
from sqlmodel import select

from app.accounts.business.portal_settings import events_address, find_events_address
from app.accounts.connect.move import guard_moves
from app.accounts.models import Account, AccountKind, AccountState
from app.accounts.tokens.access import access_token
from app.posts.models import PostState
from app.posts.with_tiktok import count_with_tiktok
from tests.accounts.business.support import BULLETIN, OFFICE, at_business, control, make_business
from tests.accounts.support import DAILY, load_account, load_tokens, make_account, open_browser
from tests.builders import change_account, make_post

AUTH = "/api/business/auth"
SUCCESS = {"tiktok_auth": "success"}


@pytest.fixture
def desk(resources, tiktok):
    return at_business(resources, tiktok)


async def make_creator(desk, tiktok, username="daily.bulletin", **settings):
    account = await make_account(desk, tiktok)
    async with desk.transaction() as session:
        await change_account(session, account.id, username=username, **settings)
    return await load_account(desk, account.id)


async def list_ids(desk):
    async with desk.read() as session:
        return list((await session.exec(select(Account.id))).all())


async def test_the_account_of_the_same_name_is_moved_and_keeps_what_it_has(desk, tiktok):
    before = await make_creator(desk, tiktok, daily_cap=7)
    async with desk.transaction() as session:
        post = await make_post(session, account_id=before.id, state=PostState.published)
    async with open_browser(desk) as browser:
        assert await browser.connect(BULLETIN, f"{AUTH}?account_id={before.id}") == SUCCESS
    assert await list_ids(desk) == [before.id]
    moved = await load_account(desk, before.id)
    assert (moved.kind, moved.open_id, moved.state) == (AccountKind.business, BULLETIN, AccountState.connected)
    assert (moved.settings.daily_cap, post.account_id) == (7, moved.id)
    assert (await load_tokens(desk, moved.id)).version == 2
    assert await access_token(desk, moved.id)
    # The creator's permission is given back.
    assert all(pair.revoked for pair in tiktok.world.tokens_of(DAILY))


async def test_another_name_is_asked_about_and_moved_by_an_admins_word(desk, tiktok):
    before = await make_creator(desk, tiktok)
    async with open_browser(desk) as browser:
        answer = await browser.connect(OFFICE, f"{AUTH}?account_id={before.id}")
        pending_id = answer.pop("pending")
        assert answer == {"tiktok_auth": "error", "reason": "other_account"}
        assert (await load_account(desk, before.id)).kind is AccountKind.creator
        shown = (await browser.client.get(f"/api/accounts/pending/{pending_id}")).json()
        assert (shown["kind"], shown["open_id"]) == ("business", OFFICE)
        told = await browser.request("POST", f"/api/accounts/pending/{pending_id}/move")
        assert told.status_code == 200
        assert (told.json()["id"], told.json()["kind"], told.json()["open_id"]) == (before.id, "business", OFFICE)
        # Nobody came back from TikTok by the callback this time: its events are ordered all the same.
        assert await find_events_address(desk) == events_address(desk)
        again = await browser.request("POST", f"/api/accounts/pending/{pending_id}/move")
        assert again.status_code == 404
    assert await list_ids(desk) == [before.id]


async def test_nothing_is_moved_while_tiktok_has_posts_of_it(desk, tiktok):
    guard_moves(desk, count_with_tiktok)
    before = await make_creator(desk, tiktok)
    async with desk.transaction() as session:
        post = await make_post(session, account_id=before.id, state=PostState.publishing, publish_id="v_pub_url~v2.1")
    async with open_browser(desk) as browser:
        answer = await browser.connect(BULLETIN, f"{AUTH}?account_id={before.id}")
        assert answer["reason"] == "posts_under_way"
        assert (await load_account(desk, before.id)).kind is AccountKind.creator
        assert not any(pair.revoked for pair in tiktok.world.tokens_of(DAILY))
        move = f"/api/accounts/pending/{answer['pending']}/move"
        assert (await browser.request("POST", move)).json()["code"] == "posts_under_way"
        async with desk.transaction() as session:
            row = await session.get_one(type(post), post.id)
            row.state = PostState.scheduled
            session.add(row)
        # The consent waits for half an hour: no second one is needed.
        assert (await browser.request("POST", move)).status_code == 200


async def test_an_account_that_is_connected_already_takes_no_other_in(desk, tiktok):
    before = await make_creator(desk, tiktok)
    other = await make_business(desk, tiktok)
    async with open_browser(desk) as browser:
        answer = await browser.connect(BULLETIN, f"{AUTH}?account_id={before.id}")
    assert answer["reason"] == "connected_already"
    assert {(await load_account(desk, one)).kind for one in (before.id, other.id)} == set(AccountKind)
    assert await control(tiktok, "accounts", method="GET")
