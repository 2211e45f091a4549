"""Rates and caps: counted by user, in sliding windows, and told apart in the log."""

import pytest

from app.emulator import Emulator
from tests.emulator.support import BULLETIN, QUIET, Caller, draft_body, error_of, photo_body, wait_for

STATUS = "/v2/post/publish/status/fetch/"
CREATOR = "/v2/post/publish/creator_info/query/"


async def test_six_inits_a_minute_and_a_seventh_when_the_first_is_a_minute_old(caller: Caller):
    user, other = await caller.login(BULLETIN), await caller.login("city.desk")
    await user.accepted()
    await caller.control("clock", {"advance_seconds": 30})
    for _ in range(5):
        await user.accepted()
    assert error_of(await user.init()) == (429, "rate_limit_exceeded")
    assert error_of(await other.init()) == (200, "ok")
    await caller.control("clock", {"advance_seconds": 31})
    assert error_of(await user.init()) == (200, "ok")
    assert error_of(await user.init()) == (429, "rate_limit_exceeded")
    log = await caller.read("log")
    assert (log["violations"], log["violations_total"]) == ({"rate_limit.content_init": 2}, 2)
    assert [call["violations"] for call in log["items"] if call["violations"]] == [["rate_limit.content_init"]] * 2


async def test_a_refreshed_token_gets_no_new_budget(caller: Caller):
    user = await caller.login()
    for _ in range(6):
        await user.accepted()
    again = await caller.login()
    assert error_of(await again.init()) == (429, "rate_limit_exceeded")


@pytest.mark.parametrize(
    ("path", "budget", "endpoint"),
    [(STATUS, 30, "status_fetch"), (CREATOR, 20, "creator_info"), ("/v2/video/list/?fields=id", 600, "video_list")],
)
async def test_each_endpoint_has_its_own_budget(caller: Caller, path: str, budget: int, endpoint: str):
    user = await caller.login()
    body = {"publish_id": await user.accepted()} if path == STATUS else {}
    for _ in range(budget):
        assert error_of(await user.post(path, body)) == (200, "ok")
    assert error_of(await user.post(path, body)) == (429, "rate_limit_exceeded")
    assert (await caller.read("log"))["violations"] == {f"rate_limit.{endpoint}": 1}


async def test_limits_can_be_switched_off(caller: Caller):
    await caller.control("settings", {"limits_enabled": False, "caps_enabled": False})
    user = await caller.login()
    for _ in range(20):
        await user.accepted()
    assert (await caller.read("log"))["violations_total"] == 0


async def test_fifteen_direct_posts_a_day(caller: Caller):
    await caller.control("settings", {"limits_enabled": False})
    user = await caller.login()
    for _ in range(15):
        await user.accepted()
    assert error_of(await user.init()) == (403, "spam_risk_too_many_posts")
    assert error_of(await user.init(draft_body())) == (200, "ok")
    assert error_of(await user.post(CREATOR)) == (200, "spam_risk_too_many_posts")
    assert (await caller.read("log"))["violations"] == {"cap.daily_posts": 1}
    await caller.control("clock", {"advance_hours": 24.1})
    assert error_of(await (await caller.login()).init()) == (200, "ok")


async def test_the_daily_cap_differs_by_account_and_is_shared_with_other_apps(caller: Caller):
    await caller.control("accounts", {"username": BULLETIN, "daily_cap": 3, "posts_by_other_clients": 2})
    user = await caller.login()
    assert error_of(await user.init()) == (200, "ok")
    assert error_of(await user.init()) == (403, "spam_risk_too_many_posts")


async def test_five_pending_drafts_until_one_is_posted(caller: Caller, emulator: Emulator):
    await caller.control("settings", {"limits_enabled": False})
    user = await caller.login()
    drafts = [await user.accepted(draft_body()) for _ in range(5)]
    assert error_of(await user.init(draft_body())) == (403, "spam_risk_too_many_pending_share")
    assert error_of(await user.init()) == (200, "ok")
    assert (await caller.read("log"))["violations"] == {"cap.pending_drafts": 1}
    await wait_for(emulator, drafts[0], "inbox")
    await caller.control(f"posts/{drafts[0]}/post-draft")
    assert error_of(await user.init(draft_body())) == (200, "ok")


async def test_the_active_users_of_a_day_are_capped(caller: Caller):
    await caller.control("settings", {"active_user_cap": 1})
    user, other = await caller.login(BULLETIN), await caller.login("city.desk")
    assert error_of(await user.init()) == (200, "ok")
    assert error_of(await user.init()) == (200, "ok")
    assert error_of(await other.init()) == (403, "reached_active_user_cap")
    assert error_of(await other.post(CREATOR)) == (200, "reached_active_user_cap")
    assert (await caller.read("log"))["violations"] == {"cap.active_users": 1}


async def test_an_unaudited_app_has_five_users_a_day(caller: Caller):
    await caller.control("settings", {"audited": False})
    for number in range(6):
        await caller.control("accounts", {"username": f"private{number}", "private": True})
        user = await caller.login(f"private{number}")
        answer = await user.init(photo_body(privacy_level="SELF_ONLY"))
        assert error_of(answer) == ((200, "ok") if number < 5 else (403, "reached_active_user_cap"))


async def test_a_sandbox_is_unaudited_whatever_the_app_is(caller: Caller):
    await caller.control("settings", {"sandbox": True})
    user = await caller.login(QUIET)
    refused = (403, "unaudited_client_can_only_post_to_private_accounts")
    assert error_of(await user.init(photo_body(privacy_level="FOLLOWER_OF_CREATOR"))) == refused
    assert error_of(await user.init(photo_body(privacy_level="SELF_ONLY"))) == (200, "ok")
