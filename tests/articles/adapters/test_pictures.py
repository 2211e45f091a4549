"""The pictures of markup: those that a reader sees, in their order, at their best address."""

import pytest

from app.articles.adapters.fields import readable_html
from app.articles.adapters.pictures import images_in


def found(markup: str) -> list[str]:
    return [address for address, _ in images_in(markup)]


@pytest.mark.parametrize(
    ("markup", "addresses"),
    [
        ('<img alt="plan > fact" src=a.jpg><img alt=\'a < b\' src="b.jpg">', ["a.jpg", "b.jpg"]),
        ('<a title="<img src=no.jpg>"><img src="a.jpg"></a>', ["a.jpg"]),
        ("<p it's><img src='a.jpg' alt='b'>", ["a.jpg"]),
        ("<!-- <img src=no.jpg> --><img src=a.jpg><!--><img src=b.jpg>", ["a.jpg", "b.jpg"]),
        ("<!--[if mso]><img src=no.jpg><![endif]--><!--[if !mso]><!--><img src=a.jpg><!--<![endif]-->", ["a.jpg"]),
        ("<!-- -- > <img src=no.jpg> --!><img src=a.jpg><!-- never ended <img src=no.jpg>", ["a.jpg"]),
        ("<script>'<img src=no.jpg>'</script><style><img src=no></style><img src=a.jpg>", ["a.jpg"]),
        ("<textarea><img src=no.jpg></textarea><title><img src=no></title><img src=a.jpg>", ["a.jpg"]),
        ("<template><template></template><img src=no.jpg></template><img src=a.jpg>", ["a.jpg"]),
        ("<video poster=no.jpg><img src=no.jpg></video><img src=a.jpg>", ["a.jpg"]),
        ("<![CDATA[<img src=no.jpg>]]><?php '<img src=no.jpg>' ?><img src=a.jpg>", ["a.jpg"]),
        ('<img src="data:image/gif;base64,R0" data-src="a.jpg"><noscript><img src="a.jpg"></noscript>', ["a.jpg"] * 2),
        ('<img data-lazy-src="a.jpg"><img data-src="no.jpg" src="b.jpg">', ["a.jpg", "b.jpg"]),
        ('<img srcset="https://x/w_4,h_3/a.jpg 300w, https://x/w_8,h_3/b.jpg 600w">', ["https://x/w_8,h_3/b.jpg"]),
        ('<picture><source srcset="a.webp, b.webp 2x"><img src="c.jpg"></picture>', ["c.jpg"]),
        ('<picture><source srcset="a.webp, b.webp 2x"><img></picture><img>', ["b.webp", "b.webp"][:1]),
        ('<img src="/i?a=1&amp;b=2&section=3&copy=4">', ["/i?a=1&b=2&section=3&copy=4"]),
        ("<IMG\nSRC = a.jpg><img/src=b.jpg><img src=c.jpg src=no.jpg>", ["a.jpg", "b.jpg", "c.jpg"]),
        ("<img src=''><img alt=x><img src=' '>", []),
        ('<img src="a.jpg', []),
    ],
)
def test_finds_what_a_browser_shows(markup, addresses):
    assert found(markup) == addresses


@pytest.mark.parametrize(
    "attributes",
    ['width="1" height="1"', "width=0", 'height="1px"', 'style="display: none"', "hidden", 'class="wp-smiley emoji"'],
)
def test_counters_and_letters_are_no_pictures(attributes):
    assert found(f"<img src=count.gif {attributes}><noscript><img src=a.jpg width=100% height=900></noscript>") == [
        "a.jpg"
    ]


def test_alternative_text_comes_with_its_entities_resolved():
    assert images_in('<img src=a alt="a &lt; b &amp; &#1179; &copy">') == [("a", "a < b & қ ©")]


def test_a_picture_inside_the_markup_is_shortened_and_not_forgotten():
    (address,) = found(readable_html(f'<img src="data:image/png;base64,{"A" * 100_000}">'))
    assert address.startswith("data:image/png;base64,AAAA")
    assert len(address) < 60


@pytest.mark.parametrize(
    "piece", ["<img ", "<!--", '<a b="', "<template>", "</", "<script>", "a,", "&#x", "<img srcset=a,"]
)
def test_hostile_markup_gives_no_pictures_and_ends(piece):
    assert found(piece * 50_000) == []
