"""Who follows a business account: asked of TikTok, and of business accounts alone."""

import pytest

from app.accounts.models import AccountState
from app.emulator.business_api.people import ACCOUNT_SCOPES
from tests.accounts.business.support import OFFICE, at_business, make_business
from tests.accounts.support import make_account, open_browser
from tests.builders import change_account


@pytest.fixture
def desk(resources, tiktok):
    return at_business(resources, tiktok)


async def test_the_followers_of_a_business_account_are_told_by_their_shares(desk, tiktok):
    account = await make_business(desk, tiktok)
    async with open_browser(desk) as browser:
        told = (await browser.client.get(f"/api/accounts/{account.id}/audience")).json()
    assert told["followers"] > 0
    assert told["countries"] == [{"name": "KZ", "share": 0.83}, {"name": "RU", "share": 0.17}]
    assert [one["name"] for one in told["ages"]] == ["18-24", "25-34"]
    assert [one["name"] for one in told["genders"]] == ["Female", "Male"]
    assert len(told["hours"]) == 24
    assert told["hours"][23] > told["hours"][0] > 0
    assert told["last_day"]


async def test_what_cannot_be_told_says_why(desk, tiktok):
    creator = await make_account(desk, tiktok)
    without = await make_business(desk, tiktok, scopes=tuple(set(ACCOUNT_SCOPES) - {"user.insights"}))
    gone = await make_business(desk, tiktok, OFFICE)
    async with desk.transaction() as session:
        await change_account(session, gone.id, state=AccountState.disconnected)
    async with open_browser(desk) as browser:
        answers = [await browser.client.get(f"/api/accounts/{one.id}/audience") for one in (creator, without, gone)]
        missing = await browser.client.get("/api/accounts/nobody/audience")
    assert [answer.status_code for answer in answers] == [409, 409, 409]
    assert [answer.json()["code"] for answer in answers[:2]] == ["no_audience", "scope_missing"]
    assert missing.status_code == 404
