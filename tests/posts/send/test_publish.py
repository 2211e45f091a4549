"""The way of a post to TikTok: what arrives there, and what waits before."""

from app.posts.models import PostState


async def test_an_article_becomes_a_published_post(newsroom):
    account = await newsroom.connect()
    post_id = await newsroom.plan(title="Жаңа мектеп ашылды", excerpt="Сәтбаевта жаңа мектеп ашылды.")
    await newsroom.work()
    post = await newsroom.post(post_id)
    assert (post.state, post.attempt, post.is_sending, post.lease_token) == (PostState.publishing, 1, False, None)
    post = await newsroom.finish(post_id)
    assert post.state is PostState.published
    assert await newsroom.way(post_id) == ["queued", "publishing", "published"]
    (there,) = newsroom.there
    assert (there.open_id, there.publish_id, there.title) == (account.open_id, post.publish_id, "Жаңа мектеп ашылды")
    assert there.stage == "complete"
