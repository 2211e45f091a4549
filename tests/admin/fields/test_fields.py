"""The page of a field map: a real delivery as the map reads it, tried while one types, and kept."""

import json
import zlib
from typing import Any

import pytest
from sqlmodel import select

from app.articles.models import Source, SourceDelivery
from app.kit.clock import utcnow
from app.resources import Resources
from tests.admin.support import Editor, text_of
from tests.builders import make_source

ENTRY = {
    "event": "entry.publish",
    "model": "article",
    "uid": "api::article.article",
    "createdAt": "2026-11-29T10:00:00.000Z",
    "entry": {
        "id": 3,
        "documentId": "d1",
        "title": "Working title",
        "front": {"line": "Жаңа мектеп ашылды", "lead": "<b>Мұнда</b> мың бала оқиды"},
        "hero": {"url": "https://news.example/hero.jpg", "mime": "image/jpeg"},
        "updatedAt": "2026-11-29T10:00:00.000Z",
        "publishedAt": "2026-11-29T10:00:00.000Z",
        "locale": "kk",
    },
}


async def make_place(resources: Resources, kind: str = "strapi", *bodies: Any) -> str:
    async with resources.transaction() as session:
        source = await make_source(session, name="Headless", kind=kind, options={})
        for body in bodies:
            packed = zlib.compress(json.dumps(body).encode())
            headers = {"content-type": "application/json"}
            session.add(SourceDelivery(source_id=source.id, headers=headers, body=packed, signed_at=utcnow()))
    return f"/admin/sources/{source.id}/fields"


async def kept_map(resources: Resources) -> Any:
    async with resources.read() as session:
        return (await session.exec(select(Source))).one().options.get("field_map")


async def test_a_map_is_seen_on_a_real_delivery_before_it_is_kept(editor: Editor, sqlite_resources: Resources) -> None:
    unpublished = {**ENTRY, "event": "entry.unpublish", "entry": {"id": 3, "documentId": "d1", "locale": "kk"}}
    path = await make_place(sqlite_resources, "strapi", ENTRY, unpublished)
    page = await editor.open(path)
    assert "Working title" in text_of(page)
    assert '<option value="front.line">Жаңа мектеп ашылды</option>' in page
    typed = {"title": "front.line", "excerpt": "front.lead", "images": "hero"}
    tried = await editor.submit(f"{path}/try", **typed)
    assert tried.status_code == 200
    shown = text_of(tried.text)
    assert "Title Жаңа мектеп ашылды Summary Мұнда мың бала оқиды" in shown
    assert "https://news.example/hero.jpg" in shown
    assert 'value="front.line"' in tried.text
    assert not await kept_map(sqlite_resources)
    assert (await editor.submit(path, **typed)).status_code == 303
    assert await kept_map(sqlite_resources) == {"title": ["front.line"], "excerpt": ["front.lead"], "images": ["hero"]}
    again = await editor.open(path)
    assert "Title Жаңа мектеп ашылды" in text_of(again)
    assert 'href="' + path in await editor.open(path.removesuffix("/fields"))


@pytest.mark.parametrize("target", ["", "/try"])
async def test_a_map_that_cannot_be_stays_typed(editor: Editor, sqlite_resources: Resources, target: str) -> None:
    path = await make_place(sqlite_resources, "strapi", ENTRY)
    answer = await editor.submit(f"{path}{target}", title="no place at all!")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'value="no place at all!"' in answer.text
    assert not await kept_map(sqlite_resources)


async def test_where_nothing_came_it_says_so_and_other_kinds_have_no_such_page(
    editor: Editor, sqlite_resources: Resources
) -> None:
    path = await make_place(sqlite_resources, "strapi", {"event": "trigger-test"})
    assert "No delivery of the last 7 days tells of an article." in text_of(await editor.open(path))
    other = await make_place(sqlite_resources, "ghost")
    assert (await editor.client.get(other)).status_code == 404
