# ruff: noqa: E501 - feeds and pages as they are written
"""Feeds of all forms, whole and broken, become articles."""

import codecs
import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.articles.adapters import ADAPTERS
from app.articles.adapters.base import SourceOptions
from app.articles.feeds.child import read_feed
from app.articles.feeds.json_feed import read_json_feed
from app.articles.feeds.page import read_page
from app.articles.feeds.reading import tell_apart
from app.articles.feeds.rest_api import asked_url, read_rest
from app.articles.feeds.xml_feed import read_xml
from tests.articles.adapters.test_contract import PAYLOADS

SITE = "https://news.example/feed"
RSS = """<?xml version="1.0" encoding="{encoding}"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Aimaq</title><link>https://news.example/</link>
 <language>ru-RU</language>{items}</channel></rss>"""


def rss(items: str, encoding: str = "utf-8") -> bytes:
    return RSS.format(items=items, encoding=encoding).encode(encoding)


def read(body: bytes, kind: str = "feed", charset: str = "", **options):
    found = read_xml(body, SITE, charset, ADAPTERS[kind].OPTIONS.model_validate(options))
    return [(one, one.item.make()) for one in tell_apart(found.items, kind)]


def test_an_item_in_full():
    item = """<item><title>Дорога &amp;amp; мост</title><link>/2026/most</link><guid isPermaLink="false">https://news.example/?p=12</guid>
    <pubDate>Sun, 29 Nov 2026 15:00:00 +0500</pubDate><category>Uncategorized</category><category>Город</category><category>мост</category>
    <description><![CDATA[<p>Открыли мост [&hellip;]</p><p>The post <a href="https://news.example/2026/most">Дорога</a> appeared first on
    <a href="https://news.example">Aimaq</a>.</p>]]></description>
    <content:encoded><![CDATA[<p>Полный текст.</p><img src="/i/most-300x200.jpg" srcset="/i/most-300x200.jpg 300w, /i/most.jpg 1600w">
    <img src="https://pixel.wp.com/b.gif?x" width="1" height="1"><img class="avatar" src="/a.jpg">]]></content:encoded>
    <media:content url="https://news.example/i/most-768x512.jpg" width="768" height="512" medium="image"/>
    <enclosure url="https://news.example/most.mp4" type="video/mp4" length="1"/></item>"""
    ((told, draft),) = read(rss(item), "wordpress")
    assert told.external_id == "12"
    assert (draft.url, draft.title) == ("https://news.example/2026/most", "Дорога & мост")
    assert (draft.excerpt, draft.text) == ("Открыли мост…", "Полный текст.")
    assert (draft.category, draft.tags, draft.language) == ("Город", ["Город", "мост"], "ru-RU")
    assert [image["url"] for image in draft.images] == ["https://news.example/i/most.jpg"]
    assert draft.video_url == "https://news.example/most.mp4"
    assert draft.published_at == datetime(2026, 11, 29, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "titles"),
    [
        (b"<rss version='0.91'><channel><item><title>A</title><link>https://x.example/a</link></item></channel></rss>", ["A"]),
        (
            b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>"
            b"<item rdf:about='https://x.example/a'><title>A</title><link>https://x.example/a</link></item></rdf:RDF>",
            ["A"],
        ),
        (
            b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>urn:1</id><title type='html'>A &amp;amp; B</title>"
            b"<link href='/a'/><updated>2026-11-29T10:00:00Z</updated></entry></feed>",
            ["A & B"],
        ),
        (rss("<item><title>A & B</title><link>https://x.example/?a=1&b=2</link></item><item><title>C<br></title><link>https://x.example/c</link></item>"), ["A & B", "C"]),
        (rss("<item><title>Ә</title><link>https://x.example/a</link></item>")[:-23], ["Ә"]),
        (rss("<item><title>Привет</title><link>https://x.example/a</link></item>", "windows-1251"), ["Привет"]),
        (rss("<item><title>Привет</title><link>https://x.example/a</link></item>").replace(b'encoding="utf-8"', b'encoding="iso-8859-1"'), None),
        (b"\n\n  " + rss("<item><title>A</title><link>https://x.example/a</link></item>"), ["A"]),
        (b"\xef\xbb\xbf" + rss("<item><title>A</title><link>https://x.example/a</link></item>"), ["A"]),
        (rss("<item><description>Only words, and no title at all.</description><link>https://x.example/a</link></item>"), ["Only words, and no title at all."]),
        (rss(""), []),
    ],
    ids=["0.91", "rdf", "atom", "malformed", "cut", "1251", "wrong charset", "spaces first", "bom", "no title", "empty"],
)  # fmt: skip
def test_old_and_broken_feeds(body, titles):
    found = [draft.title for _, draft in read(body)]
    assert found == titles if titles is not None else len(found) == 1


def test_the_server_s_charset_is_believed_where_it_is_right():
    body = rss("<item><title>Привет</title><link>https://x.example/a</link></item>", "windows-1251")
    without = body.replace(b' encoding="windows-1251"', b"")
    assert [draft.title for _, draft in read(without, charset="windows-1251")] == ["Привет"]


UNDECLARED = (
    "<feed xmlns='http://www.w3.org/2005/Atom'><title>Т</title><entry><id>urn:1</id><title>Мектеп ашылды</title>"
    "<link href='https://x.example/a'/><category term='Қоғам'/><summary>Бүгін мектеп ашылды.</summary></entry></feed>"
)


@pytest.mark.parametrize(
    "body",
    [
        UNDECLARED.encode(),
        UNDECLARED.encode("utf-8-sig"),
        codecs.BOM_UTF16_LE + UNDECLARED.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + UNDECLARED.encode("utf-16-be"),
    ],
    ids=["utf-8", "utf-8 with its mark", "utf-16le", "utf-16be"],
)
def test_a_feed_that_does_not_name_its_charset_is_read_in_texts_and_attributes(body):
    ((_, draft),) = read(body)
    assert (draft.title, draft.category, draft.excerpt) == ("Мектеп ашылды", "Қоғам", "Бүгін мектеп ашылды.")


def test_ids_that_say_nothing_are_not_believed():
    items = "".join(
        f"<item><title>T{n}</title><link>https://x.example/{n}</link><guid>https://x.example/</guid></item>"
        for n in range(3)
    )
    told = [one for one, _ in read(rss(items))]
    assert len({one.key for one in told}) == len({one.external_id for one in told}) == 3
    same = "".join(
        f"<item><title>T{n}</title><link>https://x.example/live</link><guid>g{n}</guid></item>" for n in range(3)
    )
    told = [one for one, _ in read(rss(same))]
    assert [one.address for one in told] == ["", "", ""]
    assert len({one.external_id for one in told}) == 3


def test_times_of_a_wall_clock_are_those_of_the_source_s_zone():
    item = "<item><title>A</title><link>https://x.example/a</link><pubDate>2026-11-29 15:00:00</pubDate></item>"
    ((_, draft),) = read(rss(item), timezone="Asia/Almaty")
    assert draft.published_at == datetime(2026, 11, 29, 10, tzinfo=UTC)


def test_an_edit_of_tags_or_times_is_no_change():
    first = "<item><title>A</title><link>https://x.example/a</link><pubDate>Sun, 29 Nov 2026 15:00:00 GMT</pubDate><description>&lt;p&gt;x y&lt;/p&gt;</description></item>"
    other = first.replace("15:00:00", "16:00:00").replace("&lt;p&gt;x y", "&lt;p class='b'&gt;x\n y")
    changed = first.replace("x y", "x z")
    digests = [read(rss(item))[0][0].digest for item in (first, other, changed)]
    assert digests[0] == digests[1] != digests[2]


def test_json_feed():
    document = {
        "version": "https://jsonfeed.org/version/1.1", "title": "T", "feed_url": SITE, "language": "kk",
        "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
        "items": [
            {"id": 7, "url": "https://x.example/7", "title": "A < B", "content_text": "One\n\nTwo & three",
             "image": "https://x.example/i.jpg", "tags": ["t", 3], "date_published": "2026-11-29T10:00:00Z",
             "attachments": [{"url": "https://x.example/v.mp4", "mime_type": "video/mp4"}]},
            {"id": "8"}, {"title": "nowhere"}, "odd",
        ],
    }  # fmt: skip
    feed = read_json_feed(document, SITE, SourceOptions())
    assert (feed.hub, feed.topic, len(feed.items)) == ("https://hub.example/", SITE, 2)
    draft = feed.items[0].make()
    assert (draft.title, draft.text, draft.language) == ("A < B", "One\n\nTwo & three", "kk")
    assert (draft.tags, draft.video_url) == (["t"], "https://x.example/v.mp4")


@pytest.mark.parametrize(
    ("head", "next_page"),
    [
        ('<a:link rel="next" href="?page=2"/>', f"{SITE}?page=2"),
        ('<a:link rel="prev-archive" href="https://x.example/2026/10"/>', "https://x.example/2026/10"),
        (
            '<a:link rel="prev-archive" href="/old"/><a:link rel="next" href="https://x.example/2"/>',
            "https://x.example/2",
        ),
        ('<a:link rel="next" href="javascript:alert(1)"/>', ""),
        ('<a:link rel="previous" href="https://x.example/1"/>', ""),
        ("", ""),
    ],
)
def test_a_feed_says_where_its_older_items_stand(head, next_page):
    item = "<item><title>A</title><link>https://x.example/a</link></item>"
    body = f"<rss version='2.0' xmlns:a='http://www.w3.org/2005/Atom'><channel><title>T</title>{head}{item}</channel></rss>"
    feed = read_xml(body.encode(), SITE, "", SourceOptions())
    assert (feed.next_page, feed.is_wordpress) == (next_page, False)
    document = {"version": "https://jsonfeed.org/version/1.1", "items": [], "next_url": "/feed.json?page=2"}
    assert read_json_feed(document, SITE, SourceOptions()).next_page.endswith("/feed.json?page=2")


@pytest.mark.parametrize(
    "generator",
    ["<generator>https://wordpress.org/?v=6.1.9</generator>",
     "<a:generator uri='https://wordpress.org/' version='6.1.9'>WordPress</a:generator>"],
)  # fmt: skip
def test_a_feed_of_wordpress_is_told_by_its_generator(generator):
    body = (
        f"<rss version='2.0' xmlns:a='http://www.w3.org/2005/Atom'><channel><title>T</title>{generator}</channel></rss>"
    )
    assert read_xml(body.encode(), SITE, "", SourceOptions()).is_wordpress


def test_rest_of_each_cms_names_an_article_as_its_webhook_does():
    post = json.loads((PAYLOADS / "ghost" / "ghost_6.65.0__005_post.published.body.json").read_text())["post"][
        "current"
    ]
    told = json.loads((PAYLOADS / "golden" / "ghost__ghost_6.65.0__005_post.published.json").read_text())
    del post["status"]
    (item,) = read_rest({"posts": [post, {"id": None}]}, "ghost", SITE, ADAPTERS["ghost"].OPTIONS()).items
    assert (item.external_id, item.make().title) == (told["external_id"], told["draft"]["title"])
    entry = json.loads((PAYLOADS / "strapi" / "strapi_5.54.0__201_entry.publish.body.json").read_text())["entry"]
    told = json.loads((PAYLOADS / "golden" / "strapi__strapi_5.54.0__201_entry.publish.json").read_text())
    address = "https://cms.example/api/articles"
    (item,) = read_rest({"data": [entry]}, "strapi", address, ADAPTERS["strapi"].OPTIONS()).items
    assert (item.external_id, item.make().title) == (told["external_id"], told["draft"]["title"])
    wordpress = {
        "id": 31, "link": "https://wp.example/a", "title": {"rendered": "A &#8211; B"}, "status": "publish", "type": "post",
        "date_gmt": "2026-11-29T10:00:00", "modified_gmt": "2026-11-29T10:05:00",
        "content": {"rendered": "<p>Text</p>", "protected": False}, "excerpt": {"rendered": "<p>Teaser</p>"},
        "_embedded": {"wp:featuredmedia": [{"source_url": "https://wp.example/i.jpg"}],
                      "wp:term": [[{"taxonomy": "category", "name": "City"}], [{"taxonomy": "post_tag", "name": "t"}]]},
    }  # fmt: skip
    secret = {**wordpress, "id": 32, "content": {"rendered": "", "protected": True}}
    options = ADAPTERS["wordpress"].OPTIONS()
    items = read_rest([wordpress, secret], "wordpress", SITE, options).items
    draft = items[0].make()
    assert (items[0].external_id, draft.title, draft.category, draft.tags) == ("31", "A – B", "City", ["t"])
    assert [image["url"] for image in draft.images] == ["https://wp.example/i.jpg"]


def test_addresses_of_rest_get_what_an_editor_need_not_know():
    url, headers = asked_url("ghost", "https://x.example/ghost/api/content/posts/?limit=5", "KEY")
    assert "limit=5" in url
    assert "key=KEY" in url
    assert headers == {}
    url, headers = asked_url("strapi", "https://x.example/api/articles", "T")
    assert headers == {"Authorization": "Bearer T"}
    assert "T" not in url.rpartition("?")[2].replace("Type", "")
    assert "_embed=1" in asked_url("wordpress", "https://x.example/wp-json/wp/v2/posts", "")[0]
    assert asked_url("ghost", "https://x.example/rss/", "KEY") == ("https://x.example/rss/", {})


def test_only_what_is_new_gets_its_article(tmp_path):
    items = "".join(f"<item><title>T{n}</title><link>https://x.example/{n}</link></item>" for n in range(60))
    (tmp_path / "feed").write_bytes(rss(items))
    (tmp_path / "known").write_text("{}")

    def run(drafts):
        feed, answer, known = (str(tmp_path / name) for name in ("feed", "answer", "known"))
        read_feed(feed, answer, "feed", {}, SITE, "", known, drafts)
        return [json.loads(line) for line in (tmp_path / "answer").read_text().splitlines()]

    assert sum(line["draft"] is not None for line in run(40)) == 40
    lines = run(0)
    assert [line["draft"] for line in lines] == [None] * 60
    # All but the last have changed, and the last is new.
    (tmp_path / "known").write_text(json.dumps({line["key"]: "other" for line in lines[:-1]}))
    drafted = [line["draft"]["title"] for line in run(3) if line["draft"]]
    assert drafted == ["T0", "T1", "T59"]


PAGE = """<html lang="en"><head><title>Site</title><meta property="og:image" content="https://x.example/og-logo.png">
<meta property="og:title" content="OG"><meta property="og:locale" content="kk_KZ"><meta property="article:tag" content="a">
<meta property="article:tag" content="b"><script type="application/ld+json">%s</script></head></html>"""


def test_a_page_tells_what_a_feed_leaves_out():
    graph = {"@context": "https://schema.org", "@graph": [
        {"@type": "WebSite", "name": "Site"},
        {"@type": ["NewsArticle", "Article"], "headline": "Тақырып &amp; сурет", "datePublished": "2026-11-29T15:00:00+05:00",
         "image": [{"@type": "ImageObject", "url": "/s.jpg", "width": 300, "height": 200}, {"url": "/l.jpg", "width": "1600", "height": 900}],
         "author": {"image": "/me.jpg"}, "isAccessibleForFree": "False", "keywords": "x, y"}]}  # fmt: skip
    page = read_page((PAGE % json.dumps(graph)).encode(), "", "https://x.example/a")
    assert page["title"] == "Тақырып & сурет"
    assert [image[0] for image in page["images"]] == ["https://x.example/l.jpg", "https://x.example/s.jpg"]
    assert (page["published_at"], page["is_paywalled"], page["tags"]) == ("2026-11-29T10:00:00.000Z", True, ["x", "y"])
    for broken in ("{", "[" * 5000, '{"@type": 3}', '{"@graph": {"@graph": {}}}', "null"):
        page = read_page((PAGE % broken).encode(), "utf-8", "https://x.example/a")
        assert (page["title"], page["tags"], page["language"], page.get("images")) == ("OG", ["a", "b"], "kk-KZ", None)
    assert read_page("<title>Привет</title>".encode("cp1251"), "windows-1251", SITE)["title"] == "Привет"
    assert read_page(b"", "nonsense", SITE) == {}


def test_what_yoast_only_names_is_looked_up_in_its_graph():
    page = "https://x.example/a/"
    graph = {"@graph": [
        {"@type": "Article", "headline": "A", "author": [{"@id": f"{page}#person"}], "image": {"@id": f"{page}#primaryimage"},
         "thumbnailUrl": "https://x.example/thumb.jpg"},
        {"@type": "ImageObject", "@id": f"{page}#primaryimage", "url": "https://x.example/full.jpg", "width": 1600, "height": 900},
        {"@type": "Person", "@id": f"{page}#person", "name": "Айгүл"}]}  # fmt: skip
    found = read_page((PAGE % json.dumps(graph)).encode(), "", page)
    assert (found["images"], found["authors"]) == ([["https://x.example/full.jpg", ""]], ["Айгүл"])
    # The address of a page is not that of a picture.
    del graph["@graph"][1:]
    assert read_page((PAGE % json.dumps(graph)).encode(), "", page)["images"] == [["https://x.example/thumb.jpg", ""]]


def test_json_as_templates_of_sites_write_it_is_read():
    written = """{"@type": "NewsArticle", "headline": "Екі
жол", "datePublished": "30 ноября 2026, 10:00",}"""
    found = read_page((PAGE % written).encode(), "", SITE, ZoneInfo("Asia/Almaty"))
    assert (found["title"], found["published_at"]) == ("Екі жол", "2026-11-30T05:00:00.000Z")


def test_of_the_sizes_that_an_item_names_the_largest_is_its_picture():
    sizes = "".join(
        f'<media:content url="https://x.example/a-{w}.jpg" width="{w}" medium="image"/>' for w in (180, 2000, 800)
    )
    item = f"<item><title>A</title><link>https://x.example/a</link><media:group>{sizes}</media:group>{{}}</item>"
    thumbnail = '<media:thumbnail url="https://x.example/a-th.jpg"/>'
    ((_, draft),) = read(rss(item.format(thumbnail)))
    assert [image["url"] for image in draft.images] == ["https://x.example/a-2000.jpg"]
    ((_, draft),) = read(rss(f"<item><title>A</title><link>https://x.example/a</link>{thumbnail}</item>"))
    assert [image["url"] for image in draft.images] == ["https://x.example/a-th.jpg"]


YANDEX = 'xmlns:yandex="http://news.yandex.ru" xmlns:turbo="http://turbo.yandex.ru"'


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ("<yandex:full-text>Мәтін толық.</yandex:full-text>", "Мәтін толық."),
        ("<turbo:content><![CDATA[<header><h1>A</h1></header><p>Весь текст.</p>]]></turbo:content>", "Весь текст."),
        ("<yandex:full-text>Y</yandex:full-text><content:encoded>&lt;p&gt;Own&lt;/p&gt;</content:encoded>", "Own"),
    ],
)
def test_the_text_of_feeds_for_yandex_is_read_where_there_is_no_other(parts, text):
    body = rss(f"<item><title>A</title><link>https://x.example/a</link><description>Кратко</description>{parts}</item>")
    ((_, draft),) = read(body.replace(b"<rss ", f"<rss {YANDEX} ".encode()))
    assert (draft.text, draft.excerpt) == (text, "Кратко")


def test_what_is_said_to_dzen_alone_is_no_category():
    said = "".join(f"<category>{name}</category>" for name in ("native-draft", "format-article", "Происшествия"))
    ((_, draft),) = read(rss(f"<item><title>A</title><link>https://x.example/a</link>{said}</item>"))
    assert (draft.category, draft.tags) == ("Происшествия", ["Происшествия"])


WITH_MICRODATA = """<html lang="ru"><title>Школа — Сайт</title><div itemscope itemtype="http://schema.org/NewsArticle">
<div itemprop="publisher"><img itemprop="logo" src="/logo.png"></div><h1 itemprop="headline"> Открыли &amp; школу </h1>
<time itemprop="datePublished dateModified" datetime="2026-11-30T10:00:00+05:00">30 ноября</time>
<span itemprop="articleSection">Общество</span><link itemprop="image url" href="/b.jpg"></div>"""
FOR_AGGREGATORS = """<html lang="ru"><title>T</title><meta name="mediator_published_time" content="2026-11-30T10:00:00+05:00">
<meta name="mediator_author" content="Айгерим Серикова"><meta name="mediator_theme" content="Общество"><meta name="author" content="Studio">
<meta name="twitter:title" content="Открыли &amp; школу"><meta name="twitter:image:src" content="https://x.example/b.jpg">
<meta name="news_keywords" content="акимат, бюджет"><meta name="keywords" content="seo"><meta name="twitter:description" content="Сегодня.">"""


@pytest.mark.parametrize("markup", [WITH_MICRODATA, FOR_AGGREGATORS])
def test_a_page_without_json_ld_and_open_graph_is_read_by_what_else_it_says(markup):
    page = read_page(markup.encode(), "utf-8", "https://x.example/a/1")
    assert (page["title"], page["category"], page["language"]) == ("Открыли & школу", "Общество", "ru")
    assert (page["images"], page["published_at"]) == ([["https://x.example/b.jpg", ""]], "2026-11-30T05:00:00.000Z")
    if markup is FOR_AGGREGATORS:
        assert (page["authors"], page["tags"], page["excerpt"]) == (
            ["Айгерим Серикова"],
            ["акимат", "бюджет"],
            "Сегодня.",
        )


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ('<h1 itemprop="headline"><a href="/x"><b>Жаңа</b> мектеп</a></h1>', {"title": "Жаңа мектеп"}),
        ('<figure itemprop="image" itemscope><meta itemprop="width" content="9"><img itemprop="url contentUrl" src="/i.jpg"></figure>',
         {"images": [["https://x.example/i.jpg", ""]]}),
        ('<img itemprop="image" src="data:image/gif;base64,R0lGOD" data-src="/i.jpg">', {"images": [["https://x.example/i.jpg", ""]]}),
        ('<meta itemprop="image" content=""><img itemprop="image" src="/i.jpg">', {"images": [["https://x.example/i.jpg", ""]]}),
        ('<span itemprop="datePublished">2026-11-30 10:00</span>', {"published_at": "2026-11-30T10:00:00.000Z"}),
        ('<h1 itemprop="headline">never closed', {}),
        ('<div itemprop="image"></div><p itemprop="name">x</p>', {}),
    ],
)  # fmt: skip
def test_microdata_is_read_as_pages_nest_it(markup, found):
    assert read_page(markup.encode(), "utf-8", "https://x.example/a/1") == found


def test_json_ld_and_open_graph_come_before_what_else_a_page_says():
    og = '<meta property="og:title" content="OG"><meta property="og:image" content="/og.jpg">'
    page = read_page((og + WITH_MICRODATA).encode(), "utf-8", "https://x.example/a/1")
    assert (page["title"], page["images"]) == ("OG", [["https://x.example/og.jpg", ""]])
    link = '<link rel="image_src" href="/src.jpg"><meta property="article:author" content="https://facebook.com/x">'
    page = read_page((link + WITH_MICRODATA).encode(), "utf-8", "https://x.example/a/1")
    assert (page["images"], "authors" in page) == ([["https://x.example/src.jpg", ""]], False)
