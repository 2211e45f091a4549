"""News that waited for longer than the queue remembers is posted all the same."""

import pytest

from app.posts.models import PostState

pytestmark = pytest.mark.both_databases


async def test_what_waited_for_more_than_a_day_is_posted_although_every_job_is_lost(newsroom):
    await newsroom.connect()
    post_id = await newsroom.plan()
    newsroom.queue.woken.clear()
    await newsroom.let_pass(hours=30)
    await newsroom.sweep()
    await newsroom.finish(post_id)
    assert (await newsroom.post(post_id)).state is PostState.published
    assert newsroom.inits == 1
