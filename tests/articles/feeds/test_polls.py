"""A feed is asked politely, its first reading is no news, and what comes after is taken once."""

import asyncio
from datetime import UTC, datetime, timedelta

from sqlmodel import select

from app.articles.feed_limits import FeedState, state_of
from app.articles.feeds.polls import poll_due
from app.articles.models import Article
from app.articles.models_feeds import FeedItem, SourceFeed
from app.articles.schemas import SourceUpdate
from app.articles.sources import delete_source, update_source
from app.kit.clock import utcnow
from app.posts.models import Post
from tests.articles.conftest import FakePlanner, all_rows, count_rows, open_client
from tests.articles.feeds.site import change_feed, feed_row, new_feed, poll_now
from tests.builders import make_account
from tests.builders_articles import generic_delivery, wordpress_delivery


async def test_the_first_poll_posts_nothing_and_what_is_published_after_it_is_taken_once(place, site):
    async with place.transaction() as session:
        await make_account(session)
    for number in range(3):
        site.publish(number)
    await new_feed(place, site.feed)
    await poll_now(place)
    assert (await count_rows(place, Article), await count_rows(place, Post)) == (0, 0)
    assert len(await rows(place, FeedItem)) == 3
    site.publish(7, title="Жаңа мектеп ашылды 🏫", extra=f"<enclosure url='{site.url}/i.jpg' type='image/jpeg'/>")
    feed = await poll_now(place, times=3)
    (article,) = await all_rows(place, Article)
    assert (article.title, article.state, article.language) == ("Жаңа мектеп ашылды 🏫", "published", "kk")
    assert article.url == f"{site.url}/news/7"
    assert [image["url"] for image in article.images] == [f"{site.url}/i.jpg"]
    assert await count_rows(place, Post) == 1
    assert (feed.taken, feed.items, feed.failures, state_of(feed)) == (1, 4, 0, FeedState.working)


async def test_nothing_new_costs_a_304_and_no_reading(place, site):
    site.publish(1)
    await new_feed(place, site.feed)
    feed = await poll_now(place, times=4)
    assert (len(site.asked), site.bodies) == (4, 1)
    assert timedelta(minutes=4) < feed.next_poll_at - utcnow() <= timedelta(minutes=5)
    site.has_etag = False
    await change_feed(place, etag="")
    before = await rows(place, FeedItem)
    await poll_now(place, times=2)
    assert (site.bodies, await rows(place, FeedItem)) == (3, before)


async def test_last_modified_is_sent_back(place, site):
    site.has_etag = False
    site.headers = {"Last-Modified": "Sun, 29 Nov 2026 10:00:00 GMT"}
    await new_feed(place, site.feed)
    await poll_now(place, times=2)
    assert [request.headers.get("If-Modified-Since") for request in site.asked] == [
        None,
        "Sun, 29 Nov 2026 10:00:00 GMT",
    ]


async def test_a_server_that_asks_for_patience_gets_it(place, site):
    from aiohttp import web

    async def busy(_request):
        return web.Response(status=429, headers={"Retry-After": "7200"})

    site.answer = busy
    await new_feed(place, site.feed)
    feed = await poll_now(place)
    assert timedelta(hours=1.9) < feed.next_poll_at - utcnow() <= timedelta(hours=2)
    assert (state_of(feed), feed.failures) == (FeedState.failing, 1)
    site.answer, site.headers = None, {"Cache-Control": "public, max-age=1800"}
    feed = await poll_now(place)
    assert timedelta(minutes=29) < feed.next_poll_at - utcnow() <= timedelta(minutes=30)
    assert (state_of(feed), feed.failures, feed.problem) == (FeedState.working, 0, "")


async def test_a_dead_feed_is_asked_ever_more_rarely_and_at_least_once_a_day(place, site):
    from aiohttp import web

    async def dead(_request):
        return web.Response(status=410)

    site.answer = dead
    await new_feed(place, site.feed)
    waits = []
    for _ in range(14):
        feed = await poll_now(place)
        waits.append((feed.next_poll_at - utcnow()) / timedelta(minutes=1))
    assert all(5 * 2**n * 0.88 <= wait <= 5 * 2**n for n, wait in enumerate(waits[:8]))
    assert all(24 * 60 * 0.88 <= wait <= 24 * 60 for wait in waits[9:])
    assert "410" in feed.problem


async def test_what_a_webhook_lost_is_found_and_what_it_told_is_not_doubled(place, site):
    """T10: one in ten deliveries is dropped; the poll finds those, and posts no other a second time."""
    async with place.transaction() as session:
        await make_account(session)
    made = await new_feed(place, site.feed, kind="generic")
    await poll_now(place)
    async with open_client(place, FakePlanner()) as client:
        for number in range(30):
            site.publish(number)
            if number % 10 == 4:
                continue
            # The CMS's own id is another than the feed's: only the address says that they are the same.
            sample = generic_delivery(
                made.secret, id=f"cms-{number}", title="T", url=f"{site.url}/news/{number}?utm_source=x"
            )
            answer = await client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=sample.headers)
            assert answer.status_code == 202
    feed = await poll_now(place, times=2)
    assert (await count_rows(place, Article), await count_rows(place, Post)) == (30, 30)
    assert feed.taken == 3
    async with open_client(place, FakePlanner()) as client:
        for number in (4, 14, 24):
            sample = generic_delivery(made.secret, id=f"cms-{number}", title="T", url=f"{site.url}/news/{number}/")
            answer = await client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=sample.headers)
            assert answer.json()["duplicate"] is True
        # Later the CMS says no more of it than its id.
        gone = generic_delivery(made.secret, type="article.unpublished", id="cms-4", title=None, url=None)
        await client.post(f"/webhooks/cms/{made.source.slug}", content=gone.body, headers=gone.headers)
    assert (await count_rows(place, Article), await count_rows(place, Post)) == (30, 30)
    states = {article.url.rstrip("/").rpartition("/")[2]: article.state for article in await all_rows(place, Article)}
    assert [number for number, state in states.items() if state != "published"] == ["4"]


async def test_webhook_and_feed_at_once_make_one_article(place, site):
    async with place.transaction() as session:
        await make_account(session)
    made = await new_feed(place, site.feed, kind="generic")
    await poll_now(place)
    for number in range(12):
        site.publish(number)
    await change_feed(place, next_poll_at=utcnow() - timedelta(seconds=1))
    async with open_client(place, FakePlanner()) as client:

        async def deliver(number):
            sample = generic_delivery(made.secret, id=f"cms-{number}", title="T", url=f"{site.url}/news/{number}")
            return await client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=sample.headers)

        answers = await asyncio.gather(poll_due(place), *map(deliver, range(12)))
    assert {answer.status_code for answer in answers[1:]} == {202}
    assert (await count_rows(place, Article), await count_rows(place, Post)) == (12, 12)


async def test_wordpress_feed_and_webhook_name_an_article_alike(place, site):
    made = await new_feed(place, site.feed, kind="wordpress")
    await poll_now(place)
    site.publish(31)
    await poll_now(place)
    (article,) = await all_rows(place, Article)
    assert article.external_id == "31"
    sample = wordpress_delivery(made.secret, ID=31)
    async with open_client(place, FakePlanner()) as client:
        answer = await client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=sample.headers)
    assert (answer.json()["article_id"], answer.json()["duplicate"]) == (article.id, True)


async def test_stale_news_is_not_posted_as_new(place, site):
    await new_feed(place, site.feed, max_age_hours=6)
    await poll_now(place)
    site.publish(1, at=datetime.now(UTC) - timedelta(hours=7))
    site.publish(2, at=datetime.now(UTC) - timedelta(hours=5))
    feed = await poll_now(place, times=2)
    assert [article.url for article in await all_rows(place, Article)] == [f"{site.url}/news/2"]
    assert (feed.taken, feed.too_old) == (1, 1)


async def test_a_feed_sorted_anew_renamed_or_back_from_far_posts_nothing_again(place, site):
    await new_feed(place, site.feed)
    await poll_now(place)
    for number in range(6):
        site.publish(number)
    await poll_now(place)
    site.stories.reverse()
    await poll_now(place)
    hidden = site.stories[:3]
    del site.stories[:3]
    await poll_now(place)
    async with place.transaction() as session:
        for item in (await session.exec(select(FeedItem))).all():
            item.last_seen_at -= timedelta(days=300)
            session.add(item)
    site.stories += hidden
    for story in site.stories:
        story.guid = f"tag:new-engine:{story.number}"
    await poll_now(place, times=2)
    assert await count_rows(place, Article) == 6


async def test_items_without_times_that_are_all_new_at_once_are_no_news(place, site):
    for number in range(6):
        site.publish(number, at=None)
    await new_feed(place, site.feed)
    await poll_now(place)
    site.stories.clear()
    for number in range(100, 106):
        site.publish(number, at=None)
    await poll_now(place)
    assert await count_rows(place, Article) == 0
    site.publish(200, at=None)
    await poll_now(place)
    assert [article.url for article in await all_rows(place, Article)] == [f"{site.url}/news/200"]


async def test_a_change_in_the_feed_changes_the_article_and_takes_no_text_away(place, site):
    made = await new_feed(place, site.feed, kind="generic")
    site.publish(1, title="Old and known")
    await poll_now(place)
    story = site.publish(2)
    async with open_client(place, FakePlanner()) as client:
        sample = generic_delivery(
            made.secret,
            id="2",
            title="From the CMS",
            url=f"{site.url}/news/2",
            html="<p>" + "Long text. " * 9 + "</p>",
        )
        await client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=sample.headers)
    await poll_now(place)
    story.title, site.stories[1].title = "Corrected", "Corrected as well"
    await poll_now(place, times=2)
    (article,) = await all_rows(place, Article)
    assert (article.title, article.state) == ("Corrected", "published")
    assert article.text.startswith("Long text.")


async def test_a_burst_is_taken_over_several_polls_without_waiting(place, site):
    await new_feed(place, site.feed)
    await poll_now(place)
    for number in range(95):
        site.publish(number)
    await change_feed(place, next_poll_at=utcnow() - timedelta(seconds=1))
    for _ in range(3):
        await poll_due(place)
    assert await count_rows(place, Article) == 95
    assert (await feed_row(place)).next_poll_at > utcnow()


async def test_several_workers_poll_each_feed_once(place, site, settings):
    from app.articles.intake.batches import plan_with
    from app.resources import open_resources

    await new_feed(place, site.feed)
    async with open_resources(place.settings) as other:
        plan_with(other, FakePlanner())
        polled = await asyncio.gather(*(poll_due(one) for one in (place, other, place, other)))
    assert (sum(polled), len(site.asked)) == (1, 1)


async def test_a_feed_that_is_changed_or_gone_while_it_is_polled_keeps_the_change(place, site):
    made = await new_feed(place, site.feed)
    held = asyncio.Event()

    async def slow(request):
        site.answer = None
        held.set()
        await asyncio.sleep(0.2)
        return await site.handle(request)

    site.answer = slow
    polling = asyncio.create_task(poll_due(place))
    await held.wait()
    async with place.transaction() as session:
        await update_source(session, place, made.source.id, SourceUpdate(feed_url=f"{site.url}/other"))
    await polling
    feed = await feed_row(place)
    assert (feed.url, feed.last_success_at, feed.etag) == (f"{site.url}/other", None, "")
    async with place.transaction() as session:
        await delete_source(session, place, made.source.id)
    assert (await rows(place, SourceFeed), await rows(place, FeedItem)) == ([], [])


async def test_a_source_that_is_off_is_not_polled(place, site):
    made = await new_feed(place, site.feed)
    async with place.transaction() as session:
        await update_source(session, place, made.source.id, SourceUpdate(enabled=False))
    assert (await poll_due(place), site.asked) == (0, [])


async def test_a_worker_that_died_with_a_feed_delays_it_by_its_lease_alone(place, site):
    await new_feed(place, site.feed)
    await poll_now(place)
    site.publish(1)
    await change_feed(place, lease="of-the-dead", next_poll_at=utcnow() + timedelta(seconds=100))
    assert await poll_due(place) == 0
    await poll_now(place)
    assert await count_rows(place, Article) == 1


async def rows(place, table):
    async with place.read() as session:
        return list((await session.exec(select(table))).all())
