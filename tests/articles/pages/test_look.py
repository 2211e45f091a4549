"""What a CMS left out is taken from the article's own page: in its words' place never, and said where it fails."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from aiohttp import web
from sqlmodel import select

from app.articles.feeds import fetching
from app.articles.intake.batches import Intake, plan_with
from app.articles.intake.wanted_pages import LOOK_AT_PAGE
from app.articles.models import Article, ArticleEvent, ArticlePage
from app.articles.pages import look as look_module
from app.articles.pages.look import look_at_page, wake_due_pages
from app.articles.schemas import SourceUpdate
from app.articles.sources import update_source
from app.kit.bursts import Bursts
from app.kit.clock import rfc3339, utcnow
from app.posts.models import Post, PostEvent
from app.posts.plan.planner import PostPlanner
from app.posts.work import read_work
from tests.articles.conftest import FakePlanner, all_rows, count_rows, open_client
from tests.articles.feeds.site import new_feed, poll_now
from tests.builders import make_account
from tests.builders_articles import generic_delivery, new_source

pytestmark = pytest.mark.usefixtures("with_pages")

STORY = {
    "@type": "NewsArticle",
    "headline": "The page's own headline",
    "description": "Балаларға арналған мектеп.",
    "image": {"@type": "ImageObject", "url": "/cover.jpg", "width": 1600, "height": 900, "caption": "Мектеп"},
    "author": [{"@type": "Person", "name": "Айгерім Серікқызы"}],
    "articleSection": "Қоғам",
    "keywords": ["Мектеп", "Білім"],
    "inLanguage": "kk",
}
OG = '<meta property="og:title" content="OG"><meta property="og:image" content="/og.jpg">'


def page(story=STORY, more=""):
    script = f'<script type="application/ld+json">{json.dumps({"@graph": [story]})}</script>' if story else ""
    return f"<html><head><title>T</title>{script}{more}</head><body><p>Text</p></body></html>"


async def deliver(place, made, planner=None, **data):
    async with open_client(place, planner or FakePlanner()) as client:
        sample = generic_delivery(made.secret, **data)
        answer = await client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=sample.headers)
        await place.parts.of(Intake).settle(30)
        assert answer.status_code == 202
        return answer.json()


async def look(place, *, as_if_due=True):
    if as_if_due:
        async with place.transaction() as session:
            is_due = sa.update(ArticlePage).where(ArticlePage.next_attempt_at.is_not(None))  # type: ignore[union-attr]
            await session.exec(is_due.values(next_attempt_at=utcnow() - timedelta(seconds=1)))
    for row in await all_rows(place, ArticlePage):
        await look_at_page(place, row.id)
    return await all_rows(place, ArticlePage)


async def test_what_a_delivery_left_out_is_taken_from_the_page_s_json_ld(place, site):
    site.pages["/a/1"] = page(more=OG)
    made = await new_source(place)
    told = await deliver(place, made, id="1", url=f"{site.url}/a/1", title="Жаңа мектеп ашылды 🏫")
    assert (told["outcome"], len(site.asked)) == ("created", 0)
    (row,) = await look(place)
    (article,) = await all_rows(place, Article)
    assert (article.title, article.excerpt) == ("Жаңа мектеп ашылды 🏫", "Балаларға арналған мектеп.")
    assert article.images[0] == {"url": f"{site.url}/cover.jpg", "alt": "Мектеп"}
    assert (article.authors, article.language, article.category) == (["Айгерім Серікқызы"], "kk", "Қоғам")
    assert (article.tags, article.state) == (["Мектеп", "Білім"], "published")
    assert (row.next_attempt_at, row.problem, row.is_awaited) == (None, "", False)
    assert {"excerpt", "images", "authors", "language"} <= set(row.filled)
    async with open_client(place, FakePlanner()) as client:
        shown = (await client.get(f"/api/articles/{article.id}")).json()
    assert shown["page"]["filled"] == row.filled
    assert [event["type"] for event in shown["events"]] == ["article.published", "page.read"]


async def test_the_cms_s_own_words_stay_and_open_graph_fills_the_rest(place, site):
    site.pages["/a/1"] = page(story=None, more=OG + '<meta name="author" content="x">')
    made = await new_source(place)
    own = {
        "id": "1", "url": f"{site.url}/a/1", "title": "Own", "excerpt": "Own words.", "language": "ru",
        "tags": ["own"], "category": "Own section",
    }  # fmt: skip
    await deliver(place, made, **own)
    await look(place)
    (article,) = await all_rows(place, Article)
    assert (article.title, article.excerpt, article.language) == ("Own", "Own words.", "ru")
    assert (article.tags, article.category) == (["own"], "Own section")
    assert [image["url"] for image in article.images] == [f"{site.url}/og.jpg"]


async def test_an_article_that_lacks_nothing_asks_for_no_page(place, site):
    made = await new_source(place, language="kk")
    whole = {"title": "T", "excerpt": "E", "images": [f"{site.url}/i.jpg"], "authors": ["A"]}
    await deliver(place, made, id="1", url=f"{site.url}/a/1", **whole)
    await deliver(place, made, type="article.unpublished", id="3", url=f"{site.url}/a/3", title="T")
    assert (await count_rows(place, ArticlePage), site.asked) == (0, [])


async def test_a_change_that_says_as_little_is_filled_anew(place, site):
    site.pages["/a/1"] = page()
    made = await new_source(place)
    await deliver(place, made, id="1", url=f"{site.url}/a/1", title="First")
    await look(place)
    site.pages["/a/1"] = page({**STORY, "image": "/another.jpg"})
    await deliver(place, made, type="article.updated", id="1", url=f"{site.url}/a/1", title="Second")
    await look(place)
    (article,) = await all_rows(place, Article)
    assert (article.title, [image["url"] for image in article.images]) == ("Second", [f"{site.url}/another.jpg"])
    assert (await count_rows(place, ArticlePage), await count_rows(place, ArticleEvent)) == (1, 4)


async def test_a_page_that_is_not_there_is_asked_four_times_and_named_at_the_article(place, site):
    made = await new_source(place)
    told = await deliver(place, made, id="1", url=f"{site.url}/a/1", title="T")
    for attempts in range(1, 5):
        (row,) = await look(place)
        assert (row.attempts, row.is_awaited) == (attempts, False)
        assert "404" in row.problem
    assert (len(site.asked), row.next_attempt_at) == (4, None)
    async with open_client(place, FakePlanner()) as client:
        shown = (await client.get(f"/api/articles/{told['article_id']}")).json()
    assert "404" in shown["page"]["problem"]
    (article,) = await all_rows(place, Article)
    assert (article.title, article.images, article.version) == ("T", [], 1)


async def test_private_addresses_and_huge_pages_are_not_asked_twice(place, site):
    made = await new_source(place)
    site.pages["/huge"] = "<p>" + "x" * 6_000_000
    for number, url in enumerate(["http://127.0.0.1:9/a", "http://169.254.169.254/latest", f"{site.url}/huge"]):
        await deliver(place, made, id=str(number), url=url, title="T")
    rows = await look(place)
    assert [(row.next_attempt_at, bool(row.problem)) for row in rows] == [(None, True)] * 3


async def test_posts_wait_for_pictures_and_words_and_hear_of_them(place, site):
    site.pages["/a/1"] = page()
    async with place.transaction() as session:
        await make_account(session)
    made = await new_source(place)
    told = await deliver(place, made, PostPlanner(), id="1", url=f"{site.url}/a/1", title="T")
    async with place.read() as session:
        assert (await read_work(session, told["post_ids"][0])).is_article_awaited
    plan_with(place, PostPlanner())
    await look(place)
    await place.parts.of(Intake).settle(30)
    async with place.read() as session:
        assert not (await read_work(session, told["post_ids"][0])).is_article_awaited
        said = (await session.exec(select(PostEvent.why).order_by(PostEvent.id))).all()
    assert "The article's page had what the CMS left out: the post will carry that too." in said
    # One whose author alone is not known is not held up, and one whose page does not answer not for long.
    whole = {"title": "T", "excerpt": "E", "images": [f"{site.url}/i.jpg"]}
    second = await deliver(place, made, PostPlanner(), id="2", url=f"{site.url}/a/2", **whole)
    third = await deliver(place, made, PostPlanner(), id="3", url=f"{site.url}/a/3", title="T")
    async with place.transaction() as session:
        await session.exec(sa.update(ArticlePage).values(asked_at=utcnow() - timedelta(seconds=40)))
    async with place.read() as session:
        for one in (second, third):
            assert not (await read_work(session, one["post_ids"][0])).is_article_awaited
    assert await count_rows(place, Post) == 3


async def test_looks_of_two_workers_at_once_are_one_and_a_source_that_is_off_asks_nobody(place, site):
    site.pages["/a/1"] = page()
    made = await new_source(place)
    await deliver(place, made, id="1", url=f"{site.url}/a/1", title="T")
    assert await wake_due_pages(place) == 1
    (row,) = await all_rows(place, ArticlePage)
    assert row.next_attempt_at is not None
    await look_at_page(place, row.id)
    assert site.asked == [], "the sweep has given it to the job that says until when"
    await asyncio.gather(*(look_at_page(place, row.id, rfc3339(row.next_attempt_at)) for _ in range(4)))
    assert len(site.asked) == 1
    await deliver(place, made, id="2", url=f"{site.url}/a/1", title="T")
    async with place.transaction() as session:
        await update_source(session, place, made.source.id, SourceUpdate(enabled=False))
    rows = await look(place)
    assert ([row.next_attempt_at for row in rows], len(site.asked)) == ([None, None], 1)


async def test_the_pages_of_a_burst_are_handed_out_a_few_of_each_source_at_a_time(place, site, monkeypatch):
    woken: list[str] = []

    async def wake_all(calls):
        woken.extend(args[0] for name, args in calls if name == LOOK_AT_PAGE)

    monkeypatch.setattr(place.queue, "wake_all", wake_all)
    monkeypatch.setattr(look_module, "HANDED_OUT", 2)
    monkeypatch.setattr(place.parts.of(Intake), "page_bursts", Bursts(3, 0.001))
    wire, desk = await new_source(place), await new_source(place)
    for number in range(7):
        await deliver(place, wire, id=str(number), url=f"{site.url}/a/{number}", title="T")
    await deliver(place, desk, id="1", url=f"{site.url}/b/1", title="T")
    rows = [row.id for row in await all_rows(place, ArticlePage)]
    told, of_desk = list(woken), woken[-1]
    assert (len(told), len(set(told)), len(rows)) == (4, 4, 8)
    woken.clear()
    assert [await wake_due_pages(place) for _ in range(5)] == [3, 2, 2, 1, 0]
    assert sorted(woken) == sorted(rows)
    assert of_desk in woken[:3]


async def test_many_pages_of_one_site_take_turns_and_no_attempt_is_lost(place, site, monkeypatch):
    # The two that ask wait here until four others were written down: on a busy machine longer than a site may take.
    patient = replace(fetching.PAGE_LIMITS, seconds=600, stall_seconds=None, connect_seconds=600)
    monkeypatch.setattr(fetching, "PAGE_LIMITS", patient)
    gate = asyncio.Event()

    async def slow(_request):
        await gate.wait()
        return web.Response(text=page(), content_type="text/html")

    site.handle_more = slow
    made = await new_source(place)
    for number in range(6):
        await deliver(place, made, id=str(number), url=f"{site.url}/a/{number}", title="T")
    rows = await all_rows(place, ArticlePage)
    looks = {asyncio.create_task(look_at_page(place, row.id)) for row in rows}
    while len(looks) > 2:
        _, looks = await asyncio.wait(looks, return_when=asyncio.FIRST_COMPLETED)
    gate.set()
    await asyncio.gather(*looks)
    left = [row for row in await all_rows(place, ArticlePage) if row.read_at is None]
    assert (len(site.asked), len(left)) == (2, 4)
    assert all((row.attempts, row.is_awaited, row.problem) == (0, True, "") for row in left)
    for _ in range(3):
        await look(place)
    assert [article.images[0]["url"] for article in await all_rows(place, Article)] == [f"{site.url}/cover.jpg"] * 6


async def test_a_feed_s_item_whose_page_failed_is_asked_for_later(place, site):
    await new_feed(place, site.feed)
    await poll_now(place)
    site.publish(1)
    await poll_now(place)
    (article,) = await all_rows(place, Article)
    assert article.images == []
    site.pages["/news/1"] = page()
    (row,) = await look(place)
    (article,) = await all_rows(place, Article)
    assert ([image["url"] for image in article.images], row.problem) == ([f"{site.url}/cover.jpg"], "")


async def test_one_job_goes_on_with_what_else_of_its_source_is_due_the_awaited_ones_first(place, site):
    made, other = await new_source(place), await new_source(place)
    for number in range(5):
        # The first ones only lack an author, and no post waits for that.
        more = {} if number > 2 else {"excerpt": "Words of its own.", "images": ["https://news.example/1.jpg"]}
        site.pages[f"/a/{number}"] = page()
        await deliver(place, made, id=str(number), url=f"{site.url}/a/{number}", title="T", **more)
    await deliver(place, other, id="1", url=f"{site.url}/b/1", title="T")
    rows = await all_rows(place, ArticlePage)
    assert [row.is_awaited for row in rows] == [False, False, False, True, True, True]
    await look_at_page(place, rows[0].id)
    assert [request.path for request in site.asked] == ["/a/0", "/a/3", "/a/4", "/a/1", "/a/2"]
    assert [row.read_at is None for row in await all_rows(place, ArticlePage)] == [False] * 5 + [True]
