"""Consent is given to a post as it was read: text, pictures and settings. What changes afterwards asks for it anew."""

import asyncio

import pytest

from app.accounts.models import Account, PublishMode
from app.errors import Conflict
from app.kit.clock import utcnow
from app.media.service import list_assets
from app.posts.face.decisions import decide
from app.posts.face.views import get_post
from app.posts.line.turn_lock import turn_of
from app.posts.line.turns import place_of
from app.posts.models import Post, PostKind, PostState
from app.posts.schemas_decisions import PostApprove, PostRevise
from app.posts.sweeps import release_due_posts
from tests.media.videos import films


async def wait_for_consent(newsroom, **columns):
    await newsroom.connect(mode=PublishMode.approve, **columns)
    post_id = await newsroom.plan(title="As it was read")
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert post.state is PostState.awaiting_approval
    return post


async def test_a_post_that_only_waits_for_consent_takes_no_turn(newsroom):
    """Hundreds may be made ready together, and stop before TikTok is asked anything."""
    account = await newsroom.connect(mode=PublishMode.approve)
    post = await newsroom.make_ready(account)
    turn = turn_of(newsroom.app, account.id)
    await turn.take(place_of(post))
    async with asyncio.timeout(20):
        post = await newsroom.publish(post.id)
    assert post.state is PostState.awaiting_approval


async def test_an_account_that_is_changed_later_does_not_change_what_was_approved(newsroom):
    post = await wait_for_consent(newsroom, privacy_level="SELF_ONLY", disable_comment=True, is_aigc=True)
    await decide(newsroom.app, post.id, "approve", PostApprove(), by="editor")
    changes = {"privacy_level": "PUBLIC_TO_EVERYONE", "disable_comment": False, "is_aigc": False}
    await newsroom.change(Account, post.account_id, brand_organic_toggle=True, **changes)
    await newsroom.work()
    assert (await newsroom.post(post.id)).state is PostState.publishing
    (there,) = newsroom.there
    assert there.privacy_level == "SELF_ONLY"
    assert (there.switches["disable_comment"], there.switches["is_aigc"]) == (True, True)
    assert there.switches["brand_organic_toggle"] is False


async def test_an_audience_that_tiktok_no_longer_offers_is_not_kept_when_consent_is_given_anew(newsroom):
    post = await wait_for_consent(newsroom, privacy_level="FOLLOWER_OF_CREATOR")
    await decide(newsroom.app, post.id, "approve", PostApprove(), by="editor")
    await newsroom.work()
    asked = await newsroom.post(post.id)
    assert (asked.state, asked.state_reason) == (PostState.awaiting_approval, "approved_audience_not_offered")
    await newsroom.change(Account, post.account_id, privacy_level="SELF_ONLY", updated_at=utcnow())
    await decide(newsroom.app, post.id, "approve", PostApprove(), by="editor")
    await newsroom.work()
    assert (await newsroom.post(post.id)).state is PostState.publishing
    assert newsroom.there[0].privacy_level == "SELF_ONLY"


async def test_an_audience_that_is_chosen_after_the_refusal_of_another_is_the_one_that_is_approved(newsroom):
    post = await wait_for_consent(newsroom, privacy_level="FOLLOWER_OF_CREATOR")
    await decide(newsroom.app, post.id, "approve", PostApprove(), by="editor")
    await newsroom.work()
    await decide(newsroom.app, post.id, "revise", PostRevise(privacy_level="SELF_ONLY"), by="editor")
    await newsroom.sweep()
    assert (await newsroom.post(post.id)).state is PostState.awaiting_approval
    await decide(newsroom.app, post.id, "approve", PostApprove(), by="editor")
    await newsroom.work()
    assert newsroom.there[0].privacy_level == "SELF_ONLY"


async def test_consent_to_an_article_that_has_changed_since_it_was_opened_counts_for_nothing(newsroom):
    post = await wait_for_consent(newsroom)
    async with newsroom.app.read() as session:
        opened = await get_post(session, newsroom.app.settings, post.id)
    await newsroom.deliver(kind="updated", minute=1, title="As it is now", images=[newsroom.origin.url("/2.jpg")])
    await newsroom.work()
    seen = PostApprove(title=opened.title, description=opened.description, prepared_version=opened.prepared_version)
    with pytest.raises(Conflict, match="changed after you had opened"):
        await decide(newsroom.app, post.id, "approve", seen, by="editor")
    assert ((await newsroom.post(post.id)).state, newsroom.inits) == (PostState.awaiting_approval, 0)
    async with newsroom.app.read() as session:
        opened = await get_post(session, newsroom.app.settings, post.id)
    seen = PostApprove(title=opened.title, prepared_version=opened.prepared_version)
    await decide(newsroom.app, post.id, "approve", seen, by="editor")
    await newsroom.work()
    assert [there.title for there in newsroom.there] == ["As it is now"]


async def test_an_edit_after_an_approval_that_waits_for_its_slot_asks_again_and_keeps_the_hand_written_text(newsroom):
    account = await newsroom.connect(mode=PublishMode.approve, daily_cap=1)
    await newsroom.publish((await newsroom.make_ready(account, mode="approve", is_approved=True)).id)
    post_id = await newsroom.plan(title="As planned")
    await newsroom.work()
    await decide(newsroom.app, post_id, "approve", PostApprove(title="By hand"), by="editor")
    await newsroom.work()
    assert (await newsroom.post(post_id)).state_reason == "daily_cap"
    await newsroom.deliver(kind="updated", minute=1, title="As it is now")
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert (post.state, post.state_reason, post.title) == (
        PostState.awaiting_approval, "approval_outdated", "By hand",
    )  # fmt: skip
    why = [event.why for event in await newsroom.events(post_id)]
    assert any("waits for approval again. The text edited by hand is kept." in line for line in why)
    await newsroom.let_pass(hours=25)
    await newsroom.sweep()
    assert newsroom.inits == 1


async def test_an_edit_while_an_approved_post_is_on_its_way_says_that_consent_is_asked_for_anew(newsroom):
    post = await wait_for_consent(newsroom)
    await decide(newsroom.app, post.id, "approve", PostApprove(), by="editor")
    await newsroom.deliver(kind="updated", minute=1, title="As it is now")
    assert (await newsroom.post(post.id)).state is PostState.queued
    assert "waits for approval again" in (await newsroom.events(post.id))[-1].why
    await newsroom.work()
    asked = await newsroom.post(post.id)
    assert (asked.state, asked.title, newsroom.inits) == (PostState.awaiting_approval, "As it is now", 0)


async def test_pictures_that_take_the_place_of_an_approved_film_are_shown_to_the_approver(newsroom):
    await newsroom.connect(mode=PublishMode.approve)
    newsroom.origin.files["/film.mp4"] = films.fitting()
    film = newsroom.origin.url("/film.mp4")
    post_id = await newsroom.plan(title="With a film", video=film, images=[newsroom.origin.url("/1.jpg")])
    await newsroom.work()
    seen = await newsroom.post(post_id)
    assert (seen.state, seen.kind) == (PostState.awaiting_approval, PostKind.video)
    async with newsroom.app.read() as session:
        for asset in await list_assets(session, post_id):
            (newsroom.app.media_dir / asset.path).unlink()
    newsroom.origin.files["/film.mp4"] = b"no film any more"
    await decide(newsroom.app, post_id, "approve", PostApprove(), by="editor")
    await newsroom.work()
    asked = await newsroom.post(post_id)
    assert (asked.state, asked.kind, asked.is_approved) == (PostState.awaiting_approval, PostKind.photo, False)
    assert newsroom.there == []


@pytest.mark.parametrize(
    ("planned", "is_edited", "follows"),
    [(PublishMode.direct, False, True), (PublishMode.direct, True, False), (PublishMode.approve, False, False)],
)
async def test_a_post_that_waits_since_the_mode_was_changed_follows_when_it_is_changed_back(
    newsroom, planned, is_edited, follows
):
    account = await newsroom.connect(mode=planned)
    post_id = await newsroom.plan(title="Made before")
    await newsroom.change(Account, account.id, mode=PublishMode.approve)
    await newsroom.work()
    assert (await newsroom.post(post_id)).state is PostState.awaiting_approval
    await newsroom.change(Post, post_id, is_edited=is_edited)
    await release_due_posts(newsroom.app)
    assert (await newsroom.post(post_id)).state is PostState.awaiting_approval
    await newsroom.change(Account, account.id, mode=PublishMode.direct)
    await release_due_posts(newsroom.app)
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert post.state is (PostState.publishing if follows else PostState.awaiting_approval)
