"""A feed's hub tells at once of what is new: subscribed, confirmed, signed, renewed and left; polling stays beneath."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import uvicorn

from app.articles.intake.batches import plan_with
from app.articles.models import Article
from app.articles.models_feeds import HubState, HubSubscription, SourceFeed
from app.articles.schemas import SourceUpdate
from app.articles.sources import delete_source, update_source
from app.articles.websub.ask import ask_hubs
from app.articles.websub.book import find_by_token, may_subscribe
from app.articles.websub.offers import hub_of
from app.kit.clock import utcnow
from app.resources import open_resources
from tests.articles.conftest import APPS, FakePlanner, all_rows, count_rows
from tests.articles.feeds.conftest import site
from tests.articles.feeds.site import change_feed, feed_row, new_feed, poll_now
from tests.articles.websub.hub import open_hub
from tests.functional.stack import free_port
from tests.support.serving import serve

__all__ = ["site"]


@pytest.fixture
async def hub(site):
    async with open_hub() as opened:
        site.headers = {"Link": f'<{opened.url}>; rel="hub", <{site.feed}>; rel="self"'}
        yield opened


@pytest.fixture
async def place(settings, site, hub):
    """Newsreel on a real socket, on both databases; the operator has named site and hub as neighbours."""
    port = free_port()
    hosts = (site.host, hub.url.split("/")[2])
    changed = {"fetch_allow_hosts": hosts, "public_url": f"http://127.0.0.1:{port}"}
    async with open_resources(settings.model_copy(update=changed)) as resources:
        with APPS.lend() as app:
            app.state.resources = resources
            plan_with(resources, FakePlanner())
            config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off")
            async with serve(config):
                yield resources


async def subscribed(place, site, hub, **more):
    made = await new_feed(place, site.feed, **more)
    await poll_now(place)
    assert await ask_hubs(place) == 1
    await hub.settle()
    return made


async def due_again(place):
    async with place.transaction() as session:
        await session.exec(sa.update(HubSubscription).values(next_attempt_at=utcnow() - timedelta(seconds=1)))


async def test_a_hub_s_call_brings_what_is_new_at_once_and_once(place, site, hub):
    await subscribed(place, site, hub)
    (asked,) = hub.asked
    assert (asked["hub.mode"], asked["hub.topic"]) == ("subscribe", site.feed)
    assert len(asked["hub.secret"]) < 200
    assert hub.answers == [(200, "c-h&a/ll=enge")]
    (row,) = await all_rows(place, HubSubscription)
    assert (row.state, row.problem) == (HubState.active, "")
    assert timedelta(days=9) < row.lease_until - utcnow() < timedelta(days=10)
    assert row.next_attempt_at < row.lease_until - timedelta(days=1)
    assert asked["hub.secret"] not in row.secret_encrypted
    before = (await feed_row(place)).next_poll_at
    await change_feed(place, last_poll_at=utcnow() - timedelta(minutes=1))
    site.publish(1)
    assert await hub.tell(site.rss().encode()) == [202]
    feed = await feed_row(place)
    assert feed.next_poll_at <= utcnow() < before
    await poll_now(place, times=2)
    assert await count_rows(place, Article) == 1
    # The older method that most hubs still use is enough for a hint.
    assert await hub.tell(b"x", method="sha1") == [202]


async def test_a_wrong_signature_and_strangers_change_nothing(place, site, hub):
    await subscribed(place, site, hub)
    before = (await feed_row(place)).next_poll_at
    assert await hub.tell(b"<rss/>", secret="another") == [202]
    callback = next(iter(hub.subscribers))
    for headers in (
        {},
        {"X-Hub-Signature": "md5=00"},
        {"X-Hub-Signature": "sha256=ÿ".encode("latin-1").decode("latin-1")},
    ):
        raw = {name: value.encode("latin-1") for name, value in headers.items()}
        assert (await hub.call("POST", callback, content=b"x", headers=raw)).status_code == 202
    stranger = callback.rpartition("/")[0] + "/nobody"
    assert (await hub.call("POST", stranger, content=b"x")).status_code == 404
    for query in ("hub.mode=subscribe&hub.topic=x&hub.challenge=c", "hub.mode=unsubscribe&hub.topic=" + site.feed, ""):
        assert (await hub.call("GET", f"{callback}?{query}")).status_code == 404
        assert (await hub.call("GET", f"{stranger}?{query}")).status_code == 404
    row = await feed_row(place)
    (subscription,) = await all_rows(place, HubSubscription)
    assert (row.next_poll_at, subscription.pinged_at, subscription.state) == (before, None, HubState.active)


async def test_a_lease_is_renewed_before_it_ends(place, site, hub):
    hub.lease_seconds = 3600
    await subscribed(place, site, hub)
    (row,) = await all_rows(place, HubSubscription)
    assert timedelta(minutes=55) < row.lease_until - utcnow() <= timedelta(hours=1)
    assert await ask_hubs(place) == 0
    await due_again(place)
    assert await ask_hubs(place) == 1
    await hub.settle()
    (renewed,) = await all_rows(place, HubSubscription)
    assert (len(hub.asked), renewed.token, renewed.lease_until > row.lease_until) == (2, row.token, True)
    assert hub.asked[0]["hub.secret"] == hub.asked[1]["hub.secret"]


async def test_a_hub_is_left_when_the_source_goes_or_the_feed_moves(place, site, hub):
    made = await subscribed(place, site, hub)
    async with place.transaction() as session:
        await update_source(session, place, made.source.id, SourceUpdate(feed_url=f"{site.url}/feed?v=2"))
    await poll_now(place)
    await ask_hubs(place)
    await hub.settle()
    assert [form["hub.mode"] for form in hub.asked] == ["subscribe", "unsubscribe", "subscribe"]
    async with place.transaction() as session:
        await delete_source(session, place, made.source.id)
    await ask_hubs(place)
    await hub.settle()
    assert (hub.asked[-1]["hub.mode"], hub.subscribers) == ("unsubscribe", {})
    assert (await count_rows(place, HubSubscription), await count_rows(place, SourceFeed)) == (0, 0)


async def test_a_hub_that_fails_or_refuses_is_named_and_polling_goes_on(place, site, hub):
    hub.status = 500
    await subscribed(place, site, hub)
    (row,) = await all_rows(place, HubSubscription)
    assert (row.state, row.attempts, "500" in row.problem) == (HubState.asked, 1, True)
    hub.status, hub.denies = 202, "no such topic"
    await due_again(place)
    await ask_hubs(place)
    await hub.settle()
    (row,) = await all_rows(place, HubSubscription)
    assert (row.state, "no such topic" in row.problem) == (HubState.denied, True)
    assert timedelta(hours=23) < row.next_attempt_at - utcnow() <= timedelta(days=1)
    site.publish(1)
    await poll_now(place)
    assert await count_rows(place, Article) == 1


async def test_a_call_while_the_feed_is_being_read_has_it_read_once_more(place, site, hub):
    await subscribed(place, site, hub)
    site.publish(1)

    async def slow(request):
        site.answer = None
        answer = await site.handle(request)
        site.publish(2)
        assert await hub.tell(b"x") == [202]
        return answer

    site.answer = slow
    feed = await poll_now(place)
    assert (await count_rows(place, Article), feed.next_poll_at <= utcnow()) == (1, True)
    await poll_now(place)
    assert await count_rows(place, Article) == 2


async def test_without_a_public_https_address_no_stranger_s_hub_is_asked(settings):
    here = settings.model_copy(update={"public_url": "http://127.0.0.1:8000", "fetch_allow_hosts": ("hub.lan",)})
    https = here.model_copy(update={"public_url": "https://news.example"})
    assert [may_subscribe(one, "https://hub.example/") for one in (here, https)] == [False, True]
    assert may_subscribe(here, "http://hub.lan/")
    assert not may_subscribe(https, "http://hub.example/")
    assert not may_subscribe(https, "ftp://hub.example/")


def test_a_hub_is_found_in_the_header_before_the_feed():
    headers = {"Link": '<https://a.example/hub>; rel=hub, </feed>; rel="self alternate"; type="a,b"'}
    page = "https://news.example/rss"
    assert hub_of(headers, "https://b.example", "x", page) == ("https://a.example/hub", "https://news.example/feed")
    assert hub_of({}, "https://b.example/", "", page) == ("https://b.example/", page)
    assert hub_of({"Link": '<https://a.example/>; rel="next"'}, "", "", page) is None
    assert hub_of({"Link": "<" * 30_000}, "", "", page) is None


async def test_a_token_that_no_database_takes_is_nobody_s(sqlite_resources):
    async with sqlite_resources.read() as session:
        assert await find_by_token(session, "a\0b") is None
