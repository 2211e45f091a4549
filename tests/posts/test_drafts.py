"""Drafts in the creator's inbox: five may wait, and TikTok's word on one of them frees its place."""

from collections.abc import Awaitable, Callable

import pytest

from app.accounts.models import PublishMode
from app.emulator.lifecycle import fail, post_draft
from app.posts.line.slot_times import keep_lines
from app.posts.models import Post, PostState
from tests.posts.support import Newsroom
from tests.webhooks.support import tell


async def fill_inbox(newsroom: Newsroom) -> list[str]:
    """Bring six drafts on their way, of which five get there; give the ids of the posts."""
    account = await newsroom.connect(mode=PublishMode.inbox)
    ids = []
    for number in range(6):
        post = await newsroom.make_ready(account, path=f"ab/{number}.jpg", mode="inbox")
        ids.append((await newsroom.publish(post.id)).id)
        await newsroom.let_pass(seconds=15)
    for post_id in ids[:5]:
        assert (await finish(newsroom, post_id)).state is PostState.sent_to_inbox
    assert (await newsroom.post(ids[5])).state_reason == "pending_drafts"
    return ids


async def finish(newsroom: Newsroom, post_id: str) -> Post:
    """Ask until TikTok has spoken: the account's other posts are asked about too, out of the same budget."""
    post = await newsroom.finish(post_id)
    for _ in range(5):
        if post.state is not PostState.publishing:
            break
        await newsroom.let_pass(seconds=10)
        post = await newsroom.follow(post_id)
    return post


async def sixth(newsroom: Newsroom, ids: list[str]) -> PostState:
    """Let the sweeps tell the line its new times, and see where the sixth draft stands."""
    await keep_lines(newsroom.app)
    await newsroom.sweep()
    return (await newsroom.post(ids[5])).state


async def by_status(newsroom: Newsroom, post_id: str) -> None:
    await newsroom.follow(post_id)


async def by_webhook(newsroom: Newsroom, post_id: str) -> None:
    post = await newsroom.post(post_id)
    account = await newsroom.account(post.account_id)
    await tell(newsroom.app, "post.publish.complete", account.open_id, publish_id=post.publish_id)
    await newsroom.work()


@pytest.mark.parametrize("hear", [by_status, by_webhook])
async def test_a_draft_that_the_creator_posts_lets_the_next_one_in(
    newsroom: Newsroom, hear: Callable[[Newsroom, str], Awaitable[None]]
):
    ids = await fill_inbox(newsroom)
    assert await sixth(newsroom, ids) is PostState.scheduled
    first = newsroom.tiktok.world.posts[(await newsroom.post(ids[0])).publish_id or ""]
    assert post_draft(newsroom.tiktok.world, first)
    await hear(newsroom, ids[0])
    assert (await newsroom.post(ids[0])).state is PostState.published
    assert await sixth(newsroom, ids) is PostState.publishing
    assert newsroom.tiktok.violations == {}


async def test_a_draft_that_failed_at_tiktok_takes_no_place_although_its_post_is_tried_again(newsroom: Newsroom):
    account = await newsroom.connect(mode=PublishMode.inbox)
    for number in range(5):
        post = await newsroom.make_ready(account, path=f"ab/{number}.jpg", mode="inbox")
        post = await newsroom.publish(post.id)
        await newsroom.let_pass(seconds=15)
    there = await newsroom.pulled(post.publish_id or "")
    fail(newsroom.tiktok.world, there, "internal", "as ordered")
    failed = await newsroom.follow(post.id)
    assert failed.state is PostState.retryable
    (attempt,) = await newsroom.attempts(post.id)
    assert attempt.error_code == "internal"
    await newsroom.let_pass(minutes=2)
    await newsroom.sweep()
    assert (await newsroom.post(post.id)).state is PostState.publishing
    assert newsroom.tiktok.violations == {}
