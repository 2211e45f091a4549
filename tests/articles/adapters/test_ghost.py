"""The Ghost adapter beyond the recorded payloads."""

import json
from typing import Any

import pytest

from app.articles.adapters.base import EventKind, IgnoredDelivery, ParsedDelivery
from app.articles.adapters.ghost import GhostOptions, parse
from app.errors import Invalid
from app.messages import downloading
from app.messages.message import pack
from tests.builders_articles import ghost_delivery

PAID: dict[str, Any] = {
    "visibility": "paid",
    "html": "<p>Secret <img src='/secret.jpg'></p>",
    "plaintext": "Secret text behind the wall",
}


def parsed(options: GhostOptions | None = None, **changes: Any) -> ParsedDelivery:
    news = parse(ghost_delivery("secret", **changes).body, options or GhostOptions())
    assert isinstance(news, ParsedDelivery)
    return news


@pytest.mark.parametrize(
    ("event", "previous", "kind"),
    [
        ("post.published", {"status": "draft"}, EventKind.published),
        ("post.published", {}, EventKind.published),
        ("post.edited", {"status": "scheduled"}, EventKind.published),
        ("post.added", {}, EventKind.published),
        (None, {"status": "draft"}, EventKind.published),
        (None, {}, EventKind.published),
        (None, {"title": "Old"}, EventKind.updated),
        ("post.edited", {"title": "Old"}, EventKind.updated),
        ("post.published.edited", {"title": "Old"}, EventKind.updated),
        ("post.tag.attached", {}, EventKind.updated),
    ],
)
def test_tells_a_publishing_from_an_edit(event, previous, kind):
    assert parsed(event=event, previous=previous).kind is kind


@pytest.mark.parametrize(
    ("event", "status", "previous", "only_if_known"),
    [
        ("post.unpublished", "draft", {"status": "published"}, False),
        ("post.edited", "draft", {"status": "published"}, False),
        (None, "draft", {"status": "published"}, False),
        ("post.edited", "draft", {"title": "Old"}, True),
        ("post.added", "draft", {}, True),
        ("post.scheduled", "scheduled", {"status": "draft"}, True),
        ("post.published", "sent", {"status": "draft"}, True),
    ],
)
def test_what_is_not_published_only_matters_to_an_article_that_was(event, status, previous, only_if_known):
    news = parsed(event=event, status=status, previous=previous)
    assert (news.kind, news.only_if_known) == (EventKind.unpublished, only_if_known)


def test_reads_a_deleted_post_from_what_it_was():
    news = parsed(event="post.deleted", current={}, previous={"id": "abc", "title": "Gone", "status": "published"})
    assert (news.kind, news.external_id, news.draft.title) == (EventKind.unpublished, "abc", "Gone")
    assert not news.only_if_known


@pytest.mark.parametrize(
    "changes",
    [
        {"email_only": True},
        {"email_only": 1},
        {"url": "https://ghost.example/404/"},
        {"url": "https://ghost.example/404"},
    ],
)
def test_ignores_a_post_without_a_public_page(changes):
    news = parse(ghost_delivery("secret", **changes).body, GhostOptions())
    assert isinstance(news, IgnoredDelivery)
    assert news.reason


@pytest.mark.parametrize("event", ["page.published", "tag.added", "member.edited", "site.changed"])
def test_ignores_events_that_are_not_about_posts(event):
    body = json.dumps({"event": event, event.partition(".")[0]: {"current": {"id": "1"}}}).encode()
    assert isinstance(parse(body, GhostOptions()), IgnoredDelivery)


@pytest.mark.parametrize(
    "post", [None, [], "x", {}, {"current": {}, "previous": {}}, {"current": {"id": None}}, {"current": []}]
)
def test_refuses_a_post_without_an_id_and_names_the_field(post):
    with pytest.raises(Invalid, match="post"):
        parse(json.dumps({"event": "post.published", "post": post}).encode(), GhostOptions())


def test_survives_every_field_in_a_form_that_it_does_not_know():
    names = ["title", "url", "html", "plaintext", "excerpt", "custom_excerpt", "feature_image", "feature_image_alt",
             "visibility", "tags", "primary_tag", "updated_at", "published_at", "email_only"]  # fmt: skip
    oddities: list[Any] = [None, 5, [], {}, [None, 5, {"name": None}], {"name": []}, "\ud800", True]
    for odd in oddities:
        changes = {name: odd for name in names if not (name == "email_only" and odd is True)}
        assert parsed(**changes).external_id


def test_internal_tags_are_switches_and_never_hashtags():
    tags = [
        {"name": "#tiktok", "visibility": "internal"},
        {"name": "City", "visibility": "public"},
        {"name": "#odd", "visibility": "public"},
        {"name": "hidden", "visibility": "internal"},
    ]
    draft = parsed(tags=tags, primary_tag={"name": "#tiktok"}).draft
    assert (draft.tags, draft.category, draft.is_wanted) == (["City"], "City", True)
    options = GhostOptions(opt_in_tag="#TikTok")
    assert parsed(options, tags=tags).draft.is_wanted
    assert not parsed(options, tags=tags[1:]).draft.is_wanted
    assert not parsed(options, tags=None).draft.is_wanted


def test_the_language_comes_from_the_source_and_the_category_from_the_primary_tag():
    tags = [{"name": "One", "visibility": "public"}, {"name": "Two", "visibility": "public"}]
    draft = parsed(GhostOptions(language="ru", category="News"), tags=tags, primary_tag={"name": "Two"}).draft
    assert (draft.language, draft.category) == ("ru", "Two")
    assert parsed(GhostOptions(category="News"), tags=[]).draft.category == "News"


def test_a_paid_post_gives_its_excerpt_and_cover_only():
    draft = parsed(**PAID, excerpt="A teaser", custom_excerpt=None, feature_image="https://ghost.example/c.jpg").draft
    assert (draft.excerpt, draft.text, draft.is_paywalled) == ("A teaser", "", True)
    assert [image["url"] for image in draft.images] == ["https://ghost.example/c.jpg"]
    assert (
        parsed(**PAID, excerpt="Secret", custom_excerpt="Written by an editor").draft.excerpt == "Written by an editor"
    )


def test_an_excerpt_that_ghost_cut_from_paid_text_is_not_used():
    draft = parsed(**PAID, excerpt="Secret text\nbehind", custom_excerpt=None).draft
    assert (draft.excerpt, draft.text) == ("", "")


def test_the_part_before_the_paywall_is_free():
    html = "<p>Free part.</p><!--members-only--><p>Secret</p>"
    draft = parsed(visibility="members", html=html, plaintext="Free part. Secret", excerpt="Free part. Secret").draft
    assert (draft.excerpt, draft.text) == ("Free part.", "")


def test_pictures_are_the_cover_and_those_of_the_text_in_their_order():
    html = (
        '<img src="/content/1.jpg" alt="One &amp; only"><IMG class=x data-src="/no.jpg" src=\'https://cdn.example/2.jpg\'>'
        '<figure class="kg-card kg-bookmark-card"><img class="kg-bookmark-icon" src="https://other.example/icon.png">'
        '</figure><img src="data:image/png;base64,AA"><img alt="no source"><img src="https://ghost.example/cover.jpg">'
        '<img src="/content/3.jpg"/>'
    )
    draft = parsed(html=html, feature_image="https://ghost.example/cover.jpg", feature_image_alt="Cover").draft
    assert draft.images == [
        {"url": "https://ghost.example/cover.jpg", "alt": "Cover"},
        {"url": "https://ghost.example/content/1.jpg", "alt": "One & only"},
        {"url": "https://cdn.example/2.jpg", "alt": ""},
        {
            "url": "data:image/png;base64,AA",
            "alt": "",
            "problem": "the file is written into the page itself, not at an address; upload it to the CMS",
            "problem_message": pack(downloading.IN_THE_PAGE),
        },
        {"url": "https://ghost.example/content/3.jpg", "alt": ""},
    ]


def test_a_post_without_title_or_address_is_accepted():
    draft = parsed(title="", url="").draft
    assert (draft.title, draft.url) == ("", "")
    assert draft.text


@pytest.mark.parametrize(
    "title",
    ["Test < Test 1 << test 2 <<< test 3", "Why <marquee> is back", "Q&amp;A is how you write Q&A", "2<3>1", "&#8217;"],
)
def test_what_an_editor_typed_is_no_markup(title):
    tags = [{"name": title[:20], "visibility": "public"}]
    draft = parsed(title=title, custom_excerpt=title, tags=tags, feature_image="/c.jpg").draft
    assert (draft.title, draft.excerpt, draft.tags, draft.category) == (
        title,
        title,
        [title[:20].strip()],
        title[:20].strip(),
    )


LEAD = "Қала. Қаланың жаңа кітапханасы ашылды. Оған көп адам келді."
SECOND = "The governor said on Sunday that the construction of the bypass would be finished by spring. " * 8


@pytest.mark.parametrize("is_stated", [True, False])
def test_an_excerpt_that_ghost_cut_gives_way_to_the_first_paragraphs(is_stated):
    plaintext = f"{LEAD}\n\n{SECOND}"
    html = f"<p>{LEAD}</p><figure><figcaption>Caption.</figcaption></figure><p>{SECOND}</p>"
    stated = plaintext if is_stated else ""
    excerpt = parsed(html=html, plaintext=stated, excerpt=plaintext[:500]).draft.excerpt
    assert excerpt.startswith(f"{LEAD}\n\nThe governor")
    assert excerpt.endswith("by spring.")
    assert 400 < len(excerpt) <= 500


def test_an_excerpt_that_ghost_cut_ends_with_a_sentence_where_there_is_no_html():
    excerpt = parsed(html=None, plaintext=SECOND, excerpt=SECOND[:500]).draft.excerpt
    assert excerpt.endswith("by spring.")


def test_an_opening_without_the_end_of_a_sentence_is_cut_at_a_word():
    words = "word " * 300
    excerpt = parsed(html=f"<p>{words}</p>", plaintext=words, excerpt=words[:500]).draft.excerpt
    assert excerpt.endswith("word…")
    assert len(excerpt) <= 500


def test_a_time_without_a_zone_is_the_source_s():
    draft = parsed(GhostOptions(timezone="Asia/Almaty"), published_at="2026-11-29 12:07:38").draft
    assert draft.published_at is not None
    assert draft.published_at.isoformat() == "2026-11-29T07:07:38+00:00"
