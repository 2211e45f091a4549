"""Rich text of headless CMSes becomes plain text, with its pictures."""

from typing import Any

import pytest

from app.articles.adapters.fields import opening_of, text_of
from app.articles.adapters.pictures import images_in
from app.articles.adapters.richtext import markup_of

PORTABLE = [
    {"_type": "block", "style": "h2", "children": [{"_type": "span", "text": "Head"}]},
    {"_type": "block", "style": "normal", "children": [
        {"_type": "span", "text": "One & "}, {"_type": "span", "text": "two", "marks": ["strong"]}]},
    {"_type": "image", "asset": {"_ref": "x", "url": "https://cdn.example/1.jpg"}, "alt": "Alt"},
    {"_type": "block", "style": "normal", "listItem": "bullet", "children": [{"_type": "span", "text": "Three"}]},
]  # fmt: skip
CONTENTFUL = {"nodeType": "document", "data": {}, "content": [
    {"nodeType": "heading-2", "data": {}, "content": [{"nodeType": "text", "value": "Head", "marks": []}]},
    {"nodeType": "paragraph", "data": {}, "content": [
        {"nodeType": "text", "value": "One & ", "marks": [], "data": {}},
        {"nodeType": "hyperlink", "data": {"uri": "https://x"}, "content": [{"nodeType": "text", "value": "two"}]}]},
    {"nodeType": "embedded-asset-block", "content": [],
     "data": {"target": {"url": "https://cdn.example/1.jpg", "title": "Alt", "contentType": "image/jpeg"}}},
    {"nodeType": "embedded-entry-block", "content": [], "data": {"target": {"sys": {"id": "x"}}}},
    {"nodeType": "unordered-list", "content": [{"nodeType": "list-item", "content": [
        {"nodeType": "paragraph", "content": [{"nodeType": "text", "value": "Three"}]}]}]},
]}  # fmt: skip
STRAPI = [
    {"type": "heading", "level": 2, "children": [{"type": "text", "text": "Head"}]},
    {"type": "paragraph", "children": [
        {"type": "text", "text": "One & "},
        {"type": "link", "url": "https://x", "children": [{"type": "text", "text": "two"}]}]},
    {"type": "image", "image": {"url": "https://cdn.example/1.jpg", "alternativeText": "Alt"},
     "children": [{"type": "text", "text": ""}]},
    {"type": "list", "format": "unordered", "children": [
        {"type": "list-item", "children": [{"type": "text", "text": "Three"}]}]},
]  # fmt: skip
DYNAMIC_ZONE = [
    {"__component": "shared.rich-text", "id": 1, "body": "## Head\n\nOne & two"},
    {"__component": "shared.media", "id": 2, "file": {
        "url": "https://cdn.example/1.jpg", "mime": "image/jpeg", "alternativeText": "Alt"}},
    {"__component": "shared.rich-text", "id": 3, "body": "- Three"},
]  # fmt: skip
STORYBLOK = {"type": "doc", "content": [
    {"type": "heading", "attrs": {"level": 2}, "content": [{"type": "text", "text": "Head"}]},
    {"type": "paragraph", "content": [
        {"type": "text", "text": "One & "}, {"type": "text", "text": "two", "marks": []}]},
    {"type": "image", "attrs": {"src": "https://cdn.example/1.jpg", "alt": "Alt"}},
    {"type": "bullet_list", "content": [{"type": "list_item", "content": [
        {"type": "paragraph", "content": [{"type": "text", "text": "Three"}]}]}]},
]}  # fmt: skip
LEXICAL = {"root": {"type": "root", "children": [
    {"type": "heading", "tag": "h2", "children": [{"type": "extended-text", "text": "Head"}]},
    {"type": "paragraph", "children": [{"type": "text", "text": "One & two"}]},
    {"type": "image", "src": "https://cdn.example/1.jpg", "altText": "Alt"},
    {"type": "list", "children": [{"type": "listitem", "children": [{"type": "text", "text": "Three"}]}]},
]}}  # fmt: skip
PRISMIC = [
    {"type": "heading2", "text": "Head", "spans": []},
    {"type": "paragraph", "text": "One & two", "spans": [{"start": 0, "end": 3, "type": "strong"}]},
    {"type": "image", "url": "https://cdn.example/1.jpg", "alt": "Alt", "dimensions": {"width": 9, "height": 9}},
    {"type": "embed", "oembed": {"html": "<b>Not ours</b>", "title": "Not ours"}},
    {"type": "list-item", "text": "Three", "spans": []},
]
EDITOR_JS = {"time": 1, "blocks": [
    {"type": "header", "data": {"text": "Head", "level": 2}},
    {"type": "paragraph", "data": {"text": "One &amp; <b>two</b>"}},
    {"type": "image", "data": {"file": {"url": "https://cdn.example/1.jpg"}, "caption": "Alt"}},
    {"type": "list", "data": {"items": ["Three"]}},
]}  # fmt: skip
MARKDOWN = "## Head\n\nOne & **two**\n\n![Alt](https://cdn.example/1.jpg)\n\n- Three\n"
HTML = '<h2>Head</h2><p>One &amp; two</p><img src="https://cdn.example/1.jpg" alt="Alt"><ul><li>Three</li></ul>'


@pytest.mark.parametrize(
    "value",
    [PORTABLE, CONTENTFUL, STRAPI, DYNAMIC_ZONE, STORYBLOK, LEXICAL, PRISMIC, EDITOR_JS, MARKDOWN, HTML],
    ids=["portable", "contentful", "strapi", "zone", "storyblok", "lexical", "prismic", "editorjs", "markdown", "html"],
)
def test_every_format_says_the_same(value: Any):
    markup = markup_of(value)
    assert [line for line in text_of(markup).splitlines() if line] == ["Head", "One & two", "Three"]
    assert images_in(markup) == [("https://cdn.example/1.jpg", "Alt")]
    assert opening_of(markup) == "One & two"


def test_text_that_looks_like_markup_is_text():
    value = [{"_type": "block", "children": [{"_type": "span", "text": "1 < 2 <script>alert(1)</script>"}]}]
    assert text_of(markup_of(value)) == "1 < 2 <script>alert(1)</script>"


def test_a_film_is_no_picture():
    value = [{"__component": "shared.media", "file": {"url": "https://cdn.example/1.mp4", "mime": "video/mp4"}}]
    assert images_in(markup_of(value)) == []
