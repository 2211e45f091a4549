"""The state machine."""

import asyncio

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.errors import Conflict
from app.messages import timeline
from app.posts.models import FINAL_STATES, Post, PostEvent, PostState
from app.posts.transitions import ALLOWED, advance, requeue
from tests.builders import make_post


async def read_post(resources, post_id):
    async with resources.read() as session:
        return await session.get_one(Post, post_id)


async def list_events(resources, post_id):
    async with resources.read() as session:
        query = select(PostEvent).where(PostEvent.post_id == post_id).order_by(col(PostEvent.id))
        return [(event.from_state, event.to_state) for event in (await session.exec(query)).all()]


def reachable(*starts):
    """Every state to which some way leads from these."""
    seen, ahead = set(), list(starts)
    while ahead:
        if (state := ahead.pop()) not in seen:
            seen.add(state)
            ahead += ALLOWED[state]
    return seen


def test_every_state_is_reached_and_every_post_can_come_to_an_end():
    assert reachable(PostState.queued, PostState.scheduled, PostState.awaiting_approval) == set(PostState)
    assert {state for state in PostState if not reachable(state) & FINAL_STATES} == set()


def test_what_tiktok_has_is_never_sent_again():
    for state in (PostState.published, PostState.sent_to_inbox):
        assert reachable(state) <= {PostState.published, PostState.sent_to_inbox}
    assert PostState.queued not in ALLOWED[PostState.publishing]


def test_a_person_can_stop_whatever_is_not_on_its_way_or_over():
    for state in set(PostState) - FINAL_STATES:
        assert PostState.cancelled in ALLOWED[state], state


async def test_a_move_that_is_not_drawn_is_refused_and_changes_nothing(sqlite_resources):
    async with sqlite_resources.transaction() as session:
        post = await make_post(session, state=PostState.published)
    async with sqlite_resources.transaction() as session:
        with pytest.raises(Conflict, match="that is published cannot become queued"):
            await advance(session, post.id, expected=PostState.published, to=PostState.queued, why=timeline.DUE)
    assert (await read_post(sqlite_resources, post.id)).state is PostState.published
    assert await list_events(sqlite_resources, post.id) == []


async def test_the_end_has_its_time_for_as_long_as_it_is_the_end(resources):
    async with resources.transaction() as session:
        post = await make_post(session)
    for before, after, has_ended in (("queued", "failed", True), ("failed", "queued", False)):
        async with resources.transaction() as session:
            assert await advance(session, post.id, expected=PostState(before), to=PostState(after), why=timeline.DUE)
        assert ((await read_post(resources, post.id)).finalized_at is not None) is has_ended


async def test_a_move_writes_its_event_and_ends_the_lease(resources):
    async with resources.transaction() as session:
        post = await make_post(session, lease_token="w1", state_reason="old")
    async with resources.transaction() as session:
        assert await advance(
            session, post.id, expected=post.state, to=PostState.publishing, why=timeline.DUE, holder="w1"
        )
    read = await read_post(resources, post.id)
    assert (read.lease_token, read.state_reason) == (None, None)
    assert await list_events(resources, post.id) == [("queued", "publishing")]


async def test_a_worker_without_the_lease_moves_nothing(resources):
    async with resources.transaction() as session:
        post = await make_post(session, lease_token="w2")
    async with resources.transaction() as session:
        assert not await advance(
            session, post.id, expected=post.state, to=PostState.failed, why=timeline.DUE, holder="w1"
        )
    assert (await read_post(resources, post.id)).state is PostState.queued
    assert await list_events(resources, post.id) == []


async def test_one_of_many_movers_wins(resources):
    async with resources.transaction() as session:
        post = await make_post(session)

    async def move():
        async with resources.transaction() as session:
            return await advance(session, post.id, expected=PostState.queued, to=PostState.publishing, why=timeline.DUE)

    assert sorted(await asyncio.gather(*(move() for _ in range(8)))) == [False] * 7 + [True]
    assert len(await list_events(resources, post.id)) == 1


async def test_a_post_whose_init_is_under_way_is_not_requeued(resources):
    async with resources.transaction() as session:
        post = await make_post(session, state=PostState.retryable, is_sending=True)
    async with resources.transaction() as session:
        assert not await requeue(session, post.id, expected=PostState.retryable, why=timeline.DUE)


async def test_the_database_refuses_a_final_state_without_its_time(resources):
    async with resources.transaction() as session:
        post = await make_post(session)
    with pytest.raises(sa.exc.IntegrityError):
        async with resources.transaction() as session:
            await session.exec(sa.update(Post).where(col(Post.id) == post.id).values(state=PostState.published))
    with pytest.raises(sa.exc.IntegrityError):
        async with resources.transaction() as session:
            await session.exec(sa.update(Post).where(col(Post.id) == post.id).values(finalized_at=post.created_at))


async def test_an_article_has_one_post_per_account(resources):
    async with resources.transaction() as session:
        post = await make_post(session)
    with pytest.raises(sa.exc.IntegrityError):
        async with resources.transaction() as session:
            await make_post(session, article_id=post.article_id, account_id=post.account_id)
