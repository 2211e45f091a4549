"""A source's feed by the API: set, shown, checked without taking anything, and taken away."""

from datetime import UTC, datetime, timedelta

import pytest

from app.articles.models import Article
from app.articles.models_feeds import FeedItem, SourceFeed
from app.articles.silent_sources import watch_sources
from app.kit.clock import utcnow
from app.outbox.models import OutboxEvent
from app.outbox.models_endpoints import Channel, NotificationEndpoint
from tests.articles.conftest import FakePlanner, open_client
from tests.articles.feeds.site import change_feed, new_feed, poll_now
from tests.articles.feeds.test_polls import rows


@pytest.fixture
async def client(place):
    async with open_client(place, FakePlanner()) as opened:
        yield opened


async def test_a_feed_is_set_changed_and_taken_away(client, place, site):
    made = (await client.post("/api/sources", json={"name": "N", "kind": "wordpress", "feed_url": site.feed})).json()
    assert (made["feed_url"], made["poll_minutes"], made["rules"]["max_age_hours"]) == (site.feed, 5, 24)
    assert (made["feed"]["state"], made["feed"]["problem"]) == ("waiting", None)
    await poll_now(place)
    change = {"poll_minutes": 30, "rules": {"max_age_hours": 2}}
    changed = (await client.patch(f"/api/sources/{made['id']}", json=change)).json()
    assert (changed["feed_url"], changed["poll_minutes"], changed["rules"]["max_age_hours"]) == (site.feed, 30, 2)
    assert changed["feed"]["state"] == "working"
    (listed,) = (await client.get("/api/sources")).json()["items"]
    assert (listed["feed_url"], listed["feed"]["items"]) == (site.feed, 0)
    other = (await client.patch(f"/api/sources/{made['id']}", json={"feed_url": f"{site.url}/rss"})).json()
    assert (other["feed"]["state"], other["poll_minutes"]) == ("waiting", 30)
    gone = (await client.patch(f"/api/sources/{made['id']}", json={"feed_url": ""})).json()
    assert (gone["feed"], gone["feed_url"]) == (None, "")
    assert await rows(place, SourceFeed) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"feed_url": "ftp://x.example/feed"}, "feed_url"),
        ({"feed_url": "https://user:pass@x.example/feed"}, "feed_url"),
        ({"feed_url": "https://x.example/feed", "poll_minutes": 0}, "poll_minutes"),
        ({"feed_url": "https://x.example/feed", "poll_minutes": 1441}, "poll_minutes"),
        ({"feed_url": "https://x.example/feed", "rules": {"max_age_hours": 0}}, "max_age_hours"),
        ({"poll_minutes": 5}, "no feed address"),
    ],
)
async def test_what_cannot_be_is_refused(client, place, change, said):
    made = (await client.post("/api/sources", json={"name": "N", "kind": "ghost"})).json()
    answer = await client.patch(f"/api/sources/{made['id']}", json=change)
    assert (answer.status_code, said in answer.json()["detail"]) == (422, True)
    assert await rows(place, SourceFeed) == []


async def test_a_check_says_what_would_be_taken_and_takes_nothing(client, place, site):
    made = await new_feed(place, site.feed, max_age_hours=6)
    path = f"/api/sources/{made.source.id}/check"
    site.publish(1, title="Before")
    told = (await client.post(path)).json()
    assert [(one["title"], one["verdict"]) for one in told["shown"]] == [("Before", "baseline")]
    await poll_now(place)
    site.publish(2, title="Old", at=datetime.now(UTC) - timedelta(hours=7))
    site.publish(3, title="News", extra=f"<enclosure url='{site.url}/i.jpg' type='image/jpeg'/>")
    told = (await client.post(path)).json()
    verdicts = {one["title"]: one["verdict"] for one in told["shown"]}
    assert verdicts == {"Before": "known", "Old": "too_old", "News": "new"}
    assert (told["items"], told["shown"][0]["images"]) == (3, [f"{site.url}/i.jpg"])
    assert (await rows(place, Article), len(await rows(place, FeedItem))) == ([], 1)
    await poll_now(place)
    assert len(await rows(place, Article)) == 1
    site.stories.clear()
    site.answer = None
    await change_feed(place, url=f"{site.url}/nothing")
    answer = await client.post(path)
    assert (answer.status_code, answer.json()["code"]) == (422, "feed_unreadable")
    assert (await client.post("/api/sources/nobody/check")).status_code == 404


async def test_a_source_that_is_silent_beside_its_feed_is_told_of_once(place, site):
    made = await new_feed(place, site.feed, kind="generic")
    async with place.transaction() as session:
        session.add(NotificationEndpoint(channel=Channel.email, address="a@b.example", events=["source.silent"]))
        made.source.last_delivery_at = utcnow() - timedelta(hours=1)
        session.add(made.source)
    await poll_now(place)
    site.publish(1)
    await poll_now(place)
    site.publish(2)
    await poll_now(place)
    await watch_sources(place)
    # A webhook may come a little later than the feed.
    assert await rows(place, OutboxEvent) == []
    await change_feed(place, unheard_since=utcnow() - timedelta(minutes=11))
    for _ in range(2):
        await watch_sources(place)
    (event,) = await rows(place, OutboxEvent)
    assert (event.type, event.data["source"]) == ("source.silent", "Aimaq News")


async def test_a_webhook_that_was_never_heard_did_not_fall_silent(place, site):
    await new_feed(place, site.feed)
    async with place.transaction() as session:
        session.add(NotificationEndpoint(channel=Channel.email, address="a@b.example", events=["source.silent"]))
    await poll_now(place)
    for number in range(3):
        site.publish(number)
    await poll_now(place)
    await change_feed(place, unheard_since=utcnow() - timedelta(minutes=11))
    await watch_sources(place)
    assert await rows(place, OutboxEvent) == []
