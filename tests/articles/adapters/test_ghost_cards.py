"""What of Ghost's cards reaches a post: nothing for some readers only, no advertising, nothing of somebody else's."""

from typing import Any

import pytest

from app.articles.adapters.base import ParsedDelivery
from app.articles.adapters.ghost import GhostOptions, parse
from app.articles.adapters.ghost_cards import OpenPart, open_part
from tests.builders_articles import ghost_delivery

EVERYONE = 'nonMember:true memberSegment:"status:free,status:-free" '


def draft_of(html: str, **changes: Any):
    texts = {"plaintext": "HIDDEN words and news", "excerpt": "HIDDEN words and news", **changes}
    news = parse(ghost_delivery("secret", html=html, **texts).body, GhostOptions())
    assert isinstance(news, ParsedDelivery)
    return news.draft


def gated(rules: str, content: str = '<p>HIDDEN.</p><img src="/hidden.jpg">') -> str:
    return f"\n<!--kg-gated-block:begin {rules}-->{content}<!--kg-gated-block:end-->\n"


def assert_only_the_news(html: str) -> None:
    draft = draft_of(f'{html}<p>The news.</p><img src="/news.jpg">')
    assert (draft.excerpt, draft.text) == ("The news.", "The news.")
    assert [image["url"] for image in draft.images] == ["https://ghost.example/news.jpg"]


@pytest.mark.parametrize(
    "rules",
    [
        'nonMember:false memberSegment:"status:-free" ',
        'nonMember:false memberSegment:"status:free,status:-free" ',
        'nonMember:true memberSegment:"status:free" ',
        'nonMember:true memberSegment:"" ',
        "nonMember:true",
        "nonMember:FALSE",
        "",
        "whatever a later Ghost writes",
    ],
)
def test_a_block_that_not_every_reader_sees_is_cut_out(rules):
    assert_only_the_news(gated(rules))
    assert_only_the_news(gated(rules, f"<p>HIDDEN.</p>{gated(EVERYONE)}<p>HIDDEN as well.</p>"))


def test_a_block_for_everyone_stays():
    draft = draft_of(gated(EVERYONE, '<p>Seen.</p><img src="/seen.jpg">') + "<p>More.</p>")
    assert (draft.excerpt, draft.text) == ("Seen.\n\nMore.", "Seen.\n\nMore.")
    assert len(draft.images) == 1


@pytest.mark.parametrize("start", ["<!--kg-gated-block:begin nonMember:false -->", "<!-- KG-Gated-Block:begin x"])
def test_a_block_without_an_end_hides_what_follows(start):
    draft = draft_of(f'<p>The news.</p>{start}<p>HIDDEN</p><img src="/hidden.jpg">')
    assert (draft.excerpt, draft.text, draft.images) == ("The news.", "The news.", [])


@pytest.mark.parametrize(
    "card",
    [
        '<div class="kg-card kg-cta-card kg-cta-bg-grey" data-layout="immersive"><div><div>SPONSORED</div><p>HIDDEN</p>'
        '<img src="/ad.jpg"></div></div>',
        '<table class="kg-card kg-cta-card"><tr><td><table><tr><td><img src="/ad.jpg"></table></td></tr></table>',
        "<DIV CLASS='kg-card kg-signup-card kg-width-wide'><picture><img src='/ad.jpg'></picture>"
        "<p>HIDDEN</p><form><p>HIDDEN</p></form></DIV>",
        '<figure class="kg-card kg-bookmark-card"><a><div>HIDDEN</div><img src="/icon.png"></a></figure>',
        '<div class="kg-card kg-product-card"><div><img src="/ad.jpg"><div><p>HIDDEN</p></div></div></div>',
        '<div class="kg-card kg-audio-card"><img src="/ad.jpg"><div>HIDDEN</div><span>0:00</span></div>',
        '<figure class="kg-card kg-video-card"><div><video src="/v.mp4"></video><span>0:00</span></div></figure>',
        '<div class="kg-card kg-toggle-card"><h4>HIDDEN</h4><div><p>HIDDEN</p></div></div>',
        '<figure class="kg-card kg-embed-card"><blockquote><p>HIDDEN</p></blockquote><img src="/x.jpg"></figure>',
        '<div class="kg-card kg-button-card"><a>HIDDEN</a></div>',
        '<div class="kg-card kg-file-card"><a><div>HIDDEN</div></a></div>',
        '<figure class="kg-card kg-transistor-card"><noscript><img src="/x.jpg"></noscript></figure>',
        '<div class="kg-card kg-of-next-year-card"><p>HIDDEN</p><img src="/x.jpg"></div>',
        '<div class="kg-visibility-wrapper" data-gh-segment="status:free"><p>HIDDEN</p><img src="/x.jpg"></div>',
        '<div title="a > b" class = kg-cta-card><div title="</div>"><p>HIDDEN</p></div><img src="/x.jpg"></div>',
        '<div class="kg-cta-card"><!-- </div> --><script>"</div>"</script><p>HIDDEN</p><img src="/x.jpg"></div>',
        '<div class="kg-cta-card"><template></div></template><!--> <p>HIDDEN</p><img src="/x.jpg"></div>',
        '<div class="kg-cta-card"><textarea></div></textarea><div/><p>HIDDEN</p></div><img src="/x.jpg"></div>',
        '<div data-x=a"b class=kg-cta-card><a title=\'</div>\'><p it\'s>HIDDEN</p></a><img src="/x.jpg"></div>',
        '<noscript><div class="kg-cta-card"><p>HIDDEN</p><img src="/x.jpg"></div></noscript>',
        '<div class="kg&#45;cta-card kg-card"><div class="kg-cta-card"><p>HIDDEN</p></div><img src="/x.jpg"></div>',
        '<hr class="kg-card kg-cta-card"><img class="kg-card kg-of-next-year-card" src="/x.jpg">',
    ],
)  # fmt: skip
def test_a_card_that_is_none_of_the_news_is_left_out(card):
    assert_only_the_news(card)


def test_cards_of_the_article_itself_give_their_pictures_and_words():
    draft = draft_of(
        '<!--kg-card-begin: html--><p>Opening.</p><img src="/html.jpg"><!--kg-card-end: html-->'
        '<figure class="kg-card kg-image-card"><img src="/one.jpg"><figcaption>Caption</figcaption></figure>'
        '<figure class="kg-card kg-gallery-card"><div><img src="/two.jpg"><img src="/three.jpg"></div></figure>'
        '<div class="kg-card kg-callout-card kg-callout-card-blue"><div class="kg-callout-text">Note</div></div>'
        '<div class="kg-card kg-header-card kg-v2"><picture><img src="/four.jpg"></picture><p>HIDDEN</p></div><hr>'
    )
    assert [image["url"].rpartition("/")[2] for image in draft.images] == [
        "html.jpg", "one.jpg", "two.jpg", "three.jpg", "four.jpg",
    ]  # fmt: skip
    assert (draft.excerpt, draft.text) == ("Opening.", "Opening.\n\nCaption\n\nNote")


def test_what_an_editor_wrote_as_excerpt_is_used_whatever_was_left_out():
    assert draft_of(gated("nonMember:false "), custom_excerpt="Written").excerpt == "Written"


def test_the_free_part_of_a_members_post_keeps_its_cards_out():
    html = (
        f"{gated('nonMember:false ')}<p>Free.</p><div class='kg-cta-card'><p>Ad</p></div><!--members-only--><p>Paid</p>"
    )
    draft = draft_of(html, visibility="paid", plaintext="Free. Ad Paid", excerpt="Free. Ad Paid")
    assert (draft.excerpt, draft.text, draft.images) == ("Free.", "", [])


@pytest.mark.parametrize(
    "sloppy", ['<p title="Not closed>', "<!-- not closed ", "<textarea>", "<script>", "<p it's ='"]
)
def test_a_gate_counts_behind_markup_that_is_not_closed(sloppy):
    """As for Ghost, which cuts the block out of the text whatever stands around it."""
    gate = gated('nonMember:false memberSegment:"status:-free"')
    draft = draft_of(f"<p>The news.</p>{sloppy}{gate}<p>\"'More.</p>")
    assert "HIDDEN" not in draft.text + draft.excerpt
    assert draft.images == []


@pytest.mark.parametrize(
    "markup",
    [
        "<p>Words <template><div class=kg-cta-card></template>of it.</p>",
        "<p>Words <!-- <div class=kg-cta-card> -->of it.</p>",
        "<p title='<div class=kg-cta-card>'>Words of it.</p>",
        "<p data-class=kg-cta-card title=kg-cta-card>Words of it.</p>",
        "<style>.kg-cta-card{}</style><p class='kg-cta-cards'>Words of it.</p>",
    ],
)
def test_what_only_looks_like_a_card_hides_nothing(markup):
    assert open_part(markup) == OpenPart(markup, markup, is_whole=True)


@pytest.mark.parametrize(
    "piece",
    ["<a '\"", "<!--kg-gated-block:begin ", "<div class=kg-cta-card>", "<script>", "<!--", "<template>", '<a b="'],
)
def test_hostile_markup_costs_no_more_than_its_length(piece):
    markup = piece * (400_000 // len(piece))
    assert len(open_part(markup + "kg-").text) <= len(markup) + 3
