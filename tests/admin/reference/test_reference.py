"""The API reference: every call of the document stands on a page, with what it takes."""

import gzip
import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.admin.reference.fields import Schemas
from app.admin.reference.reference import TITLES
from app.messages.translator import LANGUAGES
from tests.admin.support import Editor, text_of
from tests.support.openapi import read_document

# What a browser may load before a page says something, as it goes over the wire.
MOST_BYTES = 120_000


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return read_document()


def calls_of(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            if method != "head" or "get" not in calls:
                yield method.upper(), path, call


def test_every_group_of_the_document_has_a_title(document) -> None:
    tags = {call["tags"][0].lower().replace(" ", "-") for _, _, call in calls_of(document)}
    assert tags == set(TITLES)


async def test_every_call_is_in_the_contents_and_on_the_page_that_its_link_leads_to(editor: Editor, document) -> None:
    contents = await editor.open("/schema")
    links = re.findall(r'<a href="(/schema/groups/[^"#]+)#([^"]+)"><span[^>]*>([A-Z]+)</span> <code>([^<]+)', contents)
    assert {(method, unescape(path)) for _, _, method, path in links} == {(m, p) for m, p, _ in calls_of(document)}
    assert len(set(links)) == len(links)
    pages = {href: await editor.open(href) for href, *_ in links}
    for href, anchor, _method, _path in links:
        assert len(re.findall(rf'id="{re.escape(anchor)}"', pages[href])) == 1, anchor
    for _method, path, call in calls_of(document):
        slug = call["tags"][0].lower().replace(" ", "-")
        shown = text_of(pages[f"/schema/groups/{slug}"])
        for parameter in call.get("parameters", ()):
            assert parameter["name"] in shown, (path, parameter["name"])


async def test_a_page_shows_bodies_and_answers_with_their_fields(editor: Editor) -> None:
    shown = text_of(await editor.open("/schema/groups/posts"))
    assert "POST /api/posts/bulk" in shown
    assert "items[].state string" in shown
    assert "scheduled" in shown  # a choice of an enumeration
    assert "Problem application/problem+json" in shown


async def test_pages_are_light_ask_nobody_else_and_lead_back(editor: Editor) -> None:
    for path in ("/schema", "/schema/groups/ads", "/schema/groups/posts"):
        answer = await editor.client.get(path, headers={"accept": "text/html"})
        assert answer.status_code == 200
        links = re.findall(r'(?:src|href)="([^"#]+)', answer.text)
        assert not [link for link in links if urlsplit(link).netloc]
        assert 'href="/admin/"' in answer.text
        assets = [unescape(link) for link in links if link.startswith("/static/")]
        loaded = [await editor.client.get(link) for link in assets]
        assert sum(len(gzip.compress(one.content)) for one in (answer, *loaded)) <= MOST_BYTES, path


async def test_pages_speak_the_readers_language_and_mark_what_is_english(editor: Editor) -> None:
    titles = {(await editor.open(f"/schema?lang={language}")).partition("<h1>")[2][:40] for language in LANGUAGES}
    assert len(titles) == len(LANGUAGES)
    assert '<div class="told" lang="en">' in await editor.open("/schema/groups/media?lang=kk")


async def test_a_group_that_is_not_there_is_a_page_that_says_so(editor: Editor) -> None:
    answer = await editor.client.get("/schema/groups/nothing", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "text/html" in answer.headers["content-type"]


def test_fields_name_the_whole_way_choices_limits_and_end_at_a_circle() -> None:
    tree = {
        "type": "object",
        "required": ["kind"],
        "properties": {
            "kind": {"$ref": "#/components/schemas/Kind"},
            "count": {
                "oneOf": [{"type": "integer", "minimum": 1.0, "maximum": 9.0}, {"type": "null"}],
                "default": None,
            },
            "children": {"type": "array", "maxItems": 3, "items": {"$ref": "#/components/schemas/Tree"}},
            "at": {"type": "string", "format": "date-time", "description": "UTC."},
        },
    }
    schemas = Schemas({"Tree": tree, "Kind": {"type": "string", "enum": ["leaf", "branch"]}})
    rows = {row.name: row for row in schemas.list_fields({"$ref": "#/components/schemas/Tree"})}
    assert set(rows) == {"kind", "count", "children", "at"}
    assert (rows["kind"].kind, rows["kind"].is_required, rows["kind"].choices) == ("string", True, ["leaf", "branch"])
    assert rows["count"].kind == "integer or null"
    assert rows["count"].limits == ["at least 1", "at most 9", "null if left out"]
    assert (rows["children"].kind, rows["children"].limits) == ("list of Tree", ["at most 3 items"])
    assert (rows["at"].kind, rows["at"].description) == ("string, date-time", "UTC.")
    inner = schemas.list_fields({"type": "object", "properties": {"trees": {"type": "array", "items": tree}}})
    assert "trees[].kind" in [row.name for row in inner]
