"""TikTok's events meet posts: late, twice, out of order, before the answer, and against the polls."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.accounts.models import Account, AccountState
from app.kit.clock import utcnow
from app.posts.face.decisions import decide
from app.posts.follow.event_owner import claim_event
from app.posts.follow.tiktok_events import handle_event, handle_forgotten_events
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostState
from app.posts.schemas_decisions import PostResolve
from app.posts.unconfirmed.traces import read_case, settle_by_list
from app.posts.unconfirmed.vanished_workers import reconcile_posts
from app.posts.verdict import Verdict
from app.posts.verdict_writer import hear as hear_verdict
from app.tiktok.models import PublishStatus, VideoItem
from app.webhooks.models import WebhookEvent
from tests.accounts.support import load_tokens
from tests.posts.unconfirmed.lost import CUT_AFTER, CUT_BEFORE
from tests.support.locks import until_somebody_waits
from tests.support.waiting import eventually
from tests.webhooks.support import list_events, tell

BY = "editor@newsroom.example"


async def hear(newsroom, post, event, **content):
    """Let TikTok speak about a post, and a worker listen."""
    account = await newsroom.account(post.account_id)
    created_at = content.pop("created_at", None)
    publish_id = content.pop("publish_id", post.publish_id)
    await tell(newsroom.app, event, account.open_id, created_at=created_at, publish_id=publish_id, **content)
    await newsroom.work()
    return await newsroom.post(post.id)


async def outcomes(newsroom):
    return [event.outcome for event in await list_events(newsroom.app)]


async def sweep_events(newsroom):
    """Let the sweep of the events come round, as often as it still finds some to weigh."""
    for _ in range(4):
        for event in await list_events(newsroom.app):
            await newsroom.change(WebhookEvent, event.id, received_at=event.received_at - timedelta(seconds=10))
        await handle_forgotten_events(newsroom.app)
        await newsroom.work()


async def lose(newsroom, account, *, fault=CUT_AFTER, **changes):
    newsroom.tiktok.fail(**fault)
    post = await newsroom.publish((await newsroom.make_ready(account, **changes)).id)
    assert post.state is PostState.unconfirmed
    return post


@pytest.mark.parametrize(
    ("event", "content", "state"),
    [
        ("post.publish.complete", {}, PostState.published),
        ("post.publish.inbox_delivered", {}, PostState.sent_to_inbox),
        ("post.publish.failed", {"reason": "spam_risk_user_banned_from_posting"}, PostState.failed),
        ("post.publish.failed", {"reason": "publish_cancelled"}, PostState.cancelled),
        ("post.publish.publicaly_available", {"post_id": 7_602_997_517_160_123_666}, PostState.published),
    ],
)
async def test_an_event_is_a_verdict(newsroom, event, content, state):
    post = await newsroom.make_publishing(await newsroom.connect())
    post = await hear(newsroom, post, event, **content)
    assert post.state is state
    assert post.post_ids == ([str(content["post_id"])] if "post_id" in content else [])
    assert await outcomes(newsroom) == ["heard"]


async def test_a_draft_that_the_creator_posts_is_published(newsroom):
    post = await newsroom.make_publishing(await newsroom.connect())
    await hear(newsroom, post, "post.publish.inbox_delivered")
    post = await hear(newsroom, post, "post.publish.complete")
    assert post.state is PostState.published


async def test_late_and_contradicting_events_move_no_final_state(newsroom):
    post = await newsroom.make_publishing(await newsroom.connect())
    await hear(newsroom, post, "post.publish.complete")
    for event, content in (
        ("post.publish.inbox_delivered", {}),
        ("post.publish.failed", {"reason": "internal"}),
        ("post.publish.complete", {"created_at": 1_793_534_400}),
    ):
        post = await hear(newsroom, post, event, **content)
        assert post.state is PostState.published
    assert "The first word stands" in " ".join(event.why for event in await newsroom.events(post.id))
    assert await outcomes(newsroom) == ["heard", "known", "contradicted", "known"]


async def test_a_success_after_a_failure_warns_and_a_person_takes_the_warning_off(newsroom):
    post = await newsroom.make_publishing(await newsroom.connect())
    await hear(newsroom, post, "post.publish.failed", reason="spam_risk_user_banned_from_posting")
    post = await hear(newsroom, post, "post.publish.complete")
    assert (post.state, post.alert) == (PostState.failed, "contradicted")
    await decide(newsroom.app, post.id, "dismiss", by=BY)
    assert (await newsroom.post(post.id)).alert is None


async def test_an_event_of_an_earlier_attempt_that_failed_does_not_touch_the_next(newsroom):
    post = await newsroom.make_publishing(await newsroom.connect())
    first = post.publish_id
    retrying = await hear(newsroom, post, "post.publish.failed", reason="internal")
    assert retrying.state is PostState.retryable
    await newsroom.change(Post, post.id, next_attempt_at=utcnow())
    await newsroom.sweep()
    post = await hear(newsroom, post, "post.publish.failed", publish_id=first, reason="internal", created_at=5)
    assert (post.state, post.alert, post.attempt) == (PostState.publishing, None, 2)
    post = await hear(newsroom, post, "post.publish.complete", publish_id=first)
    assert (post.state, post.alert) == (PostState.publishing, "perhaps_twice")


async def test_events_about_another_accounts_publish_id_change_nothing(newsroom):
    post = await newsroom.make_publishing(await newsroom.connect())
    other = await newsroom.connect("-000EmulatedCityDesk000000000000002")
    await tell(newsroom.app, "post.publish.complete", other.open_id, publish_id=post.publish_id)
    await newsroom.work()
    assert (await newsroom.post(post.id)).state is PostState.publishing


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_what_tiktok_said_last_about_visibility_counts_in_any_order(newsroom, order):
    post = await newsroom.make_publishing(await newsroom.connect())
    now = time.time()
    spoken = [
        ("post.publish.publicly_available", now - 20),
        ("post.publish.no_longer_publicaly_available", now - 10),
    ]
    for number in order:
        event, created_at = spoken[number]
        post = await hear(newsroom, post, event, post_id="7602997517160123666", created_at=created_at)
    assert (post.state, post.alert, post.post_ids) == (PostState.published, "taken_down", ["7602997517160123666"])
    post = await hear(newsroom, post, spoken[0][0], post_id="7602997517160123666", created_at=now)
    assert post.alert is None
    assert len(await list_events(newsroom.app)) == 3


async def test_an_event_that_comes_before_inits_answer_is_kept_and_counts_afterwards(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_ready(account)
    newsroom.tiktok.fail(endpoint="content_init", hang=1.0, phase="after")
    publishing = asyncio.create_task(newsroom.publish(post.id))
    await eventually(lambda: bool(newsroom.there))
    publish_id = newsroom.there[0].publish_id
    await tell(newsroom.app, "post.publish.complete", account.open_id, publish_id=publish_id)
    await newsroom.work()
    assert await outcomes(newsroom) == [None]
    assert (await publishing).state is PostState.publishing
    await sweep_events(newsroom)
    assert (await newsroom.post(post.id)).state is PostState.published
    assert await outcomes(newsroom) == ["heard"]


async def test_an_event_that_no_worker_was_woken_for_is_found(newsroom):
    post = await newsroom.make_publishing(await newsroom.connect())
    account = await newsroom.account(post.account_id)
    await tell(newsroom.app, "post.publish.complete", account.open_id, publish_id=post.publish_id)
    newsroom.queue.woken.clear()
    (event,) = await list_events(newsroom.app)
    await newsroom.change(WebhookEvent, event.id, received_at=utcnow() - timedelta(seconds=10))
    await handle_forgotten_events(newsroom.app)
    await newsroom.work()
    assert (await newsroom.post(post.id)).state is PostState.published


async def test_an_event_with_an_unknown_id_adopts_the_post_whose_answer_was_lost(newsroom):
    account = await newsroom.connect()
    post = await lose(newsroom, account)
    post = await hear(newsroom, post, "post.publish.complete", publish_id=newsroom.there[0].publish_id)
    assert (post.state, post.publish_id) == (PostState.published, newsroom.there[0].publish_id)
    (attempt,) = await newsroom.attempts(post.id)
    assert (attempt.outcome, attempt.evidence) == (AttemptOutcome.accepted, "webhook")
    assert await newsroom.way(post.id) == ["unconfirmed", "publishing", "published"]


async def test_an_event_from_before_the_attempt_is_about_something_else(newsroom):
    post = await lose(newsroom, await newsroom.connect())
    post = await hear(newsroom, post, "post.publish.complete", publish_id="p_old", created_at=time.time() - 120)
    assert post.state is PostState.unconfirmed
    assert await outcomes(newsroom) == ["unclaimed"]


async def test_of_two_lost_attempts_the_one_whose_media_were_fetched_gets_the_event(newsroom):
    account = await newsroom.connect()
    lost = await lose(newsroom, account, fault=CUT_BEFORE, path="ab/1.jpg")
    there = await lose(newsroom, account, path="ab/2.jpg")
    publish_id = newsroom.there[0].publish_id
    await newsroom.pulled(publish_id)
    adopted = await hear(newsroom, there, "post.publish.complete", publish_id=publish_id)
    assert (adopted.state, adopted.publish_id) == (PostState.published, publish_id)
    assert (await newsroom.post(lost.id)).state is PostState.unconfirmed


@pytest.mark.parametrize("reason", ["photo_pull_failed", "video_pull_failed", "internal", "new_reason", None])
async def test_a_failure_is_not_that_of_the_one_whose_media_tiktok_has(newsroom, reason):
    """Of two lost attempts: sent again, the post that is there would be there twice."""
    account = await newsroom.connect()
    lost = await lose(newsroom, account, fault=CUT_BEFORE, path="ab/1.jpg")
    there = await lose(newsroom, account, path="ab/2.jpg")
    await newsroom.pulled(newsroom.there[0].publish_id)
    heard = await hear(newsroom, there, "post.publish.failed", publish_id="p_other", reason=reason)
    assert (heard.state, heard.publish_id) == (PostState.unconfirmed, None)
    assert (await newsroom.post(lost.id)).state is PostState.unconfirmed
    assert await outcomes(newsroom) == ["unclaimed"]


async def test_a_failure_after_a_look_at_the_media_is_that_of_the_one_whose_media_tiktok_has(newsroom):
    account = await newsroom.connect()
    await lose(newsroom, account, fault=CUT_BEFORE, path="ab/1.jpg")
    there = await lose(newsroom, account, path="ab/2.jpg")
    publish_id = newsroom.there[0].publish_id
    await newsroom.pulled(publish_id)
    content = {"publish_id": publish_id, "reason": "file_format_check_failed"}
    assert (await hear(newsroom, there, "post.publish.failed", **content)).state is PostState.failed


async def test_of_two_lost_attempts_that_nothing_tells_apart_none_gets_the_event(newsroom):
    account = await newsroom.connect()
    first = await lose(newsroom, account, fault=CUT_BEFORE, path="ab/1.jpg")
    second = await lose(newsroom, account, fault=CUT_BEFORE, path="ab/2.jpg")
    now = time.time()
    for post in (first, second):
        heard = await hear(newsroom, post, "post.publish.complete", publish_id="p1", created_at=now)
        assert heard.state is PostState.unconfirmed
    assert await outcomes(newsroom) == ["unclaimed"]


async def lose_two(newsroom, **columns):
    """Two posts that TikTok has, both without their answers, and all that TikTok says about them."""
    account = await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE", **columns)
    posts, told = [], []
    for number in (1, 2):
        posts.append(await lose(newsroom, account, path=f"ab/{number}.jpg", title=f"News number {number}, of its own"))
        told.append(await newsroom.pulled(newsroom.there[-1].publish_id))
    for there, post_id in zip(told, ("7602997517160120071", "7602997517160120072"), strict=True):
        said: tuple[tuple[str, dict[str, Any]], ...] = (("complete", {}), ("publicly_available", {"post_id": post_id}))
        for event, content in said:
            await tell(newsroom.app, f"post.publish.{event}", account.open_id, publish_id=there.publish_id, **content)
    await newsroom.work()
    assert await outcomes(newsroom) == ["unclaimed"] * 4
    return posts, [there.publish_id for there in told]


async def find_in_list(newsroom, post, post_id):
    """Let the account's list show this post."""
    case = await read_case(newsroom.app, post.id)
    assert case is not None
    assert case.attempt is not None
    async with newsroom.app.transaction() as session:
        assert await settle_by_list(session, case.attempt, listed(post, post_id))


def listed(post, post_id):
    item = {"id": post_id, "title": post.title, "create_time": int(time.time()), "share_url": ""}
    return VideoItem.model_validate(item)


@pytest.mark.parametrize("first", [0, 1])
async def test_when_the_list_settles_one_of_two_lost_posts_the_events_of_both_find_their_owners(newsroom, first):
    posts, publish_ids = await lose_two(newsroom)
    await find_in_list(newsroom, posts[first], f"760299751716012007{first + 1}")
    await sweep_events(newsroom)
    for post, publish_id, post_id in zip(
        posts, publish_ids, ("7602997517160120071", "7602997517160120072"), strict=True
    ):
        settled = await newsroom.post(post.id)
        assert (settled.state, settled.publish_id, settled.post_ids) == (PostState.published, publish_id, [post_id])
        assert settled.alert is None
    assert {event.outcome for event in await list_events(newsroom.app)} <= {"heard", "known"}


async def test_when_the_list_settles_both_lost_posts_their_events_still_find_them(newsroom):
    posts, publish_ids = await lose_two(newsroom)
    for number, post in enumerate(posts, 1):
        await find_in_list(newsroom, post, f"760299751716012007{number}")
    await sweep_events(newsroom)
    assert [(await newsroom.post(post.id)).publish_id for post in posts] == publish_ids
    assert all(event.handled_at is not None for event in await list_events(newsroom.app))


async def test_a_persons_word_on_one_of_two_lost_posts_frees_the_events_of_the_other(newsroom):
    posts, publish_ids = await lose_two(newsroom)
    username = (await newsroom.account(posts[0].account_id)).username or "reader"
    address = f"https://www.tiktok.com/@{username}/photo/7602997517160120071"
    await decide(newsroom.app, posts[0].id, "resolve", PostResolve(verdict="posted", url=address), by=BY)
    await sweep_events(newsroom)
    second = await newsroom.post(posts[1].id)
    assert (second.state, second.publish_id, second.post_ids) == (
        PostState.published,
        publish_ids[1],
        ["7602997517160120072"],
    )


async def test_an_event_of_a_rival_is_claimed_by_none_before_the_rival_is_settled(newsroom):
    posts, _ = await lose_two(newsroom)
    await sweep_events(newsroom)
    assert await outcomes(newsroom) == ["unclaimed"] * 4
    assert {(await newsroom.post(post.id)).state for post in posts} == {PostState.unconfirmed}


async def test_events_of_two_lost_posts_weighed_at_once_go_to_their_owners(newsroom):
    posts, publish_ids = await lose_two(newsroom)
    await find_in_list(newsroom, posts[0], "7602997517160120071")
    for _ in range(3):
        await asyncio.gather(*(handle_event(newsroom.app, event.id) for event in await list_events(newsroom.app)))
    await sweep_events(newsroom)
    assert [(await newsroom.post(post.id)).publish_id for post in posts] == publish_ids


async def test_an_event_that_waits_for_another_of_the_same_post_goes_to_that_post(newsroom):
    """The first of them names the post in public; the second bears no more than the id that it thereby learns."""
    posts, publish_ids = await lose_two(newsroom)
    await find_in_list(newsroom, posts[0], "7602997517160120071")
    complete, public = (await list_events(newsroom.app))[:2]
    assert {complete.publish_id, public.publish_id} == {publish_ids[0]}
    async with newsroom.app.transaction() as session:
        account = await newsroom.account(posts[0].account_id)
        assert await claim_event(session, await session.get_one(WebhookEvent, public.id), account.id)
        waiting = asyncio.ensure_future(handle_event(newsroom.app, complete.id))
        await until_somebody_waits(newsroom.app)
        assert not waiting.done()
    await waiting
    assert (await newsroom.post(posts[0].id)).publish_id == publish_ids[0]
    assert (await newsroom.post(posts[1].id)).publish_id is None


async def test_an_event_that_waits_for_the_answer_with_its_id_goes_to_no_other_lost_post(newsroom):
    """Given to the other, a failure would have it sent again, and it would be there twice."""
    posts, publish_ids = await lose_two(newsroom)
    case = await read_case(newsroom.app, posts[0].id)
    assert case is not None
    assert case.attempt is not None
    await newsroom.change(PostAttempt, case.attempt.id, outcome=AttemptOutcome.sending)
    complete = (await list_events(newsroom.app))[0]
    assert complete.publish_id == publish_ids[0]
    async with newsroom.app.transaction() as session:
        answer = {"outcome": AttemptOutcome.accepted, "publish_id": publish_ids[0]}
        await session.exec(sa.update(PostAttempt).where(col(PostAttempt.id) == case.attempt.id).values(**answer))
        waiting = asyncio.ensure_future(handle_event(newsroom.app, complete.id))
        await until_somebody_waits(newsroom.app)
        assert not waiting.done()
    await waiting
    assert (await newsroom.post(posts[1].id)).publish_id is None
    assert (await outcomes(newsroom))[0] != "unclaimed"


async def test_a_persons_word_is_completed_by_tiktoks_later_event(newsroom):
    post = await lose(newsroom, await newsroom.connect())
    await decide(newsroom.app, post.id, "resolve", PostResolve(verdict="posted"), by=BY)
    publish_id = newsroom.there[0].publish_id
    post = await hear(newsroom, post, "post.publish.publicly_available", publish_id=publish_id, post_id="77777")
    assert (post.state, post.publish_id, post.post_ids, post.alert) == (
        PostState.published, publish_id, ["77777"], None,
    )  # fmt: skip


async def test_a_persons_no_that_tiktok_contradicts_becomes_a_warning(newsroom):
    post = await lose(newsroom, await newsroom.connect())
    await decide(newsroom.app, post.id, "resolve", PostResolve(verdict="not_posted"), by=BY)
    post = await hear(newsroom, post, "post.publish.complete", publish_id=newsroom.there[0].publish_id)
    assert (post.state, post.alert) == (PostState.failed, "contradicted")


VERDICTS = ["PUBLISH_COMPLETE", "FAILED", "SEND_TO_USER_INBOX"]
EVENTS = ["post.publish.complete", "post.publish.failed", "post.publish.inbox_delivered"]


@pytest.mark.parametrize("round_", range(3))
async def test_polls_and_events_race_to_one_final_state(newsroom, round_):
    account = await newsroom.connect()
    post = await newsroom.make_publishing(account)
    for n in range(12):
        content = {"publish_id": post.publish_id, "reason": "spam_risk_user_banned_from_posting"}
        await tell(newsroom.app, EVENTS[(n + round_) % 3], account.open_id, created_at=time.time() + n, **content)
    events = [event.id for event in await list_events(newsroom.app)]
    assert len(events) == 12
    newsroom.queue.woken.clear()
    said = [
        PublishStatus.model_validate({"status": status, "fail_reason": "spam_risk_user_banned_from_posting"})
        for status in VERDICTS * 2
    ]
    await asyncio.gather(
        *(handle_event(newsroom.app, event_id) for event_id in events * 2),
        *(hear_verdict(newsroom.app, post, Verdict.by_status(status)) for status in said),
    )
    final = await newsroom.post(post.id)
    way = await newsroom.way(post.id)
    assert final.finalized_at is not None
    assert way[-1] == final.state
    # A draft that was delivered may be posted afterwards; nothing else follows on a final state.
    assert way[1:] in (["publishing", final.state], ["publishing", "sent_to_inbox", "published"], [final.state],
                       ["sent_to_inbox", "published"])  # fmt: skip
    assert all(event.handled_at is not None for event in await list_events(newsroom.app))


async def test_the_end_of_the_permission_disconnects_and_stops_what_waits(newsroom):
    account = await newsroom.connect()
    states = (PostState.queued, PostState.scheduled, PostState.retryable)
    later = utcnow() + timedelta(hours=1)
    waiting = [
        await newsroom.make_ready(account, path=f"ab/{state}.jpg", state=state, next_attempt_at=later)
        for state in states
    ]
    approval = await newsroom.make_ready(account, path="ab/approval.jpg", state=PostState.awaiting_approval)
    await tell(newsroom.app, "authorization.removed", account.open_id, created_at=time.time() + 1, reason=1)
    await newsroom.work()
    account = await newsroom.account(account.id)
    assert (account.state, account.state_reason) == (AccountState.disconnected, "removed_at_tiktok_1")
    tokens = await load_tokens(newsroom.app, account.id)
    assert (tokens.access_token_encrypted, tokens.refresh_token_encrypted) == (None, None)
    for post in waiting:
        stopped = await newsroom.post(post.id)
        assert (stopped.state, stopped.state_reason, stopped.scheduled_at) == (
            PostState.scheduled, "account_disconnected", None,
        )  # fmt: skip
        assert "took the permission back" in stopped.state_detail
        assert (await newsroom.events(post.id))[-1].why == stopped.state_detail
    assert (await newsroom.post(approval.id)).state is PostState.awaiting_approval
    await newsroom.connect()
    await newsroom.sweep()
    assert {(await newsroom.post(post.id)).state for post in waiting} == {PostState.publishing}


async def test_a_permission_given_anew_outlives_the_old_ones_end(newsroom):
    account = await newsroom.connect()
    await tell(newsroom.app, "authorization.removed", account.open_id, created_at=time.time() - 60, reason=1)
    await newsroom.work()
    assert (await newsroom.account(account.id)).state is AccountState.connected
    assert await outcomes(newsroom) == ["outdated"]


async def test_unknown_events_and_unknown_accounts_are_put_aside(newsroom):
    account = await newsroom.connect()
    await tell(newsroom.app, "an.event.of.tomorrow", account.open_id, any_thing=1)
    await tell(newsroom.app, "post.publish.complete", "somebody-else", publish_id="p")
    await tell(newsroom.app, "post.publish.complete", account.open_id)
    await newsroom.work()
    assert await outcomes(newsroom) == ["unknown_event", "no_account", "no_publish_id"]


async def test_an_event_that_nobody_claims_is_let_go_in_the_end(newsroom):
    account = await newsroom.connect()
    await tell(newsroom.app, "post.publish.complete", account.open_id, publish_id="p_of_another_installation")
    await newsroom.work()
    (event,) = await list_events(newsroom.app)
    assert event.handled_at is None
    await newsroom.change(WebhookEvent, event.id, received_at=utcnow() - timedelta(hours=81))
    await handle_forgotten_events(newsroom.app)
    assert (await list_events(newsroom.app))[0].handled_at is not None


async def test_a_dead_workers_place_is_free_for_the_accounts_next_post(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_ready(account)
    newsroom.tiktok.fail(**CUT_BEFORE)
    await newsroom.publish(post.id)
    await reconcile_posts(newsroom.app)
    async with newsroom.app.read() as session:
        assert (await session.exec(select(Account.state).where(Account.id == account.id))).one() == "connected"
    second = await newsroom.publish((await newsroom.make_ready(account, path="ab/2.jpg")).id)
    assert second.state is PostState.publishing


async def test_a_post_that_an_event_names_gets_its_link_at_once(newsroom):
    account = await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE")
    post = await newsroom.follow((await newsroom.make_publishing(account)).id)
    await newsroom.change(Post, post.id, post_ids=[], share_url=None)
    named = await hear(newsroom, post, "post.publish.publicly_available", post_id=post.post_ids[0])
    assert (named.post_ids, named.share_url) == (post.post_ids, post.share_url)
