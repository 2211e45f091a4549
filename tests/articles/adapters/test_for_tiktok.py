"""What an editor decided in the CMS for TikTok alone, from any CMS that can say so and from the WordPress plugin."""

import json
from dataclasses import asdict
from typing import Any

import pytest

from app.articles.adapters import generic, wordpress
from app.articles.adapters.base import EventKind, IgnoredDelivery, ParsedDelivery, SourceOptions
from app.articles.feeds.take_in import over
from app.articles.models import Article
from app.errors import Invalid
from app.kit.clock import utcnow

PAGE = "https://news.example/1"
OWN = "https://news.example/own.jpg"


def of_generic(tiktok: Any, **options: str) -> ParsedDelivery:
    data = {
        "id": "1",
        "url": PAGE,
        "title": "Title",
        "images": ["/a.jpg", "/b.jpg"],
        "tags": ["wanted"],
        "tiktok": tiktok,
    }
    body = json.dumps({"type": "article.published", "data": {**data, "tiktok": tiktok}}).encode()
    news = generic.parse(body, SourceOptions(**options))
    assert isinstance(news, ParsedDelivery)
    return news


def of_plugin(type_: str = "article.published", **changes: Any) -> ParsedDelivery | IgnoredDelivery:
    post = {
        "ID": 12, "post_type": "post", "post_status": "publish", "post_title": "Мектеп &amp; бақша", "post_excerpt": "",
        "post_content": "<!-- wp:paragraph --><p>Ашық.</p><!-- /wp:paragraph --><!-- wp:jetpack/paywall /-->Жабық.",
        "post_date_gmt": "2026-11-30 03:00:00", "post_modified_gmt": "2026-11-30 03:00:00",
    }  # fmt: skip
    data = {"post_id": 12, "post": post | changes.pop("post", {}), "post_permalink": PAGE, "language": "kk", **changes}
    document = {"type": type_, "timestamp": "2026-11-30T03:00:07.000123Z", "data": data}
    return wordpress.parse(json.dumps(document).encode(), wordpress.WordPressOptions())


@pytest.mark.parametrize("nothing", [None, {}, {"post": None, "caption": "", "image": ""}, {"image": {"url": None}}])
def test_who_decides_nothing_changes_nothing(nothing: Any):
    assert of_generic(nothing).draft == of_generic(None).draft
    assert (of_generic(nothing).draft.is_wanted, len(of_generic(nothing).draft.images)) == (True, 2)


def test_a_no_beats_the_tag_that_asks_and_a_yes_does_not_stand_in_for_it():
    no = of_generic({"post": False}, opt_in_tag="wanted").draft
    assert (no.is_wanted, no.is_declined) == (False, True)
    yes = of_generic({"post": True}, opt_in_tag="another").draft
    assert (yes.is_wanted, yes.is_declined) == (False, False)


def test_a_caption_keeps_its_lines_and_what_looks_like_markup():
    assert of_generic({"caption": " 5 < 7 &amp; \r\nкелесі жол\u0000 "}).draft.caption == "5 < 7 &amp;\nкелесі жол"


def test_an_own_picture_stands_for_all_others_if_it_can_be_used():
    (image,) = of_generic({"image": {"url": "/own.jpg", "alt": "Own"}}).draft.images
    assert (image["url"], image["alt"], image["is_chosen"]) == (OWN, "Own", True)
    broken, *others = of_generic({"image": "ftp://news.example/own.jpg"}).draft.images
    assert broken["problem"]
    assert [image["url"] for image in others] == ["https://news.example/a.jpg", "https://news.example/b.jpg"]


@pytest.mark.parametrize("wrong", [{"post": "perhaps"}, {"caption": ["a"]}, {"image": {"url": 7}}])
def test_what_is_wrong_is_named_by_its_field(wrong: dict[str, Any]):
    with pytest.raises(Invalid) as refused:
        of_generic(wrong)
    assert f"data.tiktok.{next(iter(wrong))}" in str(refused.value)
    with pytest.raises(Invalid):
        of_plugin(tiktok=wrong)


def test_the_plugins_post_is_read_as_one_who_is_no_member_and_on_the_events_clock():
    news = of_plugin(tiktok={"post": True, "caption": "TikTok үшін", "image": {"url": OWN, "alt": ""}})
    assert isinstance(news, ParsedDelivery)
    assert (news.kind, news.external_id, news.type) == (EventKind.published, "12", "article.published")
    assert news.revision is not None
    assert news.revision.isoformat() == "2026-11-30T03:00:07.000123+00:00"
    assert (news.draft.title, news.draft.text, news.draft.is_paywalled) == ("Мектеп & бақша", "Ашық.", True)
    assert (news.draft.language, news.draft.caption, news.draft.images[0]["url"]) == ("kk", "TikTok үшін", OWN)


def test_what_is_no_longer_public_is_withdrawn_whatever_the_plugin_calls_it():
    for type_, post in (
        ("article.unpublished", {"post_status": "trash"}),
        ("article.updated", {"post_status": "private"}),
    ):
        news = of_plugin(type_, post=post)
        assert isinstance(news, ParsedDelivery)
        assert (news.kind, news.only_if_known) == (EventKind.unpublished, True)


def test_other_kinds_of_content_are_the_plugins_choice_and_a_test_is_left_alone():
    assert isinstance(of_plugin(post={"post_type": "news"}), ParsedDelivery)
    assert isinstance(of_plugin("article.liked"), IgnoredDelivery)
    test = wordpress.parse(b'{"type": "newsreel.test", "data": {}}', wordpress.WordPressOptions())
    assert isinstance(test, IgnoredDelivery)


def test_a_feed_takes_back_nothing_that_an_editor_decided():
    decided = of_generic({"post": False, "caption": "Own words", "image": OWN}).draft
    known = Article(source_id="s", external_id="1", revision=utcnow(), **asdict(decided))
    kept = over(known, of_generic(None).draft)
    assert (kept.is_declined, kept.is_wanted, kept.caption) == (True, False, "Own words")
    assert [image["url"] for image in kept.images] == [OWN]
