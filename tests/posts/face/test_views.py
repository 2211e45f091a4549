"""Posts as the API shows them."""

import pytest

from app.errors import BadRequest, NotFound
from app.kit.ids import new_id
from app.posts.face.listing import PostFilter, count_found
from app.posts.face.views import get_post, list_posts
from app.posts.models import PostState
from tests.accounts.support import CITY, DAILY
from tests.builders import make_post
from tests.support.waiting import eventually


async def list_ids(resources, *, limit=50, cursor=None, **wanted):
    async with resources.read() as session:
        page = await list_posts(session, resources.settings, PostFilter(**wanted), limit=limit, cursor=cursor)
    return [post.id for post in page.items], page.next_cursor


async def show(newsroom, post_id):
    async with newsroom.app.read() as session:
        return await get_post(session, newsroom.app.settings, post_id)


async def test_posts_are_listed_newest_first_page_by_page(resources):
    async with resources.transaction() as session:
        posts = [(await make_post(session)).id for _ in range(5)]
    seen, cursor = [], None
    for size in (2, 2, 1):
        ids, cursor = await list_ids(resources, limit=2, cursor=cursor)
        assert len(ids) == size
        seen += ids
    assert (seen, cursor) == (posts[::-1], None)


async def test_posts_are_found_by_state_account_and_article(resources):
    async with resources.transaction() as session:
        wanted = await make_post(session, state=PostState.failed)
        await make_post(session, state=PostState.queued)
    for query in (
        {"states": (PostState.failed,)},
        {"account_id": wanted.account_id},
        {"article_id": wanted.article_id, "account_id": wanted.account_id},
    ):
        assert await list_ids(resources, **query) == ([wanted.id], None)
    async with resources.read() as session:
        assert await count_found(session, PostFilter()) == {"failed": 1, "queued": 1}
        assert await count_found(session, PostFilter(account_id="another-account")) == {}


@pytest.mark.parametrize("odd", ["", "nobody", "a\x00b", "ұ" * 30, "x" * 500])
async def test_an_id_that_is_none_finds_nothing(resources, odd):
    async with resources.transaction() as session:
        await make_post(session)
    assert await list_ids(resources, account_id=odd) == ([], None)
    assert await list_ids(resources, article_id=odd) == ([], None)
    with pytest.raises(NotFound):
        async with resources.read() as session:
            await get_post(session, resources.settings, odd)


async def test_a_cursor_that_is_none_is_refused(resources):
    with pytest.raises(BadRequest):
        await list_ids(resources, cursor="a\x00b")
    assert await list_ids(resources, cursor=new_id()) == ([], None)


async def test_one_post_shows_its_whole_story(newsroom):
    account = await newsroom.connect(DAILY)
    post_id = await newsroom.plan(title="Жаңа көпір")
    newsroom.tiktok.fail(endpoint="content_init", code="rate_limit_exceeded")
    await newsroom.work()
    await newsroom.let_pass(seconds=62)
    await newsroom.sweep()
    await newsroom.finish(post_id)

    async def is_logged():
        return (await show(newsroom, post_id)).attempts[1].media_fetches

    await eventually(is_logged)
    shown = await show(newsroom, post_id)
    assert (shown.account_name, shown.article_title) == (account.display_name or account.username, "Жаңа көпір")
    moves = [(event.from_state, event.to_state) for event in shown.events if event.from_state != event.to_state]
    assert moves == [
        (None, "queued"), ("queued", "retryable"), ("retryable", "queued"), ("queued", "publishing"),
        ("publishing", "published"),
    ]  # fmt: skip
    refused, accepted = shown.attempts
    assert (refused.number, refused.outcome, refused.error_code) == (1, "refused", "rate_limit_exceeded")
    assert refused.media_fetches == []
    assert (accepted.outcome, accepted.publish_id) == ("accepted", shown.publish_id)
    assert [(fetch.number, fetch.method, fetch.status) for fetch in accepted.media_fetches] == [(1, "GET", 200)]
    assert shown.media == newsroom.there[0].photo_urls
    assert shown.actions == []


async def test_a_post_that_was_not_sent_yet_shows_its_pictures_too(sqlite_newsroom):
    account = await sqlite_newsroom.connect(CITY, mode="approve")
    post_id = await sqlite_newsroom.plan()
    assert (await show(sqlite_newsroom, post_id)).media == []
    await sqlite_newsroom.work()
    shown = await show(sqlite_newsroom, post_id)
    assert (shown.state, shown.account_id) == ("awaiting_approval", account.id)
    assert shown.actions == ["approve", "reject", "revise", "cancel"]
    assert len(shown.media) == 1
    assert shown.media[0].startswith(sqlite_newsroom.app.settings.public_url)
