"""Who is asked about first, how many at once, and that nobody is forgotten."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from app.kit.clock import utcnow
from app.limits.budgets import STATUS_FETCH
from app.limits.models import CallBudget
from app.posts.follow import polling
from app.posts.follow.due import claim, note_progress
from app.posts.follow.polling import beats, follow_due_posts, follow_for_a_second
from app.posts.models import Post, PostState
from app.resources import open_resources
from tests.accounts.support import CITY, DAILY
from tests.builders import make_account, make_post
from tests.posts.support import polls
from tests.support.waiting import eventually

UNTIL_FAR = polls(1000)


async def make_crowd(resources, ages, **changes):
    """Posts of one account that are due now; `ages` in seconds say for how long TikTok has had each."""
    now = utcnow()
    async with resources.transaction() as session:
        account = await make_account(session)
        values = {"account_id": account.id, "state": PostState.publishing, "next_check_at": now - timedelta(seconds=1)}
        return [
            await make_post(
                session, publish_id=f"p_{age}", publishing_since=now - timedelta(seconds=age), **(values | changes)
            )
            for age in ages
        ]


async def claim_once(resources, room=500, now=None):
    async with resources.transaction() as session:
        return await claim(session, resources.settings, now or utcnow(), room=room)


async def read_posts(resources):
    async with resources.read() as session:
        return {post.id: post for post in (await session.exec(sa.select(Post))).scalars()}


async def test_beats_keep_step_and_leave_out_what_was_slept_through():
    now, seen = 0.0, []

    def clock():
        return now

    async def sleep(seconds):
        nonlocal now
        now += seconds

    async for beat in beats(0.1, 1.0, clock=clock, sleep=sleep):
        seen.append((beat, round(now, 3)))
        # Each takes 30 ms; the fourth takes as long as three.
        now += 0.33 if beat == 3 else 0.03
    assert [beat for beat, _ in seen] == [0, 1, 2, 3, 6, 7, 8, 9]
    assert [moment for beat, moment in seen if beat < 4 or beat > 6] == [0.0, 0.1, 0.2, 0.3, 0.7, 0.8, 0.9]


async def test_a_tick_claims_until_the_next_one_begins(sqlite_resources, monkeypatch):
    claims: list[int] = []

    async def endless_beats(*_args, **_options):
        while True:
            yield 0
            await asyncio.sleep(0)

    async def claim_all(_app, _asking):
        claims.append(sqlite_resources.parts.of(polling.Asking).newest)
        return True

    await make_crowd(sqlite_resources, [10])
    monkeypatch.setattr(polling, "beats", endless_beats)
    monkeypatch.setattr(polling, "claim_all", claim_all)
    first = asyncio.ensure_future(follow_for_a_second(sqlite_resources))
    await eventually(lambda: len(claims) > 3)
    second = asyncio.ensure_future(follow_for_a_second(sqlite_resources))
    await first
    seen = len(claims)
    await eventually(lambda: len(claims) > seen)
    assert len(set(claims)) == 2
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)


async def test_a_tick_claims_nothing_before_something_is_due_and_then_at_its_moment(resources, monkeypatch):
    (post,) = await make_crowd(resources, [10], next_check_at=utcnow() + timedelta(seconds=5))
    await make_crowd(resources, [10], next_check_at=utcnow() - timedelta(seconds=5), state=PostState.queued)
    now, claimed, asked = utcnow(), [], []

    async def four_beats(*_args, **_options):
        nonlocal now
        for beat in range(4):
            yield beat
            now += timedelta(seconds=2)

    async def claim_and_note(session, settings, moment, *, room):
        claimed.append(moment)
        return await claim(session, settings, moment, room=room)

    async def follow(_app, poll, _claimed_at):
        asked.append(poll.post_id)

    monkeypatch.setattr(polling, "utcnow", lambda: now)
    monkeypatch.setattr(polling, "beats", four_beats)
    monkeypatch.setattr(polling, "claim", claim_and_note)
    monkeypatch.setattr(polling, "follow_claimed", follow)
    began_at = now
    await follow_for_a_second(resources)
    assert asked == [post.id]
    assert claimed == [began_at + timedelta(seconds=6)]


async def test_a_slow_answer_does_not_hold_up_the_next_claims(newsroom):
    slow, quick = [await newsroom.make_publishing(await newsroom.connect(open_id)) for open_id in (DAILY, CITY)]
    newsroom.tiktok.fail(endpoint="status_fetch", hang=60)
    await newsroom.change(Post, slow.id, next_check_at=utcnow())
    waiting = asyncio.create_task(follow_due_posts(newsroom.app))
    await eventually(lambda: newsroom.tiktok.count("status_fetch") == 1)
    assert (await newsroom.follow(quick.id)).state is PostState.published
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert (await newsroom.post(slow.id)).state is PostState.publishing


async def test_no_more_is_claimed_than_can_be_asked_at_once(resources, monkeypatch):
    for _ in range(6):
        await make_crowd(resources, [10])
    monkeypatch.setattr(polling, "MOST_AT_ONCE", 4)
    gate, asked = asyncio.Event(), []

    async def wait(_app, poll, _claimed_at):
        asked.append(poll.post_id)
        await gate.wait()

    monkeypatch.setattr(polling, "follow_claimed", wait)
    first = asyncio.create_task(follow_due_posts(resources))
    await eventually(lambda: len(asked) == 4)
    await follow_due_posts(resources)
    left = [post for post in (await read_posts(resources)).values() if post.next_check_at <= utcnow()]
    assert (len(asked), len(left)) == (4, 2)
    gate.set()
    await first
    await follow_due_posts(resources)
    assert len(set(asked)) == len(asked) == 6


async def test_of_one_accounts_posts_the_newest_are_asked_about_first(resources):
    ages = [30, 3000, 5, 400, 60, 90]
    posts = {age: post.id for age, post in zip(ages, await make_crowd(resources, ages), strict=True)}
    now = utcnow()
    claimed = await claim_once(resources, now=now)
    assert {poll.post_id for poll in claimed.polls} == {posts[5], posts[30], posts[60]}
    rows = await read_posts(resources)
    waits = [(rows[posts[age]].next_check_at - now).total_seconds() for age in (90, 400, 3000)]
    assert waits == pytest.approx([STATUS_FETCH.interval * n for n in (1, 2, 3)], abs=0.1)


async def test_posts_without_a_verdict_go_first_and_the_others_wait_for_a_full_budget(resources):
    undecided = await make_crowd(resources, [600])
    account_id = undecided[0].account_id
    decided = {"account_id": account_id, "state": PostState.published, "finalized_at": utcnow()}
    await make_crowd(resources, [5, 10], **decided)
    now = utcnow()
    claimed = await claim_once(resources, now=now)
    assert [poll.post_id for poll in claimed.polls] == [undecided[0].id]
    later = await claim_once(resources, now=now + timedelta(seconds=STATUS_FETCH.interval + 0.1))
    assert [poll.state for poll in later.polls] == [PostState.published]
    assert (await claim_once(resources, now=now + timedelta(seconds=3))).polls == []


async def test_an_account_with_many_posts_delays_no_other(resources):
    await make_crowd(resources, range(100, 140))
    (other,) = await make_crowd(resources, [7])
    claimed = await claim_once(resources)
    assert other.id in {poll.post_id for poll in claimed.polls}
    assert len(claimed.polls) == STATUS_FETCH.burst + 1


async def test_ten_posts_of_an_account_all_get_their_turn_for_ten_minutes(newsroom):
    account = await newsroom.connect()
    newsroom.go(pace=UNTIL_FAR, moderation_hours=100)
    posts = []
    for _ in range(10):
        await newsroom.let_pass(seconds=12)
        posts.append(await newsroom.make_publishing(account))
    before = asked_about(newsroom)
    for _ in range(150):
        await newsroom.let_pass(seconds=4)
        await follow_due_posts(newsroom.app)
    asked = asked_about(newsroom) - before
    assert newsroom.tiktok.violations == {}
    counts = [asked[post.publish_id] for post in posts]
    assert min(counts) > 8
    assert max(counts) < 4 * min(counts)
    assert sum(counts) > 10 * 20 * 0.7


def asked_about(newsroom) -> Counter[str]:
    calls = (call for call in newsroom.tiktok.world.journal.calls if call.endpoint == "status_fetch")
    return Counter(dict(call.request)["publish_id"] for call in calls)


async def test_a_refusal_for_too_many_questions_slows_the_account_for_every_worker(newsroom):
    account = await newsroom.connect()
    newsroom.go(pace=UNTIL_FAR)
    posts = [await newsroom.make_publishing(account) for _ in range(2)]
    newsroom.tiktok.fail(endpoint="status_fetch", code="rate_limit_exceeded")
    asked_at = utcnow()
    await newsroom.follow(posts[0].id)
    async with open_resources(newsroom.app.settings) as other:
        await newsroom.change(Post, posts[1].id, next_check_at=utcnow())
        await follow_due_posts(other)
    assert newsroom.tiktok.count("status_fetch") == 1
    waiting = await newsroom.post(posts[1].id)
    assert waiting.next_check_at - asked_at > timedelta(seconds=50)
    async with newsroom.app.read() as session:
        budget = (await session.exec(sa.select(CallBudget).where(col(CallBudget.key).like("status%")))).scalar_one()
    assert budget.gap_seconds >= STATUS_FETCH.interval


async def test_an_answer_that_says_nothing_new_writes_nothing(newsroom):
    account = await newsroom.connect()
    newsroom.go(pace=UNTIL_FAR)
    post = await newsroom.make_publishing(account)
    first = await newsroom.follow(post.id)
    assert first.tiktok_status == "PROCESSING_DOWNLOAD"
    second = await newsroom.follow(post.id)
    assert second.updated_at == first.updated_at
    assert newsroom.tiktok.count("status_fetch") == 2


async def test_a_word_for_a_post_that_has_moved_on_is_not_stored(newsroom, monkeypatch):
    account = await newsroom.connect()
    newsroom.go(pace=UNTIL_FAR)
    post = await newsroom.make_publishing(account)

    async def move_first(session, progress, now):
        moved = col(Post.id) == post.id
        await session.exec(sa.update(Post).where(moved).values(publish_id="p_another"))
        await note_progress(session, progress, now)

    await newsroom.change(Post, post.id, next_check_at=utcnow())
    monkeypatch.setattr(polling, "note_progress", move_first)
    await follow_due_posts(newsroom.app)
    assert newsroom.tiktok.count("status_fetch") == 1
    assert (await newsroom.post(post.id)).tiktok_status is None


async def test_a_question_that_could_not_leave_at_once_is_not_asked(newsroom, monkeypatch):
    account = await newsroom.connect()
    post = await newsroom.make_publishing(account)
    moments = iter([0.0, 100.0])
    monkeypatch.setattr(polling, "monotonic", lambda: next(moments))
    await newsroom.change(Post, post.id, next_check_at=utcnow())
    await follow_due_posts(newsroom.app)
    assert newsroom.tiktok.count("status_fetch") == 0
    assert (await newsroom.post(post.id)).next_check_at > utcnow()


async def test_it_is_asked_once_more_before_nobody_asks_any_more(newsroom):
    account = await newsroom.connect()
    newsroom.go(moderation_hours=48.5)
    post = await newsroom.make_publishing(account)
    await newsroom.let_pass(hours=49)
    assert (await newsroom.follow(post.id)).state is PostState.published


async def test_a_published_post_without_a_name_is_found_in_the_list(newsroom):
    account = await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE")
    post = await newsroom.make_publishing(account)
    there = newsroom.tiktok.world.posts[post.publish_id]
    nameless = '{"data":{"status":"PUBLISH_COMPLETE"},"error":{"code":"ok","message":"","log_id":"x"}}'
    await newsroom.change(Post, post.id, tiktok_status=None)
    newsroom.tiktok.fail(endpoint="status_fetch", phase="after", raw=nameless, http_status=200,
                         content_type="application/json", times=2)  # fmt: skip
    published = await newsroom.follow(post.id)
    assert (published.state, published.post_ids) == (PostState.published, [])
    found = await newsroom.follow(post.id)
    assert (found.state, found.post_ids, found.next_check_at) == (PostState.published, [str(there.post_ids[0])], None)
    assert found.share_url
    assert await newsroom.way(post.id) == ["publishing", "published"]
