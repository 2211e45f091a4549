"""Changing a post that TikTok does not have: what goes out is what stands there then, when it may, and by consent."""

from datetime import timedelta

import pytest

from app.accounts.models import PublishMode
from app.errors import AppError, Conflict, Invalid
from app.kit.clock import rfc3339, utcnow
from app.media.service import list_assets
from app.posts.face.decisions import decide
from app.posts.face.views import get_post
from app.posts.models import Post, PostState
from app.posts.schemas_decisions import PostApprove, PostRevise
from tests.builders import make_account, make_post

S = PostState
BY = "editor@news.example"


async def revise(newsroom, post_id, **changes):
    await decide(newsroom.app, post_id, "revise", PostRevise(**changes), by=BY)
    return await newsroom.post(post_id)


async def test_a_change_ends_the_approval_also_of_a_post_that_a_worker_has_in_hand(newsroom):
    await newsroom.connect(mode=PublishMode.approve)
    post_id = await newsroom.plan(title="As it was read")
    await newsroom.work()
    await decide(newsroom.app, post_id, "approve", PostApprove(), by=BY)
    revised = await revise(newsroom, post_id, title="Басқа тақырып", is_aigc=True)
    assert (revised.state, revised.is_approved, revised.is_edited) == (S.queued, False, True)
    await newsroom.work()
    asked = await newsroom.post(post_id)
    assert (asked.state, asked.title, newsroom.inits) == (S.awaiting_approval, "Басқа тақырып", 0)
    await decide(newsroom.app, post_id, "approve", PostApprove(), by=BY)
    await newsroom.work()
    (there,) = newsroom.there
    assert (there.title, there.switches["is_aigc"]) == ("Басқа тақырып", True)
    assert f"Edited by {BY}." in [event.why for event in await newsroom.events(post_id)]


async def test_a_change_that_changes_nothing_ends_no_approval(newsroom):
    await newsroom.connect(mode=PublishMode.approve)
    post_id = await newsroom.plan()
    await newsroom.work()
    await decide(newsroom.app, post_id, "approve", PostApprove(), by=BY)
    before, told = await newsroom.post(post_id), len(await newsroom.events(post_id))
    for same in ({}, {"title": before.title}, {"pictures": [1]}, {"is_aigc": before.settings["is_aigc"]}):
        assert (await revise(newsroom, post_id, **same)).is_approved
    assert len(await newsroom.events(post_id)) == told
    await newsroom.work()
    assert newsroom.inits == 1


@pytest.mark.parametrize("mode", [PublishMode.direct, PublishMode.approve])
async def test_a_post_goes_out_at_the_time_that_a_person_chose_and_not_before(newsroom, mode):
    await newsroom.connect(mode=mode)
    post_id = await newsroom.plan()
    at = utcnow() + timedelta(hours=2)
    await revise(newsroom, post_id, scheduled_at=at)
    await newsroom.work()
    await newsroom.deliver(kind="updated", minute=5, title="Жаңартылды")
    await newsroom.sweep()
    if mode is PublishMode.approve:
        assert (await newsroom.post(post_id)).state is S.awaiting_approval
        await decide(newsroom.app, post_id, "approve", PostApprove(), by=BY)
        await newsroom.sweep()
    waiting = await newsroom.post(post_id)
    assert (waiting.state, waiting.state_reason, newsroom.inits) == (S.scheduled, "embargo", 0)
    async with newsroom.app.read() as session:
        read = await get_post(session, newsroom.app.settings, post_id)
    assert read.scheduled_at is not None
    assert abs(read.scheduled_at - at) < timedelta(seconds=1)
    passed = {**waiting.settings, "not_before": rfc3339(utcnow() - timedelta(seconds=1))}
    await newsroom.change(Post, post_id, settings=passed, scheduled_at=utcnow(), next_attempt_at=utcnow())
    await newsroom.sweep()
    assert (newsroom.inits, newsroom.there[0].title) == (1, "Жаңартылды")


async def test_a_time_is_taken_back_and_sending_now_does_not_wait_for_it(newsroom):
    await newsroom.connect()
    for number, undo in enumerate(("revise", "retry"), 1):
        post_id = await newsroom.plan(f"4{number}")
        assert (await revise(newsroom, post_id, scheduled_at=utcnow() + timedelta(hours=2))).state is S.scheduled
        data = PostRevise(scheduled_at=None) if undo == "revise" else None
        await decide(newsroom.app, post_id, undo, data, by=BY)
        await newsroom.work()
        assert newsroom.inits == number


async def test_hashtags_of_a_post_that_is_not_prepared_yet_join_the_text_that_it_would_have(newsroom):
    await newsroom.connect()
    post_id = await newsroom.plan(published_at=newsroom.stamp(600), excerpt="Сәтбаевта мектеп ашылды.")
    revised = await revise(newsroom, post_id, hashtags=["Білім", "#мектеп"])
    assert (revised.state, revised.hashtags) == (S.scheduled, ["#Білім", "#мектеп"])
    assert revised.title == "Жаңа мектеп ашылды 🏫"
    assert "Сәтбаевта мектеп ашылды." in revised.description
    assert revised.description.endswith("#Білім #мектеп")


async def test_pictures_go_out_in_the_chosen_order_and_keep_it_when_the_article_changes(newsroom):
    await newsroom.connect(mode=PublishMode.approve)
    urls = [newsroom.origin.url(f"/{number}.jpg") for number in (1, 2, 3)]
    post_id = await newsroom.plan(images=urls)
    await newsroom.work()
    async with newsroom.app.read() as session:
        told = (await get_post(session, newsroom.app.settings, post_id)).media
    revised = await revise(newsroom, post_id, media=[told[2], told[0]])
    assert (revised.state, revised.media_count) == (S.awaiting_approval, 2)
    await newsroom.deliver(kind="updated", minute=5, images=urls, title="Жаңартылды")
    await newsroom.work()
    async with newsroom.app.read() as session:
        assets = await list_assets(session, post_id)
    in_order = [asset.source_url for asset in sorted(assets, key=lambda asset: asset.position)]
    assert in_order == [urls[2], urls[0]]
    assert all(asset.delete_after is None for asset in assets)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"title": "ұ" * 91}, Invalid, "91"),
        ({"hashtags": ["ұ" * 90] * 3, "title": "", "description": "ұ" * 3950}, Invalid, "4043"),
        ({"scheduled_at": utcnow() - timedelta(seconds=1)}, Invalid, "time is over"),
        ({"scheduled_at": utcnow() + timedelta(days=400)}, Invalid, "a year"),
        ({"brand_content_toggle": True, "privacy_level": "SELF_ONLY"}, Invalid, "Branded content"),
        ({"pictures": [2, 1]}, Conflict, "not there yet"),
        ({"media": ["https://evil.example/1.jpg"]}, Invalid, "by the addresses"),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(sqlite_newsroom, change, error, words):
    app = sqlite_newsroom.app
    async with app.transaction() as session:
        account_id = (await make_account(session)).id
        post = await make_post(session, account_id=account_id, state=S.retryable, title="A title", is_approved=True)
    with pytest.raises(error, match=words):
        await revise(sqlite_newsroom, post.id, **change)
    after = await sqlite_newsroom.post(post.id)
    assert (after.title, after.settings, after.is_approved, after.updated_at) == (
        "A title", {}, True, post.updated_at,
    )  # fmt: skip


async def test_a_failed_post_has_no_time(sqlite_newsroom):
    async with sqlite_newsroom.app.transaction() as session:
        post = await make_post(session, state=S.failed, title="A title")
    with pytest.raises(Conflict, match="send it again first"):
        await revise(sqlite_newsroom, post.id, scheduled_at=utcnow() + timedelta(hours=1))


async def test_a_switch_that_is_null_is_the_account_s_again_and_foreign_settings_stay(newsroom):
    await newsroom.connect()
    post_id = await newsroom.plan(published_at=newsroom.stamp(600))
    await newsroom.change(Post, post_id, settings={"is_aigc": True, "disable_comment": True, "of_tomorrow": [1]})
    revised = await revise(newsroom, post_id, is_aigc=None, privacy_level="MUTUAL_FOLLOW_FRIENDS")
    assert revised.settings == {"disable_comment": True, "of_tomorrow": [1], "privacy_level": "MUTUAL_FOLLOW_FRIENDS"}
    async with newsroom.app.read() as session:
        assert (await get_post(session, newsroom.app.settings, post_id)).settings == revised.settings


async def test_what_a_worker_wrote_meanwhile_is_not_overwritten(sqlite_newsroom, monkeypatch):
    await sqlite_newsroom.connect()
    post_id = await sqlite_newsroom.plan(published_at=sqlite_newsroom.stamp(600))
    read = await sqlite_newsroom.post(post_id)
    await sqlite_newsroom.change(Post, post_id, description="Written meanwhile", updated_at=utcnow())

    async def find_as_read(_session, _post_id):
        return read

    monkeypatch.setattr("app.posts.face.decisions.find_post", find_as_read)
    with pytest.raises(AppError) as refused:
        await decide(sqlite_newsroom.app, post_id, "revise", PostRevise(title="Late"), by=BY)
    assert refused.value.code == "state_forbids"
    assert (await sqlite_newsroom.post(post_id)).description == "Written meanwhile"
