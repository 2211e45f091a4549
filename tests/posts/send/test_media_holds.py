"""TikTok refuses the address of our media: one refusal holds all posts, one asks now and then, and then all go."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from app.accounts.models import Account
from app.kit.clock import utcnow
from app.media.holds import ask_probe, reserve_probe
from app.media.models import MediaHold
from app.media.verification import save_verification_file
from app.messages.translator import LANGUAGES, translator
from app.outbox.models import OutboxEvent
from app.outbox.models_endpoints import Channel, NotificationEndpoint
from app.posts.attempt_outcomes import settle_attempt
from app.posts.attempts import begin_attempt
from app.posts.face.decisions import decide
from app.posts.models import AttemptOutcome, Post, PostKind, PostState
from app.posts.sentences import detail_of
from app.posts.sweeps import release_due_posts
from app.posts.transitions import new_lease
from app.tiktok.catalogue import explain_error
from app.tiktok.init import InitAccepted, InitRefused
from tests.accounts.support import CITY, at_tiktok
from tests.posts.support import Newsroom

REASON = "url_ownership_unverified"


def unverify(newsroom: Newsroom, *, verified: bool = False) -> None:
    for owned in newsroom.tiktok.world.properties.values():
        owned.verified = verified


async def ready(newsroom: Newsroom, account: Account, count: int, **changes: Any) -> list[str]:
    return [(await newsroom.make_ready(account, path=f"ab/{n}.jpg", **changes)).id for n in range(count)]


async def held(newsroom: Newsroom, count: int = 3) -> list[str]:
    """Posts that are held, of which the first was refused; the pace of an account is no matter here."""
    unverify(newsroom)
    post_ids = await ready(newsroom, await newsroom.connect(), count)
    for post_id in post_ids:
        await newsroom.publish(post_id)
    assert [await standing(newsroom, post_id) for post_id in post_ids] == [(PostState.scheduled, REASON)] * count
    assert newsroom.inits == 1
    return post_ids


async def standing(newsroom: Newsroom, post_id: str) -> tuple[PostState, str | None]:
    post = await newsroom.post(post_id)
    return post.state, post.state_reason


async def hold_of(newsroom: Newsroom, portal: str = "creator") -> MediaHold:
    async with newsroom.app.read() as session:
        return await session.get_one(MediaHold, portal)


async def ask(newsroom: Newsroom) -> None:
    async with newsroom.app.transaction() as session:
        await ask_probe(session)


async def all_out(newsroom: Newsroom, post_ids: list[str]) -> None:
    """Let every post out, and see that TikTok got each once, in the order in which they came."""
    for _ in range(len(post_ids) + 1):
        await newsroom.sweep()
        await newsroom.let_pass(seconds=11)
    assert [(await newsroom.post(post_id)).state for post_id in post_ids] == [PostState.publishing] * len(post_ids)
    taken = [(await newsroom.post(post_id)).publish_id for post_id in post_ids]
    assert [there.publish_id for there in newsroom.there] == taken


async def test_one_refusal_holds_every_post_of_the_app_and_says_why(newsroom):
    city, daily = await newsroom.connect(CITY), await newsroom.connect()
    unverify(newsroom)
    refused = await newsroom.publish((await newsroom.make_ready(city)).id)
    asked = newsroom.tiktok.count("creator_info")
    waits = await newsroom.publish((await newsroom.make_ready(daily, path="ab/2.jpg")).id)
    for post in (refused, waits):
        assert (post.state, post.state_reason, post.scheduled_at) == (PostState.scheduled, REASON, None)
        assert "URL properties" in (post.state_detail or "")
        assert "goes out by itself" in (post.state_detail or "")
    assert (refused.log_id, waits.attempt) == ((await hold_of(newsroom)).log_id, 0)
    await newsroom.sweep()
    await newsroom.let_pass(minutes=9)
    await newsroom.sweep()
    # Not even what the second's creator may post was asked.
    assert (newsroom.inits, newsroom.tiktok.count("creator_info")) == (1, asked)
    assert (await hold_of(newsroom)).prefix == f"{newsroom.app.settings.public_url}/media/"


async def test_one_post_asks_every_ten_minutes_and_after_six_in_vain_every_hour(sqlite_newsroom):
    newsroom = sqlite_newsroom
    await held(newsroom)
    for number, minutes in enumerate((10, 10, 10, 10, 10, 10, 60, 60), start=1):
        await newsroom.let_pass(minutes=minutes - 1)
        await newsroom.sweep()
        assert newsroom.inits == number
        await newsroom.let_pass(minutes=1)
        await newsroom.sweep()
        assert newsroom.inits == number + 1
    assert {(await standing(newsroom, post.id)) for post in await newsroom.posts()} == {(PostState.scheduled, REASON)}


async def test_two_workers_let_one_post_ask(newsroom):
    post_ids = await held(newsroom)
    await newsroom.let_pass(minutes=10, seconds=1)
    await asyncio.gather(*(release_due_posts(newsroom.app) for _ in range(3)))
    assert [name for name, _ in newsroom.queue.woken] == ["posts.publish"]
    await newsroom.work_at_once()
    assert newsroom.inits == 2
    seen, chosen = await hold_of(newsroom), []
    for post_id in post_ids[1:]:
        async with newsroom.app.transaction() as session:
            chosen.append(await reserve_probe(session, seen, post_id))
    assert (chosen, (await hold_of(newsroom)).probe_post_id) == ([True, False], post_ids[1])


async def test_once_the_address_is_verified_all_go_out_in_their_order_once(newsroom):
    post_ids = await held(newsroom, 4)
    unverify(newsroom, verified=True)
    await newsroom.let_pass(minutes=10, seconds=1)
    await all_out(newsroom, post_ids)
    assert newsroom.inits == 1 + len(post_ids)
    assert (await hold_of(newsroom)).lifted_at is not None
    # And what comes later meets nothing.
    later = await newsroom.publish((await newsroom.make_ready(await newsroom.account(
        (await newsroom.post(post_ids[0])).account_id), path="ab/later.jpg")).id)  # fmt: skip
    assert later.state is PostState.publishing


async def test_breaking_news_asks_first(sqlite_newsroom):
    post_ids = await held(sqlite_newsroom)
    await sqlite_newsroom.change(Post, post_ids[2], is_urgent=True)
    await ask(sqlite_newsroom)
    await release_due_posts(sqlite_newsroom.app)
    assert (await hold_of(sqlite_newsroom)).probe_post_id == post_ids[2]


@pytest.mark.parametrize("how", ["file", "person", "address", "app"])
async def test_whatever_is_done_about_it_asks_at_once(sqlite_newsroom, how):
    newsroom = sqlite_newsroom
    post_ids = await held(newsroom)
    unverify(newsroom, verified=True)
    if how == "file":
        async with newsroom.app.transaction() as session:
            await save_verification_file(session, "tiktokAbc.txt", "tiktok-developers-site-verification=Abc")
    elif how == "person":
        # Whoever chooses all of them and says "try again": one asks, and the others wait for its answer.
        for post_id in reversed(post_ids):
            await decide(newsroom.app, post_id, "retry", by="editor")
        await newsroom.work_at_once()
        assert newsroom.inits == 2
        assert (await newsroom.post(post_ids[2])).state is PostState.publishing
    elif how == "app":
        newsroom.app = at_tiktok(newsroom.app, newsroom.tiktok, client_key="another")
    else:
        address = newsroom.app.settings.public_url.replace("127.0.0.1", "localhost")
        newsroom.app = at_tiktok(newsroom.app, newsroom.tiktok, public_url=address)
        newsroom.tiktok.world.properties["1"].value = f"{address}/media/"
    if how in {"address", "app"}:
        await newsroom.sweep()
        assert newsroom.inits == 1, "not within a minute of a refusal"
        await newsroom.let_pass(minutes=1)
    for _ in range(3):
        await newsroom.sweep()
        await newsroom.let_pass(seconds=11)
    assert {(await newsroom.post(post_id)).state for post_id in post_ids} == {PostState.publishing}
    assert newsroom.inits == 1 + len(post_ids)


async def test_a_probe_whose_worker_died_asks_when_it_is_taken_up_again(newsroom):
    post_ids = await held(newsroom)
    unverify(newsroom, verified=True)
    await ask(newsroom)
    await release_due_posts(newsroom.app)
    newsroom.queue.woken.clear()  # it dies, and knows of nothing
    await newsroom.sweep()
    assert newsroom.inits == 1
    await newsroom.let_pass(seconds=31)
    await all_out(newsroom, post_ids)
    assert newsroom.inits == 1 + len(post_ids)


async def test_a_probe_whose_answer_is_lost_for_ever_does_not_stop_the_next(newsroom):
    first, *others = await held(newsroom)
    await ask(newsroom)
    newsroom.tiktok.fail(endpoint="content_init", cut=True)
    await newsroom.sweep()
    assert (await newsroom.post(first)).state is PostState.unconfirmed
    await newsroom.let_pass(minutes=9)
    await newsroom.sweep()
    assert newsroom.inits == 2
    unverify(newsroom, verified=True)
    await newsroom.let_pass(minutes=2)
    await all_out(newsroom, others)
    assert (await newsroom.post(first)).state is PostState.unconfirmed


async def test_a_probe_that_is_stopped_before_tiktok_is_asked_gives_way_to_another(sqlite_newsroom):
    newsroom = sqlite_newsroom
    first, second, _ = await held(newsroom)
    await ask(newsroom)
    await release_due_posts(newsroom.app)
    await decide(newsroom.app, first, "cancel", by="editor")
    await newsroom.sweep()
    assert (newsroom.inits, len(await newsroom.attempts(second))) == (2, 1)


async def test_an_old_refusal_raises_no_hold_that_was_lifted(newsroom):
    """Two accounts send at once: one is taken, and the other's refusal, which left before, comes after that."""
    refused = InitRefused(explain_error(REASON), 403, log_id="late")
    city, daily = await newsroom.connect(CITY), await newsroom.connect()
    unverify(newsroom)
    await newsroom.publish((await newsroom.make_ready(city)).id)
    slow = await newsroom.make_ready(daily, path="ab/slow.jpg")
    async with newsroom.app.transaction() as session:
        await session.delete(await session.get_one(MediaHold, "creator"))
    lease = new_lease()
    await newsroom.change(Post, slow.id, **lease)
    attempt = await begin_attempt(newsroom.app, await newsroom.post(slow.id), lease["lease_token"])
    assert attempt is not None
    await newsroom.publish((await newsroom.make_ready(city, path="ab/3.jpg")).id)
    unverify(newsroom, verified=True)
    await ask(newsroom)
    await newsroom.sweep()
    await newsroom.sweep()
    lifted = await hold_of(newsroom)
    assert lifted.lifted_at is not None
    await settle_attempt(newsroom.app, attempt, refused, failures=0, first_check_seconds=5)
    assert (await hold_of(newsroom)).lifted_at == lifted.lifted_at
    assert await standing(newsroom, slow.id) == (PostState.scheduled, REASON)
    await newsroom.sweep()
    assert (await newsroom.post(slow.id)).state is PostState.publishing


async def test_what_was_taken_before_the_refusal_lifts_nothing(sqlite_newsroom):
    """A lost answer that turns up days later says nothing of an address that was taken away since."""
    newsroom = sqlite_newsroom
    daily, city = await newsroom.connect(), await newsroom.connect(CITY)
    newsroom.tiktok.fail(endpoint="content_init", cut=True, phase="after")
    lost = await newsroom.publish((await newsroom.make_ready(city)).id)
    (attempt,) = await newsroom.attempts(lost.id)
    await newsroom.let_pass(minutes=5)
    unverify(newsroom)
    await newsroom.publish((await newsroom.make_ready(daily, path="ab/2.jpg")).id)
    (there,) = newsroom.there
    await settle_attempt(newsroom.app, attempt, InitAccepted(there.publish_id), failures=0, first_check_seconds=5)
    (attempt,) = await newsroom.attempts(lost.id)
    assert attempt.outcome is AttemptOutcome.accepted
    await newsroom.sweep()
    assert (await hold_of(newsroom)).lifted_at is None
    assert newsroom.inits == 2


async def test_a_hold_that_comes_while_a_post_is_on_its_way_stops_it_at_the_last_moment(newsroom):
    post_ids = await held(newsroom, 1)
    late = await newsroom.make_ready(await newsroom.account((await newsroom.post(post_ids[0])).account_id),
                                     path="ab/late.jpg", **new_lease())  # fmt: skip
    assert late.lease_token is not None
    assert await begin_attempt(newsroom.app, late, late.lease_token) is None
    assert await newsroom.attempts(late.id) == []


async def test_a_film_that_we_send_ourselves_is_not_held_and_proves_nothing(newsroom):
    post_ids = await held(newsroom, 2)
    account = await newsroom.account((await newsroom.post(post_ids[0])).account_id)
    newsroom.app = at_tiktok(newsroom.app, newsroom.tiktok, video_source="FILE_UPLOAD")  # fmt: skip
    film = await newsroom.publish((await newsroom.make_ready(account, path="ab/film.mp4", kind=PostKind.video)).id)
    assert film.state is PostState.publishing, film.state_detail
    await newsroom.sweep()
    assert (await hold_of(newsroom)).lifted_at is None
    assert await standing(newsroom, post_ids[1]) == (PostState.scheduled, REASON)
    assert newsroom.inits == 1


async def test_the_newsroom_is_told_once(sqlite_newsroom):
    newsroom = sqlite_newsroom
    async with newsroom.app.transaction() as session:
        listening = ["media.refused", "post.failed"]
        session.add(NotificationEndpoint(channel=Channel.email, address="desk@news.example", events=listening))
    await held(newsroom)
    for _ in range(3):
        await newsroom.let_pass(minutes=10, seconds=1)
        await newsroom.sweep()
    assert newsroom.inits == 4
    async with newsroom.app.read() as session:
        (event,) = (await session.exec(select(OutboxEvent))).all()
    assert (event.type, event.subject) == ("media.refused", "media:creator")
    assert event.data["prefix"].endswith("/media/")
    assert event.data["why"]["text"].endswith("Posts wait until that is done, and then go out by themselves.")


async def test_the_reason_is_said_in_each_language(sqlite_newsroom):
    (post_id,) = await held(sqlite_newsroom, 1)
    detail = detail_of(await sqlite_newsroom.post(post_id))
    assert detail is not None
    said = {language: detail.shown(translator(language)) for language in LANGUAGES}
    assert "goes out by itself" in said["en"]
    assert "выйдет автоматически" in said["ru"]
    assert "өздігінен шығады" in said["kk"]
    assert all("URL properties" in text for text in said.values())


async def test_a_long_silence_ends_with_the_first_post_that_comes(sqlite_newsroom):
    """Nothing was left to ask with: the next article asks, and needs not wait for anybody."""
    newsroom = sqlite_newsroom
    (post_id,) = await held(newsroom, 1)
    await decide(newsroom.app, post_id, "cancel", by="editor")
    unverify(newsroom, verified=True)
    await newsroom.let_pass(hours=30)
    account = await newsroom.account((await newsroom.post(post_id)).account_id)
    fresh = await newsroom.publish((await newsroom.make_ready(account, path="ab/new.jpg")).id)
    assert fresh.state is PostState.scheduled
    await newsroom.sweep()
    assert (await newsroom.post(fresh.id)).state is PostState.publishing
    assert (await hold_of(newsroom)).held_since < utcnow() - timedelta(hours=29)
