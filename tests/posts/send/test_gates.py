"""What stops a post before TikTok is asked, and what lets it go on."""

import sqlite3
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from app.accounts.models import Account, AccountState, PublishMode
from app.errors import TransientError
from app.kit.clock import utcnow
from app.messages import media_faults
from app.messages.kinds import DiskError
from app.posts.face.decisions import decide
from app.posts.models import PostState
from app.posts.schemas_decisions import PostApprove
from app.posts.send import publish
from tests.accounts.support import DAILY, QUIET

TOGGLES = ("disable_comment", "auto_add_music", "brand_content_toggle", "brand_organic_toggle")


def creator(newsroom, open_id=DAILY):
    return newsroom.tiktok.world.accounts[open_id]


async def test_what_arrives_is_what_the_account_is_set_to(sqlite_newsroom):
    account = await sqlite_newsroom.connect(
        privacy_level="MUTUAL_FOLLOW_FRIENDS", disable_comment=True, auto_add_music=False, brand_organic_toggle=True,
        is_aigc=True,
    )  # fmt: skip
    await sqlite_newsroom.publish((await sqlite_newsroom.make_ready(account)).id)
    (there,) = sqlite_newsroom.there
    assert there.privacy_level == "MUTUAL_FOLLOW_FRIENDS"
    assert there.switches == {
        "disable_comment": True,
        "auto_add_music": False,
        "brand_content_toggle": False,
        "brand_organic_toggle": True,
        "is_aigc": True,
    }


async def test_every_toggle_is_sent_and_is_a_boolean(sqlite_newsroom):
    account = await sqlite_newsroom.connect()
    await sqlite_newsroom.publish((await sqlite_newsroom.make_ready(account)).id)
    (there,) = sqlite_newsroom.there
    assert {name: type(there.switches[name]) for name in TOGGLES} == dict.fromkeys(TOGGLES, bool)


async def test_what_a_person_set_for_one_post_overrides_the_account(sqlite_newsroom):
    account = await sqlite_newsroom.connect(disable_comment=True)
    chosen = {"privacy_level": "PUBLIC_TO_EVERYONE", "disable_comment": False, "brand_content_toggle": True}
    await sqlite_newsroom.publish((await sqlite_newsroom.make_ready(account, settings=chosen)).id)
    (there,) = sqlite_newsroom.there
    assert there.privacy_level == "PUBLIC_TO_EVERYONE"
    assert (there.switches["disable_comment"], there.switches["brand_content_toggle"]) == (False, True)


async def test_comments_are_off_where_the_creator_has_them_off(sqlite_newsroom):
    account = await sqlite_newsroom.connect(disable_comment=False)
    creator(sqlite_newsroom).comment_disabled = True
    await sqlite_newsroom.publish((await sqlite_newsroom.make_ready(account, settings={"disable_comment": False})).id)
    (there,) = sqlite_newsroom.there
    assert there.switches["disable_comment"] is True


async def test_a_draft_asks_nothing_of_the_creator_and_carries_only_the_text(sqlite_newsroom):
    account = await sqlite_newsroom.connect(mode=PublishMode.inbox, privacy_level=None)
    post = await sqlite_newsroom.publish((await sqlite_newsroom.make_ready(account, mode="inbox")).id)
    assert post.state is PostState.publishing
    assert sqlite_newsroom.tiktok.count("creator_info") == 0
    (there,) = sqlite_newsroom.there
    assert (there.post_mode, there.privacy_level, there.title) == ("MEDIA_UPLOAD", None, post.title)


async def test_the_accounts_mode_counts_as_it_is_when_the_post_goes_out(sqlite_newsroom):
    account = await sqlite_newsroom.connect()
    post = await sqlite_newsroom.make_ready(account, mode="direct")
    await sqlite_newsroom.change(Account, account.id, mode=PublishMode.inbox)
    post = await sqlite_newsroom.publish(post.id)
    assert (post.mode, sqlite_newsroom.there[0].post_mode) == ("inbox", "MEDIA_UPLOAD")


async def test_a_sixth_draft_of_a_day_waits(sqlite_newsroom):
    account = await sqlite_newsroom.connect(mode=PublishMode.inbox)
    posts = [await sqlite_newsroom.make_ready(account, path=f"ab/{n}.jpg", mode="inbox") for n in range(6)]
    for post in posts:
        last = await sqlite_newsroom.publish(post.id)
        await sqlite_newsroom.let_pass(seconds=30)
    assert (last.state, last.state_reason) == (PostState.scheduled, "pending_drafts")
    assert (sqlite_newsroom.inits, len(sqlite_newsroom.there)) == (5, 5)
    assert sqlite_newsroom.tiktok.violations.total() == 0


CREATOR_REFUSALS = [
    ("spam_risk_too_many_posts", PostState.scheduled, "daily_cap"),
    ("reached_active_user_cap", PostState.scheduled, "reached_active_user_cap"),
    ("rate_limit_exceeded", PostState.retryable, "rate_limit_exceeded"),
    ("spam_risk_user_banned_from_posting", PostState.failed, "spam_risk_user_banned_from_posting"),
    ("scope_not_authorized", PostState.scheduled, "account_reconnect"),
    ("internal_error", PostState.retryable, "tiktok_unavailable"),
    ("a_code_of_tomorrow", PostState.failed, "a_code_of_tomorrow"),
]


@pytest.mark.parametrize(("code", "state", "reason"), CREATOR_REFUSALS)
async def test_what_creator_info_refuses_is_never_sent(sqlite_newsroom, code, state, reason):
    account = await sqlite_newsroom.connect()
    sqlite_newsroom.tiktok.fail(endpoint="creator_info", code=code)
    post = await sqlite_newsroom.publish((await sqlite_newsroom.make_ready(account)).id)
    assert (post.state, post.state_reason, post.attempt) == (state, reason, 0)
    assert sqlite_newsroom.inits == 0


async def test_a_ban_fails_the_post_and_says_what_to_do(sqlite_newsroom):
    account = await sqlite_newsroom.connect()
    creator(sqlite_newsroom).banned = True
    post = await sqlite_newsroom.publish((await sqlite_newsroom.make_ready(account)).id)
    assert (post.state, post.fail_reason) == (PostState.failed, "spam_risk_user_banned_from_posting")
    assert "appeal" in (post.fail_help or "")


async def test_a_cap_that_other_apps_used_up_is_waited_for(newsroom):
    account = await newsroom.connect()
    creator(newsroom).posts_by_other_clients = 15
    post = await newsroom.publish((await newsroom.make_ready(account)).id)
    assert (post.state, post.state_reason) == (PostState.scheduled, "daily_cap")
    creator(newsroom).posts_by_other_clients = 0
    await newsroom.let_pass(hours=25)
    await newsroom.sweep()
    assert (await newsroom.post(post.id)).state is PostState.publishing
    assert newsroom.inits == 1


async def test_an_audience_that_is_no_longer_offered_waits_for_another_choice(newsroom):
    account = await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE")
    creator(newsroom).private = True
    post = await newsroom.publish((await newsroom.make_ready(account)).id)
    assert (post.state, post.state_reason, post.scheduled_at) == (PostState.scheduled, "privacy_level_mismatch", None)
    assert "FOLLOWER_OF_CREATOR" in (post.state_detail or "")
    await newsroom.let_pass(hours=1)
    await newsroom.sweep()
    assert (await newsroom.post(post.id)).state is PostState.scheduled
    assert newsroom.inits == 0
    async with newsroom.app.transaction() as session:
        row = await session.get_one(Account, account.id)
        row.settings.privacy_level = "FOLLOWER_OF_CREATOR"
        row.updated_at = utcnow()
        session.add(row)
    await newsroom.sweep()
    assert (await newsroom.post(post.id)).state is PostState.publishing


async def test_an_approved_audience_that_is_no_longer_offered_goes_back_to_the_approver(sqlite_newsroom):
    account = await sqlite_newsroom.connect(mode=PublishMode.approve)
    chosen = {"privacy_level": "PUBLIC_TO_EVERYONE"}
    post = await sqlite_newsroom.make_ready(account, settings=chosen, is_approved=True, mode="approve")
    creator(sqlite_newsroom).private = True
    post = await sqlite_newsroom.publish(post.id)
    assert (post.state, post.state_reason) == (PostState.awaiting_approval, "approved_audience_not_offered")
    await decide(sqlite_newsroom.app, post.id, "approve", PostApprove(privacy_level="FOLLOWER_OF_CREATOR"), by="editor")
    await sqlite_newsroom.work()
    assert (await sqlite_newsroom.post(post.id)).state is PostState.publishing


SOLVED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "account_reconnect": ({"state": AccountState.reconnect}, {"state": AccountState.connected}),
    "account_disconnected": ({"state": AccountState.disconnected}, {"state": AccountState.connected}),
    "account_disabled": ({"enabled": False}, {"enabled": True}),
    "needs_privacy_level": ({"privacy_level": None}, {"privacy_level": "SELF_ONLY"}),
}


@pytest.mark.parametrize("reason", SOLVED)
async def test_what_waits_for_a_person_goes_on_by_itself_when_the_cause_is_gone(newsroom, reason):
    broken, solved = SOLVED[reason]
    account = await newsroom.connect()
    await newsroom.change(Account, account.id, **broken)
    post = await newsroom.publish((await newsroom.make_ready(account)).id)
    assert (post.state, post.state_reason, post.scheduled_at) == (PostState.scheduled, reason, None)
    assert post.state_detail
    await newsroom.let_pass(hours=1)
    await newsroom.sweep()
    assert (await newsroom.post(post.id)).state is PostState.scheduled
    await newsroom.change(Account, account.id, **solved)
    await newsroom.sweep()
    assert (await newsroom.post(post.id)).state is PostState.publishing
    assert newsroom.inits == 1


async def test_a_login_that_is_gone_is_found_before_anything_is_sent(newsroom):
    account = await newsroom.connect()
    for pair in newsroom.tiktok.world.tokens_of(DAILY):
        pair.revoked = True
    newsroom.tiktok.fail(endpoint="token", code="invalid_grant", times=5)
    post = await newsroom.publish((await newsroom.make_ready(account)).id)
    assert (post.state, post.state_reason) == (PostState.scheduled, "account_reconnect")
    assert ((await newsroom.account(account.id)).state, newsroom.inits) == (AccountState.reconnect, 0)


async def test_wrong_client_credentials_are_shown_and_looked_at_again(sqlite_newsroom):
    account = await sqlite_newsroom.connect()
    await sqlite_newsroom.let_pass(hours=3)
    sqlite_newsroom.tiktok.fail(endpoint="token", code="invalid_client")
    post = await sqlite_newsroom.publish((await sqlite_newsroom.make_ready(account)).id)
    assert (post.state, post.state_reason, post.failures) == (PostState.retryable, "invalid_client", 0)
    await sqlite_newsroom.let_pass(minutes=11)
    await sqlite_newsroom.sweep()
    assert (await sqlite_newsroom.post(post.id)).state is PostState.publishing


async def test_an_unaudited_app_posts_only_to_private_accounts(sqlite_newsroom):
    sqlite_newsroom.tiktok.world.settings.audited = False
    public, private = await sqlite_newsroom.connect(), await sqlite_newsroom.connect(QUIET)
    refused = await sqlite_newsroom.publish((await sqlite_newsroom.make_ready(public)).id)
    assert refused.fail_reason == "unaudited_client_can_only_post_to_private_accounts"
    accepted = await sqlite_newsroom.publish((await sqlite_newsroom.make_ready(private, path="ab/2.jpg")).id)
    assert accepted.state is PostState.publishing


async def test_an_error_of_our_own_is_seen_and_tried_again_later(newsroom, monkeypatch):
    account = await newsroom.connect()
    post = await newsroom.make_ready(account)

    async def broken(*_args):
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(publish, "prepare", broken)
        post = await newsroom.publish(post.id)
    assert (post.state, post.state_reason, post.failures) == (PostState.retryable, "internal_error", 1)
    await newsroom.let_pass(seconds=11)
    await newsroom.sweep()
    assert (await newsroom.post(post.id)).state is PostState.publishing


async def test_a_full_disk_is_waited_for(sqlite_newsroom, monkeypatch):
    await sqlite_newsroom.connect()
    post_id = await sqlite_newsroom.plan()

    async def full(*_args):
        raise TransientError(media_faults.not_stored(DiskError("no space is left")), code="media_disk_full")

    monkeypatch.setattr(publish, "prepare", full)
    await sqlite_newsroom.work()
    post = await sqlite_newsroom.post(post_id)
    # However long it lasts: not the post has failed, and once there is room it goes out.
    assert (post.state, post.state_reason, post.failures) == (PostState.retryable, "media_disk_full", 0)
    assert post.next_attempt_at is not None
    assert post.next_attempt_at - utcnow() <= timedelta(seconds=60)


async def test_a_fault_of_ours_puts_a_post_off_and_is_told_without_our_insides(sqlite_newsroom, monkeypatch):
    await sqlite_newsroom.connect()
    post_id = await sqlite_newsroom.plan()

    async def break_down(*_args):
        raise RuntimeError("secret insides")

    monkeypatch.setattr(publish, "prepare", break_down)
    await sqlite_newsroom.work()
    post = await sqlite_newsroom.post(post_id)
    assert (post.state, post.state_reason, post.failures) == (PostState.retryable, "internal_error", 1)
    assert "of this service's own" in post.state_detail
    assert "secret" not in post.state_detail
    assert sqlite_newsroom.inits == 0


async def test_a_database_whose_disk_is_full_counts_as_no_failure_of_the_post(sqlite_newsroom, monkeypatch):
    await sqlite_newsroom.connect()
    post_id = await sqlite_newsroom.plan()

    async def find_no_room(*_args):
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise OperationalError("INSERT", {}, error)

    monkeypatch.setattr(publish, "prepare", find_no_room)
    await sqlite_newsroom.work()
    post = await sqlite_newsroom.post(post_id)
    assert (post.state, post.failures, post.lease_token) == (PostState.queued, 0, None)
    assert post.next_attempt_at > utcnow()


async def test_failures_in_a_row_end_with_a_person(sqlite_newsroom):
    account = await sqlite_newsroom.connect()
    post = await sqlite_newsroom.make_ready(account, failures=10)
    sqlite_newsroom.tiktok.fail(endpoint="creator_info", code="internal_error")
    post = await sqlite_newsroom.publish(post.id)
    assert (post.state, post.fail_reason) == (PostState.failed, "tiktok_unavailable")
    assert "10 times" in (post.fail_help or "")
