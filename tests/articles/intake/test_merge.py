"""Deliveries in any order end as in the order of the CMS's clock."""

import asyncio
import itertools
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.articles.adapters.base import ArticleDraft, EventKind, ParsedDelivery
from app.articles.intake.merge import is_live, merge, new_article, rank
from app.articles.models import Article, ArticleState, Delivery
from app.kit.clock import utcnow
from app.posts.models import Post, PostState
from tests.articles.conftest import all_rows
from tests.builders import make_account
from tests.builders_articles import T0, at, generic_delivery, ghost_delivery, new_source

CONNECTED = T0 - timedelta(days=1)


def news(kind: str, minute: float, *, wanted: bool = True, fresh: bool = False) -> ParsedDelivery:
    draft = ArticleDraft(
        url="https://a.example/", title=f"{kind} {minute}", is_wanted=wanted, published_at=T0 if fresh else None
    )
    return ParsedDelivery(EventKind(kind), f"article.{kind}", "1", draft, T0 + timedelta(minutes=minute))


def apply(deliveries: list[ParsedDelivery]) -> tuple[Article, list[Delivery]]:
    article, outcomes = None, []
    for delivery in deliveries:
        assert delivery.revision is not None
        is_new = article is None
        article = article or new_article("source", delivery, delivery.revision)
        outcomes.append(merge(article, delivery, delivery.revision, source_since=CONNECTED, is_new=is_new).outcome)
    assert article is not None
    return article, outcomes


def end(article: Article) -> tuple[object, ...]:
    return article.state, article.state_revision, article.content_revision, article.title, article.is_wanted


STORY = [news("published", 0), news("updated", 1), news("unpublished", 2), news("published", 3)]


@pytest.mark.parametrize("length", [2, 3, 4])
def test_every_order_of_publish_edit_unpublish_republish_ends_alike(length):
    for order in itertools.permutations(STORY[:length]):
        assert end(apply(list(order))[0]) == end(apply(STORY[:length])[0])


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_any_deliveries_in_any_order_and_repeated_end_alike(data):
    kinds = data.draw(st.lists(st.sampled_from(["published", "updated", "unpublished"]), min_size=1, max_size=6))
    fresh = data.draw(st.booleans())
    story = [news(kind, minute, wanted=data.draw(st.booleans()), fresh=fresh) for minute, kind in enumerate(kinds)]
    shuffled = data.draw(st.permutations(story + data.draw(st.lists(st.sampled_from(story), max_size=4))))
    expected, actual = apply(story)[0], apply(list(shuffled))[0]
    assert (is_live(actual), actual.state) == (is_live(expected), expected.state)
    if actual.content_revision is not None:
        assert end(actual)[2:] == end(expected)[2:]


def test_says_what_each_delivery_did():
    story = [
        (news("published", 0), Delivery.created),
        (news("published", 0), Delivery.duplicate),
        (news("updated", 2), Delivery.updated),
        (news("updated", 1), Delivery.stale),
        (news("updated", 2), Delivery.duplicate),
        (news("unpublished", 3), Delivery.unpublished),
        (news("unpublished", 3), Delivery.duplicate),
        (news("published", 2.5), Delivery.stale),
        (news("published", 3), Delivery.stale),
        (news("published", 4), Delivery.republished),
        (news("unpublished", 3.5), Delivery.stale),
        (news("updated", 5, wanted=False), Delivery.unpublished),
        (news("updated", 6, wanted=True), Delivery.republished),
    ]
    assert apply([delivery for delivery, _ in story])[1] == [outcome for _, outcome in story]


def test_an_unpublishing_that_comes_first_is_remembered():
    article, outcomes = apply([news("unpublished", 1), news("published", 0)])
    assert outcomes == [Delivery.unpublished, Delivery.stale]
    assert article.state == ArticleState.unpublished
    assert article.title == "published 0"
    assert not is_live(article)


def test_an_edit_that_overtakes_its_publication_waits_for_it():
    article, outcomes = apply([news("updated", 1), news("published", 0)])
    assert outcomes == [Delivery.updated, Delivery.created]
    assert article.title == "updated 1"


def test_an_edit_in_the_archive_is_no_publication():
    article, outcomes = apply([news("updated", 1), news("updated", 2)])
    assert outcomes == [Delivery.updated, Delivery.updated]
    assert not is_live(article)


def test_an_edit_makes_up_for_a_lost_publication_that_is_younger_than_the_source():
    article, outcomes = apply([news("updated", 1, fresh=True), news("published", 0, fresh=True)])
    assert outcomes == [Delivery.created, Delivery.duplicate]
    assert is_live(article)


def test_at_the_same_time_an_unpublishing_wins_and_an_update_beats_a_publication():
    for order in itertools.permutations([news("published", 0), news("unpublished", 0)]):
        assert apply(list(order))[0].state == ArticleState.unpublished
    for order in itertools.permutations([news("published", 0), news("updated", 0)]):
        assert apply(list(order))[0].title == "updated 0"


def test_a_repeated_content_is_no_new_version():
    article, outcomes = apply([news("published", 0), *[
        ParsedDelivery(EventKind.updated, "x", "1", news("published", 0).draft, T0 + timedelta(minutes=minute))
        for minute in (1, 2)
    ]])  # fmt: skip
    assert outcomes[1:] == [Delivery.duplicate, Delivery.duplicate]
    assert article.version == 1


GHOST_STORY: list[dict[str, Any]] = [
    {"event": "post.published", "previous": {"status": "draft"}},
    {"event": "post.published.edited", "previous": {"title": "x"}, "title": "Edited"},
    {"event": "post.unpublished", "previous": {"status": "published"}, "status": "draft"},
    {"event": "post.published", "previous": {"status": "draft"}, "title": "Again"},
]
GENERIC_STORY: list[dict[str, Any]] = [
    {"type": "article.published"},
    {"type": "article.updated", "title": "Edited"},
    {"type": "article.unpublished"},
    {"type": "article.published", "title": "Again"},
]


@pytest.mark.parametrize("kind", ["generic", "ghost"])
@pytest.mark.parametrize(("length", "state"), [(2, PostState.queued), (3, None), (4, PostState.queued)])
async def test_every_order_over_http_ends_in_one_post_or_none(client, resources, kind, length, state):
    async with resources.transaction() as session:
        await make_account(session)
    made = await new_source(resources, kind)
    orders = list(itertools.permutations(range(length)))
    for number, order in enumerate(orders):
        for minute in order:
            if kind == "generic":
                sample = generic_delivery(made.secret, id=number, timestamp=at(minute), **GENERIC_STORY[minute])
            else:
                sample = ghost_delivery(
                    made.secret, id=str(number), updated_at=at(minute), published_at=None, **GHOST_STORY[minute]
                )
            answer = await client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=sample.headers)
            assert answer.status_code == 202
    articles, posts = await all_rows(resources, Article), await all_rows(resources, Post)
    assert len(articles) == len(orders)
    assert len({(article.state, article.title, article.state_revision) for article in articles}) == 1
    assert len({post.article_id for post in posts}) == len(posts)
    if state is None:
        assert {post.state for post in posts} == {PostState.cancelled}
    else:
        assert [post.state for post in posts] == [state] * len(orders)


def told(kind: str, milliseconds: int, *, is_whole: bool = False, wanted: bool = True) -> ParsedDelivery:
    """Something said in the second T0, to the millisecond or not."""
    moment = T0 if is_whole else T0 + timedelta(milliseconds=milliseconds)
    draft = ArticleDraft(url="https://a.example/", title=f"{kind} {milliseconds}", is_wanted=wanted)
    return ParsedDelivery(EventKind(kind), kind, "1", draft, rank(moment))


@pytest.mark.parametrize(("first", "second"), [(False, True), (True, False), (True, True), (False, False)])
def test_an_article_unpublished_in_the_second_of_its_publication_is_not_live(first, second):
    article, outcomes = apply([told("published", 300, is_whole=first), told("unpublished", 700, is_whole=second)])
    assert outcomes == [Delivery.created, Delivery.unpublished]
    assert not is_live(article)


@pytest.mark.parametrize(("first", "second"), [(False, True), (True, False), (True, True), (False, False)])
def test_an_edit_in_the_second_of_the_publication_counts(first, second):
    article, outcomes = apply([told("published", 300, is_whole=first), told("updated", 700, is_whole=second)])
    assert outcomes == [Delivery.created, Delivery.updated]
    assert article.title == "updated 700"


def test_an_article_that_gets_its_tag_later_is_new_and_one_that_gets_it_again_is_not():
    story = [
        news("published", 0, wanted=False),
        news("updated", 1),
        news("updated", 2, wanted=False),
        news("updated", 3),
    ]
    assert apply(story)[1] == [Delivery.created, Delivery.created, Delivery.unpublished, Delivery.republished]


@pytest.mark.parametrize("ahead", [5, 200, 299, 4000])
async def test_a_clock_ahead_of_ours_does_not_silence_what_comes_after(client, resources, ahead):
    made = await new_source(resources, "ghost")
    changes: list[dict[str, Any]] = [{}, {"event": "post.unpublished", "status": "draft"}]
    outcomes = []
    for seconds, change in zip([ahead, 0], changes, strict=True):
        moment = utcnow() + timedelta(seconds=seconds)
        sample = ghost_delivery(made.secret, updated_at=moment.isoformat(), **change)
        answer = await client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=sample.headers)
        outcomes.append(answer.json()["outcome"])
        await asyncio.sleep(0.01)  # the two are not signed in the same millisecond
    assert outcomes == ["created", "unpublished"]
