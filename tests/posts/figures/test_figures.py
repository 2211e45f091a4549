"""How often posts are seen: asked of the emulated TikTok by the clock."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from app.accounts.models import Account
from app.errors import NotFound
from app.kit.clock import utcnow
from app.posts.face.stats import read_stats
from app.posts.figures.collect import AGES, collect_figures, next_age
from app.posts.figures.read import read_figures
from app.posts.models import Post, PostState
from tests.builders import make_account, make_post


async def show(app, post_id):
    async with app.read() as session:
        return await read_figures(session, post_id)


def test_figures_are_asked_for_ever_more_rarely_and_not_after_a_month():
    now, asked = utcnow(), []
    at = next_age(now, now)
    while at is not None:
        asked.append(at - now)
        at = next_age(now, at)
    assert tuple(asked) == AGES
    assert asked[-1] == timedelta(days=30)


@pytest.mark.parametrize(
    ("state", "values", "code"),
    [
        (PostState.queued, {}, "figures_later"),
        (PostState.sent_to_inbox, {}, "figures_of_draft"),
        (PostState.published, {}, "figures_nameless"),
        (PostState.published, {"post_ids": ["7600000000000000001"]}, "figures_soon"),
        (
            PostState.published,
            {"post_ids": ["7600000000000000001"], "finalized_at": utcnow() - timedelta(hours=1)},
            "figures_hidden",
        ),
    ],
)
async def test_without_figures_it_is_said_why(sqlite_resources, state, values, code):
    async with sqlite_resources.transaction() as session:
        account = await make_account(session, scopes=["video.publish", "video.list"])
        post = await make_post(session, account_id=account.id, state=state, **values)
    found = await show(sqlite_resources, post.id)
    assert (found.items, found.reason.code) == ([], code)


async def test_without_the_permission_it_is_said_so(sqlite_resources):
    async with sqlite_resources.transaction() as session:
        post = await make_post(session, state=PostState.published, post_ids=["7600000000000000001"])
    assert (await show(sqlite_resources, post.id)).reason.code == "figures_forbidden"
    with pytest.raises(NotFound):
        await show(sqlite_resources, "nobody")


async def test_figures_come_by_the_clock_and_each_moment_once(newsroom):
    account = await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE")
    post = await newsroom.follow((await newsroom.make_publishing(account)).id)
    (there,) = newsroom.there
    await collect_figures(newsroom.app)
    assert (await show(newsroom.app, post.id)).items == []
    for views, minutes in ((10, 16), (2_500_000_000, 60)):
        there.stats = {"view_count": views, "like_count": 3, "comment_count": 1, "share_count": 0}
        await newsroom.let_pass(minutes=minutes)
        for _ in range(2):
            await collect_figures(newsroom.app)
    found = await show(newsroom.app, post.id)
    assert [(item.views, item.likes, item.comments, item.shares) for item in found.items] == [
        (10, 3, 1, 0), (2_500_000_000, 3, 1, 0),
    ]  # fmt: skip
    assert (await newsroom.post(post.id)).views == 2_500_000_000
    today = utcnow().date()
    async with newsroom.app.read() as session:
        stats = await read_stats(session, ZoneInfo("UTC"), today - timedelta(days=1), today)
    assert sum(day.views or 0 for day in stats.days) == 2_500_000_000


async def test_figures_bring_the_link_that_nobody_has_told_yet(sqlite_newsroom):
    newsroom = sqlite_newsroom
    account = await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE")
    post = await newsroom.follow((await newsroom.make_publishing(account)).id)
    await newsroom.change(Post, post.id, share_url=None)
    await collect_figures(newsroom.app)
    await newsroom.let_pass(minutes=16)
    await collect_figures(newsroom.app)
    assert (await newsroom.post(post.id)).share_url == post.share_url is not None


async def test_what_tiktok_does_not_answer_is_asked_again_soon(sqlite_newsroom):
    newsroom = sqlite_newsroom
    account = await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE")
    post = await newsroom.follow((await newsroom.make_publishing(account)).id)
    await collect_figures(newsroom.app)
    await newsroom.let_pass(minutes=16)
    newsroom.tiktok.fail(endpoint="video_query", cut=True)
    await collect_figures(newsroom.app)
    assert (await show(newsroom.app, post.id)).items == []
    due_at = (await newsroom.post(post.id)).figures_due_at
    assert due_at < utcnow() + timedelta(minutes=16)
    await newsroom.let_pass(minutes=16)
    await collect_figures(newsroom.app)
    assert len((await show(newsroom.app, post.id)).items) == 1


async def test_an_account_without_the_permission_is_not_asked_about(sqlite_newsroom):
    newsroom = sqlite_newsroom
    account = await newsroom.connect(privacy_level="PUBLIC_TO_EVERYONE")
    await newsroom.follow((await newsroom.make_publishing(account)).id)
    await newsroom.change(Account, account.id, scopes=["user.info.basic", "video.publish"])
    asked = newsroom.tiktok.count("video_query")
    await collect_figures(newsroom.app)
    await newsroom.let_pass(minutes=16)
    await collect_figures(newsroom.app)
    assert newsroom.tiktok.count("video_query") == asked
