# ruff: noqa: E501 - feeds as they are written
"""The library reads the same when it is made quick: feeds of all forms, whole and broken, by both."""

import io
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import feedparser
import pytest

from app.articles.feeds.quick_library import make_quick
from tests.bench.feeds import large_feed

_ATOM = """<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='kk' xml:base='https://x.example/b/'><title type='html'>A &amp;amp; b</title>
<link rel='self' href='feed'/><generator uri='https://wordpress.org/?v=6'>W</generator><updated>2026-11-29T10:00:00Z</updated><entry><id>urn:1</id>
<title>\x92Ә\x96</title><link href='../a?x=1&amp;y=2'/><link rel='enclosure' type='video/mp4' href='HTTPS://X.example/f.mp4#t'/><category term='Қ' label='L'/>
<author><name>Ә</name><email>a@x.example</email></author><content type='xhtml' xml:lang='ru'><div xmlns='http://www.w3.org/1999/xhtml'><p>x</p></div></content>
<source><id>urn:s</id><title>S</title></source><updated>2026-11-29T10:00:00Z</updated></entry></feed>"""
_RSS = """<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/' xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/'
 xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'><channel><title>T</title><link>https://x.example</link><image><url>/l.png</url><title>I</title></image>
<item><title>A &lt;b&gt;x&lt;/b&gt;</title><link>https://x.example/a;p?q=1#f</link><guid>/g</guid><dc:creator>W</dc:creator><dc:date>2026-11-29</dc:date><category domain='d'>C</category>
<description>&lt;p&gt;s</description><content:encoded><![CDATA[<p>whole</p>]]></content:encoded><media:group><media:content url='i.jpg' width='10'/></media:group>
<media:thumbnail url='https://x.example/t.jpg'/><enclosure url='//x.example/e.mp3' type='audio/mpeg' length='1'/><itunes:keywords>a,b</itunes:keywords></item>
<item><link>https://x.example/b?</link><guid isPermaLink='false'>https:///x.example/c</guid><pubDate>So, 29 Nov 2026 10:00:00 GMT</pubDate><category/></item></channel></rss>"""
FEEDS = {
    "atom": _ATOM.encode(),
    "rss": _RSS.encode(),
    "rdf": b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'><item rdf:about='u'><title>A</title></item></rdf:RDF>",
    "malformed": _RSS.replace("</title>", "<br></title>").encode(),
    "cut": _RSS[: len(_RSS) // 2].encode(),
    "large": large_feed(20),
}


@pytest.fixture(scope="module")
def original() -> ModuleType:
    """The library as it is published, read anew beside the one that was changed."""
    kept = {name: sys.modules.pop(name) for name in [*sys.modules] if name.partition(".")[0] == "feedparser"}
    try:
        read_anew = import_module("feedparser")
    finally:
        for name in [*sys.modules]:
            if name.partition(".")[0] == "feedparser":
                del sys.modules[name]
        sys.modules.update(kept)
    return read_anew


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in dict.items(value) if key != "bozo_exception"}
    return [_plain(one) for one in value] if isinstance(value, list) else value


@pytest.mark.filterwarnings("ignore:To avoid breaking:DeprecationWarning")
@pytest.mark.parametrize("name", FEEDS)
def test_both_read_the_same(original: ModuleType, name: str) -> None:
    make_quick()
    headers = {"content-location": "https://x.example/feed", "content-type": "application/xml"}
    quick, whole = (
        library.parse(
            io.BytesIO(FEEDS[name]), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
        for library in (feedparser, original)
    )
    assert quick.entries
    assert _plain(quick) == _plain(whole)
    assert type(quick) is not type(whole)
    for one, other in zip(quick.entries, whole.entries, strict=True):
        for key in ("category", "updated", "summary", "description", "guid", "url", "license", "enclosures", "none"):
            assert _told(one, key) == _told(other, key)


def _told(entry: Any, key: str) -> Any:
    try:
        return key in entry, _plain(entry.get(key))
    except (KeyError, DeprecationWarning) as error:
        return type(error)
