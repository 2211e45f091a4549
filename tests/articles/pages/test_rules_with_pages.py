"""A source's rules judge by what is known when the post is decided: the article's own page is heard, and it is said."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from app.articles.intake.batches import Intake, plan_with
from app.articles.models import Article, ArticlePage
from app.articles.rules import SourceRules
from app.articles.schemas import SourceUpdate
from app.articles.sources import update_source
from app.kit.clock import utcnow
from app.posts.models import Post, PostEvent, PostState
from app.posts.plan.planner import PostPlanner
from app.posts.work import read_work
from tests.articles.conftest import all_rows, count_rows, open_client
from tests.articles.feeds.site import change_feed, new_feed, poll_now
from tests.articles.pages.test_look import STORY, deliver, look, page
from tests.builders import make_account
from tests.builders_articles import new_source

pytestmark = pytest.mark.usefixtures("with_pages")

WHOLE = {"title": "T", "excerpt": "E", "language": "kk", "authors": ["A"]}


@pytest.fixture
async def desk(place, site):
    """A source with an account, whose page names a category, tags and an author."""
    site.pages["/a/1"] = page()
    plan_with(place, PostPlanner())
    async with place.transaction() as session:
        await make_account(session)
    return await new_source(place)


async def rule(place, made, **rules):
    async with place.transaction() as session:
        wanted = SourceRules.model_validate(rules)
        await update_source(session, place, made.source.id, SourceUpdate(rules=wanted))


async def send(place, site, made, **data):
    own = {"id": "1", "url": f"{site.url}/a/1", "images": [f"{site.url}/i.jpg"], **WHOLE}
    return await deliver(place, made, PostPlanner(), **own | data)


async def read_page(place):
    rows = await look(place)
    await place.parts.of(Intake).settle(30)
    return rows


async def the_post(place):
    async with place.read() as session:
        return (await session.exec(select(Post))).one()


async def left_out_of(place, article_id):
    async with open_client(place, PostPlanner()) as client:
        return (await client.get(f"/api/articles/{article_id}")).json()["left_out"]


async def test_an_article_that_lacked_what_a_rule_wants_goes_out_once_its_page_names_it(place, site, desk):
    await rule(place, desk, include={"categories": ["қоғам"]})
    told = await send(place, site, desk)
    assert told["post_ids"] == []
    (verdict,) = await left_out_of(place, told["article_id"])
    assert (verdict["code"], verdict["with_page"]) == ("rule_wants_category", False)
    (row,) = await read_page(place)
    assert (row.filled, row.is_awaited) == (["category", "tags"], False)
    post = await the_post(place)
    assert (post.state, await left_out_of(place, told["article_id"])) == (PostState.queued, [])
    async with place.read() as session:
        (first,) = (await session.exec(select(PostEvent).where(PostEvent.post_id == post.id))).all()
    assert first.why == "The article arrived, and by what its own page says the source's rules let it out."


async def test_a_post_waits_for_the_page_that_may_keep_it_out_and_ends_by_it(place, site, desk):
    await rule(place, desk, exclude={"tags": ["білім"]})
    told = await send(place, site, desk)
    async with place.read() as session:
        assert (await read_work(session, told["post_ids"][0])).is_article_awaited
    await read_page(place)
    post = await the_post(place)
    assert (post.state, post.state_reason) == (PostState.cancelled, "article_left_out")
    assert post.state_detail == (
        "With what the article's own page says, the source's rules leave it out."
        " A rule leaves out articles with the tag “білім”."
    )
    (verdict,) = await left_out_of(place, told["article_id"])
    assert (verdict["code"], verdict["with_page"]) == ("rule_has_tag", True)


async def test_a_page_that_agrees_changes_nothing_and_one_that_lacks_it_too_says_so(place, site, desk):
    await rule(place, desk, include={"authors": ["Айгерім Серікқызы"]}, exclude={"categories": ["Спорт"]})
    told = await send(place, site, desk, authors=[])
    assert told["post_ids"] == []
    await read_page(place)
    assert (await the_post(place)).state == PostState.queued
    await rule(place, desk, include={"tags": ["Спорт"]})
    site.pages["/a/2"] = page()
    told = await send(place, site, desk, id="2", url=f"{site.url}/a/2")
    await read_page(place)
    (verdict,) = await left_out_of(place, told["article_id"])
    assert (verdict["code"], verdict["with_page"], await count_rows(place, Post)) == ("rule_wants_tag", True, 1)


async def test_a_page_that_has_nothing_to_add_was_heard_all_the_same(place, site, desk):
    await rule(place, desk, include={"tags": ["Спорт"]})
    site.pages["/a/1"] = "<html><head><title>T</title></head></html>"
    told = await send(place, site, desk)
    assert not (await left_out_of(place, told["article_id"]))[0]["with_page"]
    (row,) = await read_page(place)
    (verdict,) = await left_out_of(place, told["article_id"])
    assert (row.filled, verdict["code"], verdict["with_page"]) == ([], "rule_wants_tag", True)


async def test_what_a_person_wants_stays_and_a_late_page_decides_nothing(place, site, desk):
    await rule(place, desk, exclude={"tags": ["білім"]})
    await send(place, site, desk)
    async with place.transaction() as session:
        await session.exec(sa.update(Post).values(is_forced=True))
    await read_page(place)
    assert (await the_post(place)).state == PostState.queued
    await rule(place, desk, include={"categories": ["қоғам"]})
    site.pages["/a/2"] = page()
    await send(place, site, desk, id="2", url=f"{site.url}/a/2")
    async with place.transaction() as session:
        await session.exec(sa.update(Article).values(received_at=utcnow() - timedelta(minutes=31)))
    await read_page(place)
    assert await count_rows(place, Post) == 1


async def test_what_no_rule_looks_at_is_not_waited_for(place, site, desk):
    await rule(place, desk, exclude={"words": ["жарнама"]}, include={"languages": ["kk"]})
    await send(place, site, desk)
    assert await all_rows(place, ArticlePage) == []


async def test_a_feed_s_item_is_judged_with_its_page_before_it_is_told(place, site, desk):
    site.pages["/news/1"] = page({**STORY, "articleSection": "Спорт"})
    made = await new_feed(place, site.feed)
    await poll_now(place)
    await rule(place, made, include={"categories": ["спорт"]})
    await change_feed(place, baseline_at=utcnow() - timedelta(hours=1))
    extra = f'<media:content url="{site.url}/i.jpg" medium="image"/>'
    site.publish(1, extra=extra)
    await poll_now(place)
    assert (await the_post(place)).state == PostState.queued
