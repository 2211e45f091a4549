"""Finding posts: words, filters, orders, pages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col

from app.articles.models import Article
from app.errors import BadRequest
from app.kit.clock import utcnow
from app.posts import search
from app.posts.face.listing import PostFilter, PostNeed, PostSort, count_found
from app.posts.face.query import read_moment
from app.posts.face.views import list_posts
from app.posts.models import Post, PostState
from tests.builders import make_account, make_article, make_post, make_source

pytestmark = pytest.mark.both_databases


async def find(resources, *, limit=50, cursor=None, **wanted):
    async with resources.read() as session:
        page = await list_posts(session, resources.settings, PostFilter(**wanted), limit=limit, cursor=cursor)
    return [post.id for post in page.items], page.next_cursor


async def ids_of(resources, **wanted):
    return (await find(resources, **wanted))[0]


@pytest.fixture
async def posts(resources):
    """Three posts: a Kazakh one, a Russian one, and one of which only the article says anything."""
    async with resources.transaction() as session:
        school = await make_article(session, title="Мектеп", url="https://news.example/kk/zhana-mektep")
        fair = await make_article(session, title="Ярмарка", url="https://news.example/ru/fair")
        bare = await make_article(session, title="Ұлытауда ЖОЛ ашылды", url="https://other.example/road_7")
        return {
            "kk": (await make_post(session, article_id=school.id, title="Сәтбаевта Жаңа МЕКТЕП ашылды",
                                   description="Оқушыларға 25 000 кітап берілді. #Қазақстан")).id,
            "ru": (await make_post(session, article_id=fair.id, title="Новогодняя ёлка в Уральске",
                                   description="«Зелёный» рынок и Чёрный рынок…")).id,
            "bare": (await make_post(session, article_id=bare.id)).id,
        }  # fmt: skip


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("жаңа мектеп", ["kk"]),
        ("МЕКТ", ["kk"]),
        ("сәтб аш", ["kk"]),
        ("оқушы", ["kk"]),
        ("#қазақстан", ["kk"]),
        ("zhana-mektep", ["kk"]),
        ("ЕЛКА", ["ru"]),
        ("ёлк", ["ru"]),
        ("зеленый", ["ru"]),
        ("уральск елка", ["ru"]),
        ("ұлытау жол", ["bare"]),
        ("road_7", ["bare"]),
        ("news.example", ["ru", "kk"]),
        ("ашыл", ["bare", "kk"]),
        ("ктеп", []),
        ("мектеп ёлка", []),
        ("   ", ["bare", "ru", "kk"]),
        ("!!!", []),
    ],
)
async def test_words_find_posts_in_any_language(resources, posts, q, found):
    assert await ids_of(resources, q=q) == [posts[name] for name in found]


async def test_what_is_found_follows_what_is_written(resources, posts):
    async with resources.transaction() as session:
        await session.exec(sa.update(Post).where(col(Post.id) == posts["kk"]).values(title="Көпір", description=""))
        await session.exec(sa.update(Article).where(col(Article.title) == "Мектеп").values(title="Көпір салынды"))
    assert await ids_of(resources, q="көпір салын") == [posts["kk"]]
    assert await ids_of(resources, q="сәтбаевта") == []
    async with resources.transaction() as session:
        await session.exec(sa.delete(Post).where(col(Post.id) == posts["kk"]))
    assert await ids_of(resources, q="көпір") == []
    assert await ids_of(resources, q="ашылды") == [posts["bare"]]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(q=st.text(max_size=40) | st.text("\"'*:()^&|!<->\\%_ аңёA1\x00", max_size=40))
async def test_nothing_typed_is_an_error(resources, q):
    assert await ids_of(resources, q=q) == []


async def test_filters_meet(resources):
    async with resources.transaction() as session:
        one, other = await make_source(session), await make_source(session)
        account = await make_account(session)
        made = {}
        for source in (one, other):
            for state in (PostState.failed, PostState.published, PostState.queued):
                article = await make_article(session, source_id=source.id, title=f"Жаңалық {state}")
                post = await make_post(session, article_id=article.id, account_id=account.id, state=state)
                made[source is one, state] = post.id
    wanted: dict[str, Any] = {"source_id": one.id, "states": (PostState.failed, PostState.published)}
    expected = [made[True, PostState.published], made[True, PostState.failed]]
    assert await ids_of(resources, **wanted) == expected
    assert await ids_of(resources, **wanted, q="жаңалық", account_id=account.id) == expected
    assert await ids_of(resources, **wanted, q="жаңалық publ") == expected[:1]
    assert await ids_of(resources, source_id="nobody") == []
    async with resources.read() as session:
        assert await count_found(session, PostFilter(**wanted)) == {"failed": 1, "published": 1, "queued": 1}
        assert await count_found(session, PostFilter(q="жаңалық fail")) == {"failed": 2}


async def test_posts_that_want_a_person_are_found(resources):
    async with resources.transaction() as session:
        held = await make_post(session, state=PostState.scheduled, state_reason="needs_image")
        unverified = await make_post(session, state=PostState.scheduled, state_reason="url_ownership_unverified")
        await make_post(session, state=PostState.scheduled, scheduled_at=utcnow() + timedelta(hours=1))
        warned = await make_post(session, state=PostState.published, alert="taken_down")
    assert await ids_of(resources, need=PostNeed.held) == [held.id]
    assert await ids_of(resources, need=PostNeed.unverified) == [unverified.id]
    assert await ids_of(resources, need=PostNeed.alert) == [warned.id]


@pytest.mark.parametrize(
    ("sort", "column", "state", "is_descending"),
    [
        (PostSort.newest, None, PostState.queued, True),
        (PostSort.oldest, None, PostState.queued, False),
        (PostSort.settled, "finalized_at", PostState.published, True),
        (PostSort.soonest, "scheduled_at", PostState.scheduled, False),
    ],
)
@pytest.mark.parametrize("q", ["", "мектеп"])
async def test_pages_hold_every_post_once_in_order(resources, monkeypatch, sort, column, state, is_descending, q):
    # Among the newest four PostgreSQL finds one page of three; what is left is found by the index of words.
    monkeypatch.setattr(search, "MOST_NEWEST", 4)
    now = utcnow()
    async with resources.transaction() as session:
        await make_post(session, state=PostState.retryable, next_attempt_at=now)  # has no such time
        made: list[tuple[Any, str]] = []
        for number in range(7):
            # Two at a time are of one moment.
            own = {column: now + timedelta(seconds=[3, 1, 4, 1, 5, 9, 3][number])} if column else {}
            post = await make_post(session, state=state, title="Мектеп", **own)
            made.append((own.get(column), post.id))
    expected = [post_id for _, post_id in sorted(made, reverse=is_descending)] if column else [i for _, i in made]
    if column is None and is_descending:
        expected.reverse()
    seen: list[str] = []
    cursor, states = None, (state,)
    while True:
        ids, cursor = await find(resources, limit=3, cursor=cursor, sort=sort, q=q, states=states)
        seen += ids
        if cursor is None:
            break
    assert seen == expected
    if column:
        since, until = now + timedelta(seconds=1), now + timedelta(seconds=4)
        within = await ids_of(resources, sort=sort, since=since, until=until, q=q)
        at = {post_id: moment for moment, post_id in made}
        assert within == [post_id for post_id in expected if since <= at[post_id] < until]


async def test_days_are_found_by_when_a_post_was_made(resources):
    async with resources.transaction() as session:
        post = await make_post(session)
        early = await make_post(session, created_at=utcnow() - timedelta(hours=30))
    hour = timedelta(hours=1)
    assert await ids_of(resources, since=utcnow() - hour, until=utcnow() + hour) == [post.id]
    assert await ids_of(resources, until=utcnow() - hour) == [early.id]
    assert await ids_of(resources, since=datetime(1960, 1, 1, tzinfo=UTC), until=datetime(1970, 1, 1, tzinfo=UTC)) == []


@pytest.mark.parametrize("sort", [PostSort.newest, PostSort.settled])
@pytest.mark.parametrize("cursor", ["a\x00b", "1.a\x00b", "x" * 500, "."])
async def test_a_cursor_that_was_never_given_out_is_refused(resources, sort, cursor):
    with pytest.raises(BadRequest):
        await find(resources, sort=sort, cursor=cursor)


def test_days_and_times_are_read_in_the_newsroom_s_zone():
    zone = "Asia/Almaty"
    assert read_moment("2026-11-29", zone) == datetime(2026, 11, 28, 19, tzinfo=UTC)
    assert read_moment("2026-11-29", zone, is_end=True) == datetime(2026, 11, 29, 19, tzinfo=UTC)
    assert read_moment("2026-11-29T09:05:00Z", zone) == datetime(2026, 11, 29, 9, 5, tzinfo=UTC)
    assert read_moment("2026-11-29T09:05:00 05:00", zone) == datetime(2026, 11, 29, 4, 5, tzinfo=UTC)
    assert read_moment(" ", zone) is None
    for odd in ("yesterday", "2026-13-01", "2026-11-29T09:05:00", "9999-12-31", "\x00"):
        with pytest.raises(BadRequest):
            read_moment(odd, zone, is_end=True)
