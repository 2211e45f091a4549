"""Posts of business accounts: the same states, attempts and proofs, over the Business API of the emulated TikTok."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from app.accounts.business.portal_settings import send_events_here, verify_media_property
from app.accounts.models import Account, PublishMode
from app.accounts.tokens.credentials import webhook_secrets
from app.errors import Conflict
from app.kit.clock import utcnow
from app.media.holds import media_prefix
from app.media.service import list_fetches
from app.posts.face.decisions import decide
from app.posts.figures.collect import collect_figures
from app.posts.figures.read import read_figures
from app.posts.models import AttemptOutcome, Post, PostKind, PostState
from app.posts.unconfirmed.evidence import gather_evidence
from app.resources import Resources
from app.webhooks.inbox import SecretFinder, receive_event
from tests.accounts.business.support import BULLETIN, at_business, calls, control, make_business
from tests.builders import make_attempt, make_post
from tests.media.videos import films
from tests.posts.support import Newsroom, open_newsroom
from tests.webhooks.support import make_event, sign

PHOTO, VIDEO, STATUS = "business/photo/publish/", "business/video/publish/", "business/publish/status/"
PUBLIC, UNPROVEN = "PUBLIC_TO_EVERYONE", "url_ownership_unverified"


@pytest.fixture
async def desk(resources: Resources) -> AsyncIterator[Newsroom]:
    """A newsroom on both databases, whose accounts are business accounts; its setting would send videos in pieces."""
    async with open_newsroom(resources, video_source="FILE_UPLOAD") as newsroom:
        public_url = newsroom.app.settings.public_url
        there = at_business(newsroom.app, newsroom.tiktok)
        newsroom.app = dataclasses.replace(there, queue=newsroom.queue)  # type: ignore[arg-type]
        await control(newsroom.tiktok, "settings", publish_seconds=0, post_id_seconds=0)
        await control(newsroom.tiktok, "properties", url=f"{public_url}/media/")
        yield newsroom


async def connect(desk: Newsroom, **columns: Any) -> Account:
    account = await make_business(desk.app, desk.tiktok)
    await desk.change(Account, account.id, **({"privacy_level": PUBLIC} | columns))
    return await desk.account(account.id)


async def end(desk: Newsroom, post_id: str) -> Post:
    """Ask until TikTok has fetched the media and told its verdict with the post's id."""
    post = await desk.post(post_id)
    for _ in range(200):
        post = await desk.follow(post_id)
        if post.state is not PostState.publishing and (post.post_ids or post.state is not PostState.published):
            break
        await asyncio.sleep(0.02)
    return post


async def test_an_articles_photos_are_published_and_named(desk):
    account = await connect(desk)
    post_id = await desk.plan(title="Жаңа мектеп ашылды", images=[desk.origin.url("/1.jpg"), desk.origin.url("/2.jpg")])
    await desk.work()
    post = await desk.post(post_id)
    assert (post.state, post.attempt) == (PostState.publishing, 1), post.state_detail
    assert (post.publish_id or "").startswith("p_pub_url~v1.")
    post = await end(desk, post_id)
    assert post.state is PostState.published
    assert await desk.way(post_id) == ["queued", "publishing", "published"]
    assert len(post.post_ids) == 1
    assert (post.share_url or "").startswith("https://www.tiktok.com/@daily.bulletin/photo/")
    (attempt,) = await desk.attempts(post_id)
    assert attempt.outcome is AttemptOutcome.accepted
    async with desk.app.read() as session:
        fetches = await list_fetches(session, [attempt.media_token])
    assert fetches, "TikTok has fetched what belongs to this attempt alone"
    assert await calls(desk.tiktok, PHOTO) == 1
    # Figures come by the list of the account's posts, under the public id.
    await control(desk.tiktok, "clock", advance_hours=72)
    await desk.change(Post, post_id, figures_due_at=utcnow() - timedelta(seconds=1))
    await collect_figures(desk.app)
    async with desk.app.read() as session:
        figures = await read_figures(session, post_id)
    assert figures.items[0].views
    assert account.open_id == BULLETIN


async def test_a_video_is_fetched_although_videos_are_sent_in_pieces_elsewhere(desk):
    await connect(desk)
    desk.origin.files["/film.mp4"] = films.fitting()
    post_id = await desk.plan(video=desk.origin.url("/film.mp4"), images=[])
    await desk.work()
    (attempt,) = await desk.attempts(post_id)
    assert attempt.by_upload is False
    post = await end(desk, post_id)
    assert (post.state, post.kind) == (PostState.published, PostKind.video), post.state_detail
    assert (post.share_url or "").startswith("https://www.tiktok.com/@daily.bulletin/video/")
    assert await calls(desk.tiktok, VIDEO) == 1


@pytest.mark.parametrize("is_film", [False, True])
async def test_a_draft_goes_to_the_inbox(desk, is_film):
    await connect(desk, mode=PublishMode.inbox, privacy_level=None)
    desk.origin.files["/film.mp4"] = films.fitting()
    media = {"video": desk.origin.url("/film.mp4"), "images": []} if is_film else {}
    post_id = await desk.plan(**media)
    await desk.work()
    post = await end(desk, post_id)
    assert post.state is PostState.sent_to_inbox, post.state_detail


async def test_what_the_business_api_cannot_say_stops_before_anything_is_sent(desk):
    account = await connect(desk, is_aigc=True, privacy_level="SELF_ONLY")
    photo = await desk.publish((await desk.make_ready(account)).id)
    assert (photo.state, photo.state_reason) == (PostState.scheduled, "business_photo_ai")
    film = await desk.publish((await desk.make_ready(account, kind=PostKind.video)).id)
    assert (film.state, film.state_reason) == (PostState.scheduled, "business_video_public")
    assert "public" in str(film.state_detail)
    assert await desk.attempts(photo.id) == []
    # Both go on by themselves once the account's settings are so that nothing has to be left out.
    await desk.change(Account, account.id, is_aigc=False, privacy_level=PUBLIC, updated_at=utcnow())
    await desk.sweep()
    assert (await desk.post(photo.id)).state is PostState.publishing
    assert (await desk.post(film.id)).state_reason != "business_video_public"


async def test_what_was_chosen_for_one_post_goes_back_to_who_approves(desk):
    account = await connect(desk)
    post = await desk.publish((await desk.make_ready(account, settings={"is_aigc": True})).id)
    assert (post.state, post.state_reason) == (PostState.awaiting_approval, "business_photo_ai")


async def test_a_lost_answer_is_never_sent_again_and_proved_by_fetches_and_list(desk):
    account = await connect(desk)
    await control(desk.tiktok, "next-errors", endpoint=PHOTO, phase="after", cut=True)
    post = await desk.publish((await desk.make_ready(account)).id)
    assert post.state is PostState.unconfirmed
    (attempt,) = await desk.attempts(post.id)
    assert (attempt.outcome, attempt.error_code) == (AttemptOutcome.unknown, "connection_lost")

    async def is_settled() -> bool:
        await desk.change(Post, post.id, next_check_at=utcnow())
        await gather_evidence(desk.app)
        return (await desk.post(post.id)).state is PostState.published

    # The emulator puts a post into the list when somebody asks where it stands: nobody knows its number here.
    shares = await all_shares(desk)
    await ask_status(desk, shares[0])
    for _ in range(100):
        if await is_settled():
            break
        await ask_status(desk, shares[0])
    post = await desk.post(post.id)
    assert post.state is PostState.published
    (attempt,) = await desk.attempts(post.id)
    assert (attempt.outcome, attempt.evidence) in {
        (AttemptOutcome.accepted, "media"), (AttemptOutcome.accepted, "list"),
    }  # fmt: skip
    assert await calls(desk.tiktok, PHOTO) == 1


async def all_shares(desk: Newsroom) -> list[str]:
    shares: list[dict[str, Any]] = (await control(desk.tiktok, "shares", method="GET"))["items"]
    return [share["share_id"] for share in shares]


async def ask_status(desk: Newsroom, share_id: str) -> None:
    """Ask as TikTok's own app would, so that the post comes to its end there."""
    pair = await control(desk.tiktok, "account-tokens", open_id=BULLETIN)
    async with httpx.AsyncClient() as http:
        await http.get(
            f"{desk.tiktok.url}/open_api/v1.3/{STATUS}",
            params={"business_id": BULLETIN, "publish_id": share_id},
            headers={"Access-Token": pair["access_token"]},
        )


async def test_an_event_with_the_business_apps_signature_settles_a_lost_answer(desk):
    account = await connect(desk)
    await control(desk.tiktok, "next-errors", endpoint=PHOTO, phase="after", cut=True)
    post = await desk.publish((await desk.make_ready(account)).id)
    assert post.state is PostState.unconfirmed
    (share_id,) = await all_shares(desk)
    body = make_event(
        "post.publish.complete", BULLETIN, {"publish_id": share_id, "publish_type": "DIRECT_POST"},
        client_key=desk.app.business.app_id,
    )  # fmt: skip
    secrets = SecretFinder(partial(webhook_secrets, desk.app))
    await receive_event(desk.app, body, sign(desk.app.business.app_secret, body), secrets)
    await desk.work()
    post = await desk.post(post.id)
    assert (post.state, post.publish_id) == (PostState.published, share_id)
    (attempt,) = await desk.attempts(post.id)
    assert (attempt.outcome, attempt.evidence) == (AttemptOutcome.accepted, "webhook")


@pytest.mark.parametrize(
    ("fault", "state", "reason", "outcome"),
    [
        # Nothing was done: it goes out later, and no doubt stands.
        ({"code": 40100, "message": "Too many requests."}, PostState.retryable, "rate_limit_exceeded", "refused"),
        # Others post with the account too, or more was allowed here than TikTok allows.
        ({"code": 40100, "message": "Too many posts per day."}, PostState.scheduled, "daily_cap", "refused"),
        # Of the address, so that whatever else lies there would be refused too; of the account.
        ({"code": 40002, "message": "url: its ownership is not verified"}, PostState.scheduled, UNPROVEN, "refused"),
        ({"code": 40002, "message": "The phone is not verified."}, PostState.failed, "invalid_params", "refused"),
        ({"code": 40001}, PostState.scheduled, "account_reconnect", "refused"),
        # Something failed inside TikTok: nobody knows.
        ({"code": 50002}, PostState.unconfirmed, "internal_error", "unknown"),
        ({"raw": "<html>", "http_status": 502}, PostState.unconfirmed, "http_502", "unknown"),
        ({"truncate": 20}, PostState.unconfirmed, "connection_lost", "unknown"),
    ],
)
async def test_each_answer_means_what_it_says(desk, fault, state, reason, outcome):
    account = await connect(desk)
    await control(desk.tiktok, "next-errors", endpoint=PHOTO, **fault)
    post = await desk.publish((await desk.make_ready(account)).id)
    assert post.state is state, (post.state, post.state_reason)
    assert reason == (post.fail_reason or post.state_reason)
    (attempt,) = await desk.attempts(post.id)
    assert attempt.outcome == outcome
    assert await calls(desk.tiktok, PHOTO) == 1


async def test_six_posts_a_minute_and_fifteen_a_day_leave_and_tiktok_never_refuses_one(desk):
    account = await connect(desk)
    ready = [await desk.make_ready(account) for _ in range(8)]
    await desk.sweep()
    assert await calls(desk.tiktok, PHOTO) == 6
    waiting = [post for post in [await desk.post(one.id) for one in ready] if post.state is PostState.scheduled]
    assert [post.state_reason for post in waiting] == ["rate_limit_exceeded"] * 2, await desk.posts()
    # Eight more in the same day: with the six there is room for one.
    await desk.let_pass(hours=1)
    async with desk.app.transaction() as session:
        for number in range(8):
            earlier = await make_post(session, account_id=account.id, state=PostState.published)
            at = utcnow() - timedelta(hours=20, minutes=number)
            await make_attempt(session, earlier, outcome=AttemptOutcome.accepted, started_at=at, ended_at=at)
    await desk.sweep()
    assert await calls(desk.tiktok, PHOTO) == 7
    (last,) = [post for post in [await desk.post(one.id) for one in ready] if post.state is PostState.scheduled]
    assert (last.state_reason, account.settings.daily_cap) == ("daily_cap", 15)
    attempts = [one for post in ready for one in await desk.attempts(post.id)]
    assert {one.outcome for one in attempts} == {AttemptOutcome.accepted}


async def test_a_token_that_ended_is_renewed_and_the_post_goes_out_once(desk):
    account = await make_business(desk.app, desk.tiktok, is_expired=True)
    await desk.change(Account, account.id, privacy_level=PUBLIC)
    post = await desk.publish((await desk.make_ready(await desk.account(account.id))).id)
    assert post.state is PostState.publishing, post.state_detail
    assert await calls(desk.tiktok, "tt_user/oauth2/refresh_token/") == 1
    assert await calls(desk.tiktok, PHOTO) == 1


async def test_a_post_that_tiktok_has_cannot_be_stopped_and_that_is_said(desk):
    account = await connect(desk)
    post = await desk.publish((await desk.make_ready(account)).id)
    with pytest.raises(Conflict) as refused:
        await decide(desk.app, post.id, "cancel", None, by="Айгүл")
    assert refused.value.code == "cancel_refused"
    assert "business account" in str(refused.value.message)


async def test_events_are_ordered_once(desk):
    assert await send_events_here(desk.app)
    assert await send_events_here(desk.app)
    # Once for posts, once for comments.
    assert await calls(desk.tiktok, "business/webhook/update/") == 2


async def test_an_address_that_tiktok_refuses_holds_business_posts_and_no_creators(desk):
    account, creator = await connect(desk), await desk.connect()
    prefix = media_prefix(desk.app.settings)
    await control(desk.tiktok, "properties", url=prefix, verified=False)
    posts = [await desk.make_ready(account, path=f"ab/{number}.jpg") for number in range(3)]
    for post in posts:
        held = await desk.publish(post.id)
        assert (held.state, held.state_reason) == (PostState.scheduled, UNPROVEN)
    assert await calls(desk.tiktok, PHOTO) == 1
    assert (await desk.publish((await desk.make_ready(creator, path="ab/own.jpg")).id)).state is PostState.publishing
    # As if TikTok had found the file meanwhile: once it says so, nobody waits for the next probe.
    await control(desk.tiktok, "properties", url=prefix)
    await verify_media_property(desk.app)
    for _ in range(4):
        await desk.sweep()
        await desk.let_pass(seconds=11)
    assert [(await desk.post(post.id)).state for post in posts] == [PostState.publishing] * 3
    assert await calls(desk.tiktok, PHOTO) == 4
