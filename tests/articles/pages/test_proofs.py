"""What nobody signed is posted as the article's own page has it, where the source names the site that proves it."""

from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import web
from sqlmodel import select

from app.articles.adapters import ADAPTERS
from app.articles.deliveries.replay import replay_delivery
from app.articles.intake.proofs import is_on_site
from app.articles.intake.refusals import settle_refusals
from app.articles.models import Article, ArticleLookup, SourceDelivery, SourceRefusal
from app.kit.clock import utcnow
from tests.articles.conftest import all_rows, count_rows
from tests.articles.pages.test_look import STORY, page
from tests.articles.scripted_cms import ask_now, deliver
from tests.builders_articles import Sample, bearer_delivery, new_source, strapi_delivery, wordpress_delivery

pytestmark = pytest.mark.usefixtures("with_pages")

FORGED = "Forged by whoever has seen the address"


def publisher_delivery(secret: str, **changes: Any) -> Sample:
    """An article of Superdesk Publisher's, as its source makes it."""
    article = {
        "id": 7, "title": FORGED, "body": "<p>Forged</p>", "lead": "Forged", "locale": "kk",
        "_links": {"online": {"href": "/a/1"}}, **changes,
    }  # fmt: skip
    sample = bearer_delivery(secret, article)
    return Sample({**sample.headers, "x-webhook-event": "article[published]"}, sample.body)


def wordpress_com_delivery(secret: str, url: str, **changes: Any) -> Sample:
    """A form of WordPress.com's, which names the secret where it can: here in a header."""
    form = {"hook": "publish_post", "ID": "7", "post_title": FORGED, "post_content": "<p>Forged</p>", "post_url": url}
    headers = {"content-type": "application/x-www-form-urlencoded", "authorization": f"Bearer {secret}"}
    return Sample(headers, urlencode({**form, **changes}).encode())


def deliveries_of(kind: str, secret: str, url: str) -> Sample:
    if kind == "superdesk":
        return publisher_delivery(secret)
    if kind == "strapi":
        return strapi_delivery(secret, title=FORGED, url=url)
    return wordpress_com_delivery(secret, url)


@pytest.mark.parametrize("kind", ["strapi", "superdesk", "wordpress"])
async def test_the_page_counts_and_not_the_delivery(place, site, kind):
    site.pages["/a/1"] = page()
    options = {"site_url": site.url} if kind == "superdesk" else {}
    made = await new_source(place, kind, proof_site=site.url, category="Жаңалық", **options)
    answer = await deliver(place, made, deliveries_of(kind, made.secret, f"{site.url}/a/1"))
    assert (answer.status_code, await count_rows(place, Article)) == (202, 0)
    await ask_now(place)
    (article,) = await all_rows(place, Article)
    assert (article.title, article.excerpt, article.text) == (STORY["headline"], STORY["description"], "")
    assert (article.images[0]["url"], article.tags) == (f"{site.url}/cover.jpg", STORY["keywords"])
    assert (article.url, article.state, article.language) == (f"{site.url}/a/1", "published", "kk")
    assert await count_rows(place, ArticleLookup) == 0


async def test_what_the_page_lacks_is_not_taken_from_the_delivery(place, site):
    site.pages["/a/1"] = "<html><head><title>Тек тақырып</title></head></html>"
    made = await new_source(place, "wordpress", proof_site=site.url, category="Қоғам", language="kk")
    sample = wordpress_com_delivery(made.secret, f"{site.url}/a/1", post_tags="forged", post_category="forged")
    await deliver(place, made, sample)
    await ask_now(place)
    (article,) = await all_rows(place, Article)
    assert (article.title, article.excerpt, article.text, article.tags) == ("Тек тақырып", "", "", [])
    assert (article.category, article.language, article.images) == ("Қоғам", "kk", [])


@pytest.mark.parametrize("answer", [404, 403, 500, "elsewhere", "no title"])
async def test_what_no_page_proves_is_never_posted(place, site, answer):
    async def answer_so(_request: web.Request) -> web.Response:
        if answer == "elsewhere":
            raise web.HTTPFound(site.url.replace("127.0.0.1", "localhost") + "/a/1")
        return web.Response(status=answer)

    site.pages["/a/1"] = "<html></html>" if answer == "no title" else page()
    site.handle_more = answer_so
    path = "/a/1" if answer == "no title" else "/b/1"
    made = await new_source(place, "wordpress", proof_site=site.url)
    await deliver(place, made, wordpress_com_delivery(made.secret, f"{site.url}{path}"))
    for _ in range(6):
        await ask_now(place)
    assert (await count_rows(place, Article), await count_rows(place, ArticleLookup)) == (0, 1)
    await settle_refusals(place)
    async with place.read() as session:
        assert {row.code for row in (await session.exec(select(SourceRefusal))).all()} == {"article_not_fetched"}


async def test_a_page_that_leads_out_of_the_site_proves_nothing(place, site):
    """Also where it may be fetched: many sites have an address that leads wherever one likes."""

    async def lead_away(_request: web.Request) -> web.Response:
        raise web.HTTPFound(f"{site.url}/others/1")

    site.handle_more, site.pages["/others/1"] = lead_away, page()
    made = await new_source(place, "wordpress", proof_site=f"{site.url}/own")
    await deliver(place, made, wordpress_com_delivery(made.secret, f"{site.url}/own/1"))
    for _ in range(4):
        await ask_now(place)
    assert [request.path for request in site.asked][:2] == ["/own/1", "/others/1"]
    assert (await count_rows(place, Article), await count_rows(place, ArticleLookup)) == (0, 1)


async def test_a_page_that_is_built_later_is_asked_for_until_it_is_there(place, site):
    made = await new_source(place, "wordpress", proof_site=site.url)
    await deliver(place, made, wordpress_com_delivery(made.secret, f"{site.url}/a/1"))
    await ask_now(place)
    assert await count_rows(place, Article) == 0
    site.pages["/a/1"] = page()
    await ask_now(place)
    assert [article.title for article in await all_rows(place, Article)] == [STORY["headline"]]


async def test_an_address_elsewhere_is_refused_and_says_why(place, site):
    made = await new_source(place, "wordpress", proof_site=site.url)
    answer = await deliver(place, made, wordpress_com_delivery(made.secret, "https://evil.example/a/1"))
    assert answer.status_code == 422
    assert f"is not on {site.url}" in answer.json()["detail"]
    assert (await count_rows(place, ArticleLookup), site.asked) == (0, [])


async def test_a_withdrawal_needs_no_proof(place, site):
    site.pages["/a/1"] = page()
    made = await new_source(place, "superdesk", proof_site=site.url, site_url=site.url)
    await deliver(place, made, publisher_delivery(made.secret))
    await ask_now(place)
    gone = publisher_delivery(made.secret)
    answer = await deliver(place, made, Sample({**gone.headers, "x-webhook-event": "article[unpublished]"}, gone.body))
    assert answer.status_code == 202
    assert [article.state for article in await all_rows(place, Article)] == ["unpublished"]


async def test_what_is_signed_needs_no_proof(place, site):
    made = await new_source(place, "wordpress", proof_site=site.url)
    assert (await deliver(place, made, wordpress_delivery(made.secret))).json()["outcome"] == "created"
    assert site.asked == []


async def test_a_delivery_that_is_handled_again_is_proved_again(place, site):
    site.pages["/a/1"] = page()
    made = await new_source(place, "wordpress", proof_site=site.url)
    await deliver(place, made, wordpress_com_delivery(made.secret, f"{site.url}/a/1"))
    await ask_now(place)
    (kept,) = await all_rows(place, SourceDelivery)
    site.pages["/a/1"] = page({**STORY, "headline": "Changed since"})
    await replay_delivery(place, made.source.id, kept.id)
    await ask_now(place)
    assert [article.title for article in await all_rows(place, Article)] == ["Changed since"]


async def test_without_such_a_site_the_delivery_counts_as_before(place, site):
    made = await new_source(place, "wordpress")
    answer = await deliver(place, made, wordpress_com_delivery(made.secret, f"{site.url}/a/1"))
    assert (answer.json()["outcome"], await count_rows(place, ArticleLookup)) == ("created", 0)


@pytest.mark.parametrize(
    ("url", "is_there"),
    [
        ("https://news.example/kk/1", True),
        ("https://www.news.example/kk/1", True),
        ("http://NEWS.example/kk/1", True),
        ("https://news.example/kk", False),
        ("https://news.example/ru/1", False),
        ("https://news.example.evil.example/kk/1", False),
        ("https://news.example@evil.example/kk/1", False),
        ("https://news.example:8443/kk/1", False),
        ("https://sub.news.example/kk/1", False),
        ("", False),
    ],
)
def test_which_pages_are_the_sites(url, is_there):
    assert is_on_site(url, "https://news.example/kk/") is is_there


@pytest.mark.parametrize("kind", ["strapi", "superdesk", "wordpress"])
def test_a_secret_that_is_only_named_signs_nothing(kind):
    adapter = ADAPTERS[kind]
    secret = adapter.make_secret()
    sample = bearer_delivery(secret, {})
    assert not adapter.verify(sample.headers, sample.body, (secret,), utcnow(), adapter.OPTIONS()).is_signed
