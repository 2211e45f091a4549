"""How a post comes to its end, polled or not."""

import pytest

from app.emulator import Emulator
from tests.emulator.support import BULLETIN, QUIET, Caller, Site, draft_body, photo_body, wait_for
from tests.support.waiting import eventually

HOOK = "https://newsroom.example.com/hook"


async def test_a_pace_in_polls_counts_the_polls(caller: Caller, emulator: Emulator):
    await caller.control("progression", {"pace": {"polls": 3}})
    user = await caller.login()
    publish_id = await user.accepted()
    await wait_for(emulator, publish_id, "processing")
    seen = [(await user.status(publish_id))["status"] for _ in range(4)]
    assert seen == ["PROCESSING_DOWNLOAD", "PROCESSING_DOWNLOAD", "PUBLISH_COMPLETE", "PUBLISH_COMPLETE"]


async def test_a_pace_in_polls_ends_by_itself_when_nobody_polls(caller: Caller, emulator: Emulator, site: Site):
    await caller.control("settings", {"webhook_url": HOOK})
    await caller.control("progression", {"pace": {"polls": 3}})
    user = await caller.login()
    publish_id = await user.accepted()
    await wait_for(emulator, publish_id, "processing")
    await caller.control("clock", {"advance_seconds": 31})
    await eventually(lambda: len(site.hooks) == 2)
    assert emulator.state.world.posts[publish_id].polls == 0


async def test_a_pace_in_seconds_runs_by_the_emulated_clock(caller: Caller, emulator: Emulator):
    await caller.control("progression", {"pace": {"seconds": 600}})
    user = await caller.login()
    publish_id = await user.accepted()
    await wait_for(emulator, publish_id, "processing")
    await caller.control("clock", {"advance_seconds": 590})
    assert (await user.status(publish_id))["status"] == "PROCESSING_DOWNLOAD"
    await caller.control("clock", {"advance_seconds": 11})
    assert (await user.status(publish_id))["status"] == "PUBLISH_COMPLETE"


async def test_a_short_pace_in_seconds_needs_neither_a_poll_nor_the_clock(caller: Caller, emulator: Emulator):
    await caller.control("progression", {"pace": {"seconds": 0.05}})
    user = await caller.login()
    post = await wait_for(emulator, await user.accepted(), "complete")
    assert post.completed_at >= post.pulled_at + 0.05
    assert post.polls == 0


async def test_moderation_holds_the_verdict_for_hours_however_often_it_is_polled(caller: Caller, emulator: Emulator):
    await caller.control("progression", {"pace": {"polls": 1}, "moderation_hours": 6})
    user = await caller.login()
    publish_id = await user.accepted()
    await wait_for(emulator, publish_id, "processing")
    for _ in range(5):
        assert (await user.status(publish_id))["status"] == "PROCESSING_DOWNLOAD"
        await caller.control("clock", {"advance_hours": 1})
        # Two hours end an access token, here as there.
        user = await caller.login()
    await caller.control("clock", {"advance_hours": 1.1})
    assert (await user.status(publish_id))["status"] == "PUBLISH_COMPLETE"


async def test_the_post_id_can_come_long_after_the_completion(caller: Caller, emulator: Emulator):
    await caller.control("progression", {"post_id_after": 3_600})
    user = await caller.login()
    publish_id = await user.accepted()
    await wait_for(emulator, publish_id, "complete")
    status = await user.status(publish_id)
    assert status["status"] == "PUBLISH_COMPLETE"
    assert "publicaly_available_post_id" not in status
    await caller.control("clock", {"advance_seconds": 3_601})
    assert len((await user.status(publish_id))["publicaly_available_post_id"]) == 1


@pytest.mark.parametrize("reason", ["spam_risk_text", "internal", "a_reason_never_seen_before"])
async def test_a_post_fails_with_the_reason_that_was_ordered(caller: Caller, emulator: Emulator, reason: str):
    await caller.control("progression", {"fail_reason": reason, "for": "next"})
    user = await caller.login()
    doomed, next_one = await user.accepted(), await user.accepted(photo_body(title="another"))
    await wait_for(emulator, doomed, "failed")
    assert (await user.status(doomed))["fail_reason"] == reason
    await wait_for(emulator, next_one, "complete")


async def test_a_progression_can_be_an_accounts_own(caller: Caller, emulator: Emulator):
    await caller.control("progression", {"fail_reason": "internal", "for": "account", "open_id": "city.desk"})
    bulletin, desk = await caller.login(BULLETIN), await caller.login("city.desk")
    await wait_for(emulator, await desk.accepted(), "failed")
    await wait_for(emulator, await bulletin.accepted(), "complete")


@pytest.mark.parametrize(
    "wish",
    [
        {"pace": "slow"},
        {"pace": {"polls": -1}},
        {"pace": {"polls": 1, "seconds": 1}},
        {"pace": {"weeks": 1}},
        {"for": "account"},
        {"moderation_hours": -1},
        {"surprise": 1},
    ],
    ids=repr,
)
async def test_a_malformed_progression_is_refused(caller: Caller, wish: dict[str, object]):
    await caller.control("progression", wish, expect=400)


async def test_a_draft_waits_in_the_inbox_until_the_creator_posts_it(caller: Caller, emulator: Emulator):
    user = await caller.login()
    publish_id = await user.accepted(draft_body())
    assert publish_id.startswith("p_inbox_url~v2.")
    await wait_for(emulator, publish_id, "inbox")
    assert (await user.status(publish_id))["status"] == "SEND_TO_USER_INBOX"
    posted = await caller.control(f"posts/{publish_id}/post-draft")
    assert posted["status"] == "PUBLISH_COMPLETE"
    assert [str(post_id) for post_id in (await user.status(publish_id))["publicaly_available_post_id"]] == (
        posted["post_ids"]
    )
    await caller.control(f"posts/{publish_id}/post-draft", expect=409)


async def test_a_draft_can_be_posted_after_a_while_by_itself(caller: Caller, emulator: Emulator):
    await caller.control("progression", {"draft_posted_after": 900})
    user = await caller.login()
    publish_id = await user.accepted(draft_body())
    await wait_for(emulator, publish_id, "inbox")
    await caller.control("clock", {"advance_seconds": 901})
    assert (await user.status(publish_id))["status"] == "PUBLISH_COMPLETE"


@pytest.mark.parametrize("privacy", ["SELF_ONLY", "MUTUAL_FOLLOW_FRIENDS"])
async def test_a_post_that_is_not_public_has_no_id_until_it_is_opened(caller: Caller, emulator: Emulator, privacy: str):
    user = await caller.login()
    publish_id = await user.accepted(photo_body(privacy_level=privacy))
    await wait_for(emulator, publish_id, "complete")
    assert "publicaly_available_post_id" not in await user.status(publish_id)
    opened = await caller.control(f"posts/{publish_id}/make-public")
    assert len(opened["post_ids"]) == 1
    assert len((await user.status(publish_id))["publicaly_available_post_id"]) == 1
    removed = await caller.control(f"posts/{publish_id}/remove")
    assert removed["post_ids"] == []


async def test_a_user_who_disconnects_fails_what_is_on_its_way(caller: Caller, emulator: Emulator):
    await caller.control("progression", {"pace": {"seconds": 60}})
    user = await caller.login(QUIET)
    publish_id = await user.accepted(photo_body(privacy_level="SELF_ONLY"))
    await wait_for(emulator, publish_id, "processing")
    await caller.control(f"accounts/{QUIET}/disconnect", {"reason": 1})
    post = (await caller.read(f"posts/{publish_id}"))["fail_reason"]
    assert post == "auth_removed"
    again = await caller.login(QUIET)
    assert (await again.status(publish_id))["fail_reason"] == "auth_removed"
