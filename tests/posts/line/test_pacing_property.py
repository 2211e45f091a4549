"""Whatever arrives when: no limit is passed, order is kept, and everything leaves in the end."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from app.accounts.models import Account
from app.kit.clock import utcnow
from app.messages.message import Message
from app.posts.attempt_outcomes import apply_halt
from app.posts.line.ladder import Ladder, Slot, Window
from app.posts.line.slot_times import keep_line
from app.posts.line.turns import find_slot, place_of
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostState
from app.posts.sweeps import release_due_posts
from app.posts.transitions import advance
from app.posts.waits import wait_until
from tests.builders import make_account, make_article, make_attempt, make_post

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(hours=24)
ARRIVAL = st.tuples(st.integers(0, 2), st.integers(0, 400), st.booleans())


@given(
    past=st.lists(st.integers(1, 100_000), max_size=30),
    cap=st.integers(1, 12),
    gap=st.sampled_from([0, 20, 300]),
    learned=st.one_of(st.none(), st.integers(0, 5)),
    pause=st.integers(0, 4000),
)
@settings(max_examples=200, deadline=None)
def test_the_slots_of_a_ladder_pass_no_limit(past, cap, gap, learned, pause):
    minute = Window(MINUTE, 6, "minute", Message(""))
    day = Window(DAY, cap, "day", Message(""))
    windows = [minute, day]
    if learned is not None:
        windows.append(Window(DAY, learned, "learned", Message(""), until=NOON + timedelta(hours=20)))
    before = sorted(NOON - timedelta(seconds=age) for age in past)
    for window in windows:
        window.times.extend(moment for moment in before if moment > NOON - window.span)
    held = Slot(NOON + timedelta(seconds=pause), "pause", Message("")) if pause else None
    ladder = Ladder(NOON, windows, gap=timedelta(seconds=gap), last=before[-1] if before else None, pause=held)
    slots = [ladder.next() for _ in range(40)]
    times = [slot.at for slot in slots]
    assert times == sorted(times)
    assert times[0] >= NOON + timedelta(seconds=pause)
    assert all(later - earlier >= timedelta(seconds=gap) for earlier, later in pairwise(times))
    everything = [*(moment for moment in before if moment > NOON - DAY), *times]
    assert_rolling(everything, times, 6, MINUTE)
    assert_rolling(everything, times, cap, DAY)
    if learned is not None:
        early = [moment for moment in times if moment < NOON + timedelta(hours=20)]
        assert_rolling(everything, early, learned, DAY)


def assert_rolling(moments, judged, most, span):
    for moment in judged:
        assert sum(moment - span < other <= moment for other in moments) <= most


@given(arrivals=st.lists(ARRIVAL, min_size=1, max_size=24), cap=st.integers(2, 8))
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
async def test_whatever_arrives_leaves_in_order_and_within_every_limit(sqlite_newsroom, arrivals, cap):
    app = sqlite_newsroom.app
    with time_machine.travel(NOON, tick=False) as clock:
        async with app.transaction() as session:
            accounts = [await make_account(session, daily_cap=cap) for _ in range(3)]
            article = await make_article(session)
        agenda = sorted(arrivals, key=lambda arrival: arrival[1])
        made = set()
        for _ in range(3000):
            while agenda and timedelta(seconds=agenda[0][1]) <= utcnow() - NOON:
                owner, _, is_urgent = agenda.pop(0)
                async with app.transaction() as session:
                    fresh = await make_article(session, source_id=article.source_id)
                    post = await make_post(
                        session, article_id=fresh.id, account_id=accounts[owner].id, is_urgent=is_urgent
                    )
                    made.add(post.id)
            await release_due_posts(app)
            await work(sqlite_newsroom)
            waiting = await list_waiting(app, made)
            if not agenda and not waiting:
                break
            clock.move_to(next_moment(agenda, waiting))
        else:
            raise AssertionError(f"these still wait: {waiting}")
    await judge(app, accounts, made, cap)


async def work(newsroom):
    """Do what a worker does with each post that was handed out: find its slot, and either wait or send it."""
    while newsroom.queue.woken:
        name, args = newsroom.queue.woken.popleft()
        if name == "posts.keep_line":
            await keep_line(newsroom.app, *args)
            continue
        async with newsroom.app.transaction() as session:
            post = await session.get_one(Post, args[0])
            account = await session.get_one(Account, post.account_id)
            slot = await find_slot(session, account, post, utcnow())
            if slot is None:
                await make_attempt(session, post, outcome=AttemptOutcome.accepted, ended_at=utcnow())
                await advance(session, post.id, expected=post.state, to=PostState.publishing, why=Message("Sent."))
                continue
            halt = wait_until(slot.at, slot.reason, slot.detail, moves_others=slot.is_before_others)
            await apply_halt(session, post.id, account.id, halt, failures=0)


async def list_waiting(app, made):
    async with app.read() as session:
        query = select(Post).where(col(Post.id).in_(made), Post.state != PostState.publishing)
        return (await session.exec(query)).all()


def next_moment(agenda, waiting):
    """The next arrival or slot, but a sweep's two seconds later at least."""
    moments = [NOON + timedelta(seconds=arrival[1]) for arrival in agenda[:1]]
    moments += [post.scheduled_at for post in waiting if post.scheduled_at is not None]
    return max(min(moments, default=utcnow()), utcnow() + timedelta(seconds=2))


async def judge(app, accounts, made, cap):
    async with app.read() as session:
        attempts = (await session.exec(select(PostAttempt).where(col(PostAttempt.post_id).in_(made)))).all()
        posts = {post.id: post for post in (await session.exec(select(Post).where(col(Post.id).in_(made)))).all()}
    sent = defaultdict(list)
    for attempt in sorted(attempts, key=lambda attempt: attempt.id):
        sent[attempt.account_id].append(attempt)
    assert len(attempts) == len(made)
    for account in accounts:
        times = [attempt.started_at for attempt in sent[account.id]]
        assert_rolling(times, times, 6, MINUTE)
        assert_rolling(times, times, cap, DAY)
        for earlier, later in pairwise(sent[account.id]):
            first, second = posts[earlier.post_id], posts[later.post_id]
            # Who had not arrived yet could not go first.
            assert place_of(first) < place_of(second) or second.created_at >= earlier.started_at
