"""Publish, edit, unpublish, republish in every order, with a worker in between: at most one post, and a true end."""

import itertools

import pytest

from app.articles.models import Article, ArticleState
from app.posts.models import PostState

# What the CMS did, in its order: minute of its clock, kind, title.
STORY = [
    (0, "published", "First"),
    (1, "updated", "Edited"),
    (2, "unpublished", "Edited"),
    (3, "published", "Again"),
]


async def tell(newsroom, article_id, steps, *, work_after):
    post_ids = set()
    for number, (minute, kind, title) in enumerate(steps):
        receipt = await newsroom.deliver(article_id, kind=kind, minute=minute, title=title)
        post_ids.update(receipt.post_ids)
        if number == work_after:
            await newsroom.work()
    await newsroom.sweep()
    return post_ids


def title_to_send(told):
    """What a worker is to send when it knows only the steps in `told`; None where it is to send nothing."""
    newest_word = max((number for number in told if number != 1), default=2)
    return None if newest_word == 2 else STORY[max(number for number in told if number != 2)][2]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
async def test_a_story_told_in_any_order_ends_as_one_published_post(sqlite_newsroom, order):
    newsroom = sqlite_newsroom
    await newsroom.connect(daily_cap=1000)
    newsroom.tiktok.world.settings.limits_enabled = newsroom.tiktok.world.settings.caps_enabled = False
    for work_after in range(4):
        steps = [STORY[number] for number in order]
        (post_id,) = await tell(newsroom, f"story-{work_after}", steps, work_after=work_after)
        post = await newsroom.finish(post_id)
        assert (post.state, post.alert) == (PostState.published, None)
        assert len(newsroom.there) == work_after + 1
        wanted = title_to_send(order[: work_after + 1]) or "Again"
        assert (newsroom.there[-1].title, post.title) == (wanted, wanted)
        async with newsroom.app.read() as session:
            article = await session.get_one(Article, post.article_id)
        assert (article.state, article.title) == (ArticleState.published, "Again")
        await newsroom.let_pass(seconds=61)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_an_unpublished_article_ends_without_a_post_or_with_an_alert(newsroom, order):
    await newsroom.connect()
    steps = [STORY[number] for number in order]
    for work_after in range(3):
        post_ids = await tell(newsroom, f"story-{work_after}", steps, work_after=work_after)
        is_sent = title_to_send(order[: work_after + 1]) is not None
        for post_id in post_ids:
            post = await newsroom.post(post_id)
            if is_sent:
                assert (post.state, post.alert) == (PostState.publishing, "article_unpublished")
            else:
                assert (post.state, post.state_reason) == (PostState.cancelled, "article_unpublished")
        assert len(newsroom.there) == sum(title_to_send(order[: n + 1]) is not None for n in range(work_after + 1))
