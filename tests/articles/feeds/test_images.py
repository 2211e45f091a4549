# ruff: noqa: E501 - feeds and pages as they are written
"""Of the pictures around an article the best comes first, and what is none of its own is not there."""

import pytest

from app.articles.feeds.images import Picture, best_first, pictures_in
from app.articles.names import url_name

BASE = "https://x.example/news/1"


def best(markup: str = "", *covers: Picture) -> list[str]:
    return [url.removeprefix("https://x.example") for url, _ in best_first([*covers, *pictures_in(markup)], BASE)]


@pytest.mark.parametrize(
    ("markup", "urls"),
    [
        ('<img src="/a.jpg">', ["/a.jpg"]),
        ('<img src="/small.jpg" srcset="/m.jpg 640w, /l.jpg 1600w">', ["/l.jpg"]),
        ('<img src="data:image/gif;base64,R0" data-src="/lazy.jpg">', ["/lazy.jpg"]),
        ('<img src="/spacer.gif" data-lazy-src="/lazy.jpg" data-lazy-srcset="/lazy-1.jpg 1x, /lazy-2.jpg 2x">', ["/lazy-2.jpg"]),
        ('<picture><source srcset="/p.webp 1200w"><img src="/p.jpg" width="600"></picture>', ["/p.webp"]),
        ('<img src="/a-150x100.jpg"><img src="/a-1024x683.jpg"><img src="/b.jpg">', ["/a-1024x683.jpg", "/b.jpg"]),
        ('<img src="/a.jpg" width="1" height="1"><img src="/pixel.gif"><img src="/i.svg">', []),
        ('<img src="https://mc.yandex.ru/watch/1"><img src="https://secure.gravatar.com/avatar/1?s=96">', []),
        ('<img src="/site-logo.png"><img src="/me.jpg" class="avatar"><img src="/x.jpg" class="share-button">', []),
        ('<img src="/google-pixel-9.jpg"><img src="/share-prices.jpg">', ["/google-pixel-9.jpg", "/share-prices.jpg"]),
        ('<img src="/banner.jpg" width="728" height="90"><img src="/thumb.jpg" width="100" height="66">', []),
        ('<img src="javascript:alert(1)"><img src="">', []),
        ('<a href="/s1600/a.jpg"><img src="/s320/a.jpg" width="320"></a><a href="/page"><img src="/b.jpg"></a>', ["/s1600/a.jpg", "/b.jpg"]),
        ('<a href="/full.jpg"><img src="/s.jpg" srcset="/m.jpg 640w, /l.jpg 1600w"></a>', ["/l.jpg"]),
        ('<img src="data:," data-srcset="/l-300.jpg 300w, /l-1200.jpg 1200w"><noscript><img src="/l-300.jpg"></noscript>', ["/l-1200.jpg"]),
        ('<img src="/w640/c.jpg" width="640"><img src="/w1280/c.jpg" width="1280"><img src="/2026/c.jpg">', ["/w1280/c.jpg", "/2026/c.jpg"]),
        ('<img src="/photo-2025.jpg"><img src="/photo-2026.jpg">', ["/photo-2025.jpg", "/photo-2026.jpg"]),
    ],
)  # fmt: skip
def test_pictures_of_a_text(markup, urls):
    assert best(markup) == urls


def test_what_the_newsroom_names_comes_first_unless_it_is_too_small():
    cover = Picture("/cover.jpg", width=1200, height=800, is_cover=True)
    thumbnail = Picture("/t.jpg", width=150, height=100, is_cover=True, is_thumbnail=True)
    assert best('<img src="/text.jpg" width="2000">', cover) == ["/cover.jpg", "/text.jpg"]
    assert best('<img src="/text.jpg">', thumbnail) == ["/text.jpg", "/t.jpg"]
    assert best("", thumbnail) == ["/t.jpg"]
    assert best("", Picture("/logo.png", is_cover=True)) == []
    assert best("", Picture("/olympic-logo-unveiled.jpg", is_cover=True)) == ["/olympic-logo-unveiled.jpg"]


def test_spellings_of_an_address_are_one_name():
    names = {
        url_name(url)
        for url in (
            "https://x.example/a/b", "http://www.x.example/a/b/", "https://X.example/a/b?utm_source=rss#top",
            "https://x.example/a/b?fbclid=1",
        )
    }  # fmt: skip
    assert len(names) == 1
    assert len({url_name(f"https://x.example/{path}") for path in ("a", "b", "?p=1", "?p=2", "ә")}) == 5
    assert url_name("https://x.example/%D3%99") == url_name("https://x.example/ә")
    assert {
        url_name(url) for url in ("", "nonsense", "ftp://x.example/a", "https://x.example/", "https://x.example")
    } == {""}
