"""Who has a post in hand: two workers, lost workers, late workers, and two posts of one account."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Account, AccountState, PublishMode
from app.articles.models import Article, ArticleState
from app.errors import Conflict
from app.kit.clock import utcnow
from app.messages import refusals
from app.posts import attempts, lease
from app.posts.attempt_outcomes import settle_attempt
from app.posts.attempts import begin_attempt
from app.posts.face.decisions import decide
from app.posts.lease import LeaseLost, hold
from app.posts.line.turn_lock import Turn
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostState
from app.posts.prepare.post import prepare
from app.posts.schemas_decisions import PostResolve
from app.posts.send import own_turn, passing, publish
from app.posts.send.publish import publish_post
from app.posts.sweeps import release_due_posts
from app.posts.transitions import new_lease
from app.posts.unconfirmed.vanished_workers import reconcile_posts
from app.tiktok.catalogue import explain_error
from app.tiktok.init import InitAccepted, InitRefused
from tests.support.waiting import eventually

pytestmark = pytest.mark.both_databases

LATE = InitAccepted("p_pub_url~v2.late", "log-late")


async def start(newsroom, post):
    """Begin an attempt as a worker does that is never heard of again."""
    held = await newsroom.change(Post, post.id, **new_lease())
    attempt = await begin_attempt(newsroom.app, held, held.lease_token)
    assert attempt is not None
    return attempt


async def vanish(newsroom, mode=PublishMode.direct):
    """Let a worker vanish between an init and its answer, long enough to be noticed; give the post and the attempt."""
    account = await newsroom.connect(mode=mode)
    post = await newsroom.make_ready(account, mode=str(mode))
    attempt = await start(newsroom, post)
    await newsroom.let_pass(minutes=2)
    await reconcile_posts(newsroom.app)
    return post, attempt


async def settle(newsroom, attempt, outcome):
    await settle_attempt(newsroom.app, attempt, outcome, failures=0, first_check_seconds=5)


async def test_a_job_that_runs_twice_sends_one_init(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_ready(account)
    given = new_lease()
    await newsroom.change(Post, post.id, **given)
    runs = [publish_post(newsroom.app, post.id, given["lease_token"]) for _ in range(4)]
    await asyncio.gather(*runs)
    await publish_post(newsroom.app, post.id, given["lease_token"])
    assert (newsroom.inits, len(newsroom.there)) == (1, 1)
    assert ((await newsroom.post(post.id)).state, len(await newsroom.attempts(post.id))) == (PostState.publishing, 1)


@pytest.mark.parametrize(
    "obstacle", [{"enabled": False}, {"privacy_level": None}, {"init_not_before": utcnow() + timedelta(hours=1)}]
)
async def test_a_job_that_runs_again_after_its_worker_died_in_init_moves_nothing(newsroom, obstacle):
    """arq hands a dead worker's job out again, and by then the account may be switched off, or its next slot far."""
    account = await newsroom.connect()
    post = await newsroom.make_ready(account)
    attempt = await start(newsroom, post)
    await newsroom.change(Account, account.id, **obstacle)
    held = await newsroom.post(post.id)

    await publish_post(newsroom.app, post.id, held.lease_token)

    after = await newsroom.post(post.id)
    assert (after.state, after.is_sending, after.lease_token) == (PostState.queued, True, held.lease_token)
    await newsroom.change(PostAttempt, attempt.id, started_at=utcnow() - timedelta(seconds=61))
    await newsroom.change(Post, post.id, lease_until=utcnow() - timedelta(seconds=1))
    await reconcile_posts(newsroom.app)
    assert (await newsroom.post(post.id)).state is PostState.unconfirmed


async def test_a_worker_whose_lease_was_given_away_does_nothing(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_ready(account, **new_lease())
    await publish_post(newsroom.app, post.id, "another worker's")
    assert (newsroom.inits, await newsroom.attempts(post.id)) == (0, [])
    assert (await newsroom.post(post.id)).lease_token == post.lease_token


async def test_a_lease_that_is_stolen_during_preparation_leaves_nothing_behind(newsroom, monkeypatch):
    account = await newsroom.connect()
    post_id = await newsroom.plan(title="Stolen")

    async def slow(*args):
        await newsroom.change(Post, post_id, lease_token="thief", lease_until=utcnow() + timedelta(seconds=30))
        return await prepare(*args)

    monkeypatch.setattr(publish, "prepare", slow)
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert (post.state, post.lease_token, post.title, post.prepared_version) == (PostState.queued, "thief", "", None)
    assert (post.media_count, newsroom.inits, account.id) == (0, 0, post.account_id)


async def test_a_post_that_was_cancelled_during_preparation_is_not_sent(newsroom, monkeypatch):
    account = await newsroom.connect()
    post = await newsroom.make_ready(account)

    async def cancelled_meanwhile(app, post, holder):
        await decide(app, post.id, "cancel", by="editor")
        return await begin_attempt(app, post, holder)

    monkeypatch.setattr(publish, "begin_attempt", cancelled_meanwhile)
    post = await newsroom.publish(post.id)
    assert (post.state, newsroom.inits, await newsroom.attempts(post.id)) == (PostState.cancelled, 0, [])


async def test_what_has_changed_since_the_gates_stops_a_post_when_its_attempt_begins(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_ready(account)
    held = await newsroom.change(Post, post.id, **new_lease())
    for table, row_id, column, other, same in (
        (Article, post.article_id, "version", 2, 1),
        (Article, post.article_id, "state", ArticleState.unpublished, ArticleState.published),
        (Account, account.id, "enabled", False, True),
        (Account, account.id, "state", AccountState.reconnect, AccountState.connected),
        (Post, post.id, "lease_token", "another's", held.lease_token),
        (Post, post.id, "state", PostState.scheduled, PostState.queued),
        (Post, post.id, "attempt", 1, 0),
        (Post, post.id, "is_sending", True, False),
    ):
        await newsroom.change(table, row_id, **{column: other})
        assert await begin_attempt(newsroom.app, held, held.lease_token) is None, (table, column)
        await newsroom.change(table, row_id, **{column: same})
    assert await newsroom.attempts(post.id) == []
    assert await begin_attempt(newsroom.app, held, held.lease_token) is not None


async def test_a_lease_is_kept_while_its_worker_lives(newsroom, monkeypatch):
    account = await newsroom.connect()
    monkeypatch.setattr(lease, "RENEW_EVERY_SECONDS", 0.02)
    given = new_lease()
    post = await newsroom.make_ready(account, **given)

    async def is_renewed():
        return (await newsroom.post(post.id)).lease_until > began_at + timedelta(seconds=20)

    began_at = utcnow()
    async with hold(newsroom.app, post.id, given["lease_token"]):
        await newsroom.change(Post, post.id, lease_until=utcnow() - timedelta(seconds=1))
        await eventually(is_renewed)
    with pytest.raises(LeaseLost):
        async with hold(newsroom.app, post.id, "another worker's"):
            raise AssertionError


async def test_a_post_is_handed_out_again_when_its_lease_has_ended(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_ready(account, **new_lease())
    await release_due_posts(newsroom.app)
    assert not newsroom.queue.woken
    await newsroom.let_pass(seconds=31)
    await release_due_posts(newsroom.app)
    ((name, (post_id, token)),) = newsroom.queue.woken
    assert (name, post_id) == ("posts.publish", post.id)
    assert token != post.lease_token
    await newsroom.work()
    assert (await newsroom.post(post.id)).state is PostState.publishing


async def test_two_sweeps_at_once_hand_a_post_out_once(newsroom):
    account = await newsroom.connect()
    posts = [await newsroom.make_ready(account, path=f"ab/{n}.jpg") for n in range(5)]
    await asyncio.gather(*(release_due_posts(newsroom.app) for _ in range(4)))
    assert sorted(args[0] for _, args in newsroom.queue.woken) == sorted(post.id for post in posts)


async def test_two_posts_of_one_account_send_one_init_at_a_time(newsroom):
    account = await newsroom.connect()
    busy, other = await newsroom.make_ready(account), await newsroom.make_ready(account, path="ab/2.jpg")
    attempt = await start(newsroom, busy)
    post = await newsroom.publish(other.id)
    assert (post.state, post.attempt, post.lease_token, post.failures) == (PostState.queued, 0, None, 0)
    assert newsroom.inits == 0
    await settle(newsroom, attempt, LATE)
    await newsroom.let_pass(seconds=2)
    await newsroom.sweep()
    assert ((await newsroom.post(other.id)).state, newsroom.inits) == (PostState.publishing, 1)


async def test_a_burst_for_one_account_stays_within_tiktoks_limits(newsroom):
    account = await newsroom.connect()
    posts = [await newsroom.make_ready(account, path=f"ab/{n}.jpg") for n in range(9)]
    for _ in range(90):
        await release_due_posts(newsroom.app)
        await newsroom.work_at_once()
        await newsroom.let_pass(seconds=2)
    assert [(await newsroom.post(post.id)).state for post in posts] == [PostState.publishing] * 9
    assert (newsroom.inits, len(newsroom.there)) == (9, 9)
    assert newsroom.tiktok.violations == {}


@pytest.fixture
def many_processes(monkeypatch):
    """Jobs that share nothing but the database, as in worker processes of their own."""
    monkeypatch.setattr(own_turn, "turn_of", lambda *_: Turn())


@pytest.mark.usefixtures("many_processes")
async def test_the_limit_per_minute_holds_for_posts_that_pass_the_gate_together(newsroom):
    account = await newsroom.connect()
    newsroom.tiktok.world.settings.creator_info_per_minute = 1000
    posts = [await newsroom.make_ready(account, path=f"ab/{n}.jpg") for n in range(8)]
    while newsroom.inits < 6:  # some rounds: who loses the race for a place comes again
        await release_due_posts(newsroom.app)
        await newsroom.work_at_once()
        await newsroom.let_pass(seconds=1.2)
    found = [await newsroom.post(post.id) for post in posts]
    assert sorted(post.state for post in found) == ["publishing"] * 6 + ["scheduled"] * 2
    first = min(post.publishing_since for post in found if post.publishing_since)
    waits = [post.scheduled_at - first for post in found if post.state is PostState.scheduled]
    assert min(waits) > timedelta(seconds=55)
    assert (newsroom.inits, newsroom.tiktok.violations) == (6, {})


@pytest.mark.usefixtures("many_processes")
async def test_the_daily_cap_holds_for_posts_that_pass_the_gate_together(newsroom):
    account = await newsroom.connect(daily_cap=1)
    posts = [await newsroom.make_ready(account, path=f"ab/{n}.jpg") for n in range(3)]
    for _ in range(4):
        await release_due_posts(newsroom.app)
        await newsroom.work_at_once()
        await newsroom.let_pass(seconds=2)
    states = sorted([(await newsroom.post(post.id)).state for post in posts])
    assert (newsroom.inits, states) == (1, ["publishing", "scheduled", "scheduled"])


async def test_a_place_that_was_free_at_the_gate_is_looked_at_again_when_the_attempt_begins(newsroom, monkeypatch):
    async def nobody_before(*_args):
        return None

    account = await newsroom.connect(daily_cap=1)
    await newsroom.make_publishing(account)
    monkeypatch.setattr(passing, "find_slot", nobody_before)
    post = await newsroom.publish((await newsroom.make_ready(account, path="ab/2.jpg")).id)
    assert (post.state, post.state_reason, post.attempt) == (PostState.scheduled, "daily_cap", 0)
    assert (await newsroom.attempts(post.id), newsroom.inits) == ([], 1)


async def test_media_that_another_worker_made_meanwhile_end_the_run_quietly(newsroom, monkeypatch):
    async def taken(*_args):
        raise Conflict(refusals.MEDIA_TAKEN, code="media_taken")

    account = await newsroom.connect()
    post = await newsroom.make_ready(account)
    with monkeypatch.context() as patched:
        patched.setattr(publish, "prepare", taken)
        post = await newsroom.publish(post.id)
    assert (post.state, post.failures, newsroom.inits) == (PostState.queued, 0, 0)
    await newsroom.let_pass(seconds=31)
    await newsroom.sweep()
    assert (await newsroom.post(post.id)).state is PostState.publishing


async def test_an_attempt_whose_worker_vanished_is_given_up_after_a_minute(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_ready(account)
    await start(newsroom, post)
    await newsroom.let_pass(seconds=30)
    await newsroom.sweep()
    assert (await newsroom.post(post.id)).state is PostState.queued
    await newsroom.let_pass(seconds=40)
    await newsroom.sweep()
    lost = await newsroom.post(post.id)
    assert (lost.state, lost.state_reason, lost.is_sending) == (PostState.unconfirmed, "worker_lost", False)
    assert [a.outcome for a in await newsroom.attempts(post.id)] == [AttemptOutcome.unknown]
    assert newsroom.inits == 0


async def test_a_slow_worker_that_still_lives_is_not_given_up(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_ready(account)
    await start(newsroom, post)
    await newsroom.let_pass(minutes=5)
    await newsroom.change(Post, post.id, lease_until=utcnow() + timedelta(seconds=20))
    await reconcile_posts(newsroom.app)
    assert (await newsroom.post(post.id)).is_sending


async def test_an_acceptance_that_comes_late_is_adopted(newsroom):
    post, attempt = await vanish(newsroom)
    await settle(newsroom, attempt, LATE)
    adopted = await newsroom.post(post.id)
    assert (adopted.state, adopted.publish_id, adopted.log_id) == (PostState.publishing, LATE.publish_id, "log-late")
    assert adopted.next_check_at is not None
    (attempt,) = await newsroom.attempts(post.id)
    assert (attempt.outcome, attempt.publish_id) == (AttemptOutcome.accepted, LATE.publish_id)


async def test_an_acceptance_that_comes_after_sending_again_is_noted(newsroom):
    post, attempt = await vanish(newsroom, PublishMode.inbox)
    await decide(newsroom.app, post.id, "retry", by="editor")
    await newsroom.work()
    await settle(newsroom, attempt, LATE)
    again = await newsroom.post(post.id)
    assert (again.state, again.publish_id) == (PostState.publishing, newsroom.there[0].publish_id)
    assert "may be there twice" in (await newsroom.events(post.id))[-1].why
    assert [a.outcome for a in await newsroom.attempts(post.id)] == [AttemptOutcome.accepted] * 2


async def test_a_late_acceptance_does_not_undo_a_persons_word(newsroom):
    post, attempt = await vanish(newsroom)
    await decide(newsroom.app, post.id, "resolve", PostResolve(verdict="not_posted"), by="editor")
    await settle(newsroom, attempt, LATE)
    settled = await newsroom.post(post.id)
    assert (settled.state, settled.alert) == (PostState.failed, "contradicted")
    assert "has this post after all" in (await newsroom.events(post.id))[-1].why


async def test_a_late_refusal_settles_the_post(newsroom):
    post, attempt = await vanish(newsroom)
    await settle(newsroom, attempt, InitRefused(explain_error("invalid_param"), 400))
    assert (await newsroom.post(post.id)).state is PostState.failed


async def test_a_refusal_that_comes_after_sending_again_is_noted_and_changes_nothing(newsroom):
    post, attempt = await vanish(newsroom, PublishMode.inbox)
    await decide(newsroom.app, post.id, "retry", by="editor")
    await newsroom.work()
    sent = await newsroom.post(post.id)
    await settle(newsroom, attempt, InitRefused(explain_error("invalid_param"), 400))
    after = await newsroom.post(post.id)
    assert (after.state, after.publish_id, after.alert) == (PostState.publishing, sent.publish_id, None)
    assert "answer to attempt 1 came late: it did not take it" in (await newsroom.events(post.id))[-1].why
    outcomes = [(a.outcome, a.evidence) for a in await newsroom.attempts(post.id)]
    assert outcomes == [(AttemptOutcome.refused, "answer"), (AttemptOutcome.accepted, None)]


@pytest.mark.parametrize("verdict", ["posted", "not_posted"])
async def test_a_refusal_that_comes_after_a_persons_word_is_noted_and_changes_nothing(newsroom, verdict):
    post, attempt = await vanish(newsroom)
    await decide(newsroom.app, post.id, "resolve", PostResolve(verdict=verdict), by="editor")
    said = await newsroom.post(post.id)
    await settle(newsroom, attempt, InitRefused(explain_error("rate_limit_exceeded"), 429))
    assert (await newsroom.post(post.id)).state is said.state
    assert "came late: it did not take it" in (await newsroom.events(post.id))[-1].why


async def test_the_database_refuses_a_second_attempt_under_way(newsroom):
    account = await newsroom.connect()
    first, second = await newsroom.make_ready(account), await newsroom.make_ready(account, path="ab/2.jpg")
    await start(newsroom, first)
    with pytest.raises(IntegrityError):
        async with newsroom.app.transaction() as session:
            session.add(PostAttempt(post_id=second.id, account_id=account.id, number=1, media_token="other"))


async def test_a_worker_that_stood_still_before_init_does_not_send_it(newsroom, monkeypatch):
    # Meanwhile it may have been given up, and the post sent by another.
    monkeypatch.setattr(attempts, "SEND_WITHIN", timedelta(0))
    post = await newsroom.make_ready(await newsroom.connect())

    post = await newsroom.publish(post.id)

    assert newsroom.inits == 0
    assert (post.state, post.state_reason) == (PostState.retryable, "not_sent")
    (attempt,) = await newsroom.attempts(post.id)
    assert (attempt.outcome, attempt.error_code) == (AttemptOutcome.not_sent, "stood_still")
