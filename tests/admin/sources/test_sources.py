"""Sources on their pages: added, set up, waited for, looked at, repeated, changed and removed."""

import re

import pytest
from sqlmodel import select

from app.admin.sources.page import SecretView
from app.articles.adapters import ADAPTERS
from app.articles.deliveries.book import settle_deliveries
from app.articles.intake.refusals import settle_refusals
from app.articles.models import Source
from app.articles.models_feeds import SourceFeed
from app.kit.clock import utcnow
from app.posts.models import Post
from app.resources import Resources
from tests.admin.support import Editor, text_of
from tests.builders import make_account, make_source
from tests.builders_articles import generic_delivery

SOURCES = "/admin/sources"


def found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    assert match, pattern
    return match[1]


async def test_a_thousand_sources_are_a_short_page_that_finds_each(editor: Editor, sqlite_resources) -> None:
    async with sqlite_resources.transaction() as session:
        for number in range(1000):
            await make_source(session, name=f"Өңір {number:04}")
    page = await editor.open(SOURCES)
    assert len(page) < 60_000
    assert "Өңір 0999" in page
    assert "Өңір 0001" not in page
    more = re.search(r'href="(/admin/sources[?]cursor=[0-9a-f-]+)"', page)
    assert more
    assert "Өңір 0969" in await editor.open(more[1], headers={"HX-Request": "true"})
    hit = await editor.open(f"{SOURCES}?q=өҢІР 0001")
    assert hit.count("source-line") == 1
    assert "Өңір 0001" in hit
    assert "No source here" in await editor.open(f"{SOURCES}?q=nowhere")
    settings = await editor.open("/admin/settings/social-media")
    assert len(settings) < 60_000
    assert "Look at 1000 sources" in settings


async def test_the_first_delivery_is_waited_for_and_appears_by_itself(editor: Editor, sqlite_resources) -> None:
    answer = await editor.submit(SOURCES, f"{SOURCES}/new", name="News", kind="generic")
    source = await _load_source(sqlite_resources)
    here = f"{SOURCES}/{source.id}"
    assert "Waiting for the first delivery" in text_of(answer.text)
    secret = found(r'value="(whsec_[^"]+)"', answer.text)
    seen = found(rf'hx-get="({here}/live[?]seen=[^"]*)"', answer.text)
    assert (await editor.client.get(seen)).status_code == 204
    sample = generic_delivery(secret, title="Жаңа көпір")
    told = await editor.client.post(f"/webhooks/cms/{source.slug}", content=sample.body, headers=sample.headers)
    assert told.status_code == 202
    await settle_deliveries(sqlite_resources)
    part = await editor.open(seen)
    assert "<html" not in part
    assert "Жаңа көпір" in part
    text = text_of(part)
    assert "New article" in text
    assert "Handle it again" in text


async def test_a_refused_delivery_stands_there_with_its_reason_and_is_handled_once_its_cause_is_mended(
    editor: Editor, sqlite_resources
) -> None:
    async with sqlite_resources.transaction() as session:
        await make_account(session)
    answer = await editor.submit(SOURCES, f"{SOURCES}/new", name="News", kind="generic")
    secret = found(r'value="(whsec_[^"]+)"', answer.text)
    source = await _load_source(sqlite_resources)
    sample, forged = generic_delivery(secret, title=None), generic_delivery("whsec_" + "A" * 32)
    for one, status in ((sample, 422), (forged, 401)):
        refused = await editor.client.post(f"/webhooks/cms/{source.slug}", content=one.body, headers=one.headers)
        assert refused.status_code == status
    await settle_deliveries(sqlite_resources)
    await settle_refusals(sqlite_resources)
    page = await editor.open(f"{SOURCES}/{source.id}?refused=true")
    assert "Deliveries are refused" in page
    assert page.count("Handle it again") == 1
    path = found(rf'action="({SOURCES}/{source.id}/deliveries/[^"]+/replay)"', page)
    again = await editor.submit(path, f"{SOURCES}/{source.id}")
    assert again.status_code == 422
    assert "title" in text_of(again.text)
    async with sqlite_resources.read() as session:
        assert (await session.exec(select(Post))).all() == []


async def test_secret_of_a_new_source_is_shown_once(editor: Editor, sqlite_resources: Resources) -> None:
    form = {"name": "Aimaq <news>", "kind": "generic", "language": "kk", "opt_in_tag": "tiktok"}
    answer = await editor.submit(SOURCES, f"{SOURCES}/new", **form)
    assert answer.status_code == 201
    secret = re.search(r'value="(whsec_[^"]+)"', answer.text)
    assert secret
    assert "shown this once" in text_of(answer.text)
    assert answer.text.index(secret[1]) < answer.text.index("How to set it up there")
    source = await _load_source(sqlite_resources)
    page = await editor.open(f"{SOURCES}/{source.id}")
    assert secret[1] not in page
    assert "Aimaq &lt;news&gt;" in page
    assert f'value="http://127.0.0.1:8000/webhooks/cms/{source.slug}" readonly' in page
    assert source.options == {
        "language": "kk",
        "category": "",
        "opt_in_tag": "tiktok",
        "timezone": "",
        "public_key": "",
    }


async def test_source_that_cannot_be_made_keeps_what_was_typed(editor: Editor) -> None:
    answer = await editor.submit(SOURCES, f"{SOURCES}/new", name="News", kind="generic", language="Klingon, I think")
    assert answer.status_code == 422
    assert "must look like kk, ru or en-GB" in text_of(answer.text)
    assert 'value="Klingon, I think"' in answer.text
    assert (await editor.submit(SOURCES, f"{SOURCES}/new", name="News", kind="nonsense")).status_code == 422
    for names, said in (
        ({"name": "\u200b"}, "name: must have 1 to 200 characters"),
        ({"name": "x" * 201}, "name: must have 1 to 200 characters"),
        ({"name": "News", "card_name": "x" * 61}, "card_name: must have at most 60 characters"),
    ):
        answer = await editor.submit(SOURCES, f"{SOURCES}/new", kind="generic", **names)
        assert (answer.status_code, said in answer.text) == (422, True)


async def test_source_is_changed_and_switched_off(editor: Editor, sqlite_resources: Resources) -> None:
    await editor.submit(SOURCES, f"{SOURCES}/new", name="News", kind="ghost")
    source = await _load_source(sqlite_resources)
    form = {"name": "Other news", "language": "ru", "legacy_signature": "true"}
    answer = await editor.submit(f"{SOURCES}/{source.id}", f"{SOURCES}/new", **form)
    assert answer.status_code == 303
    source = await _load_source(sqlite_resources)
    assert (source.name, source.enabled, source.kind) == ("Other news", False, "ghost")
    assert source.options["legacy_signature"] is True
    assert (await editor.submit(f"{SOURCES}/{source.id}", f"{SOURCES}/new", name=" ")).status_code == 422


async def test_every_kind_is_added_with_its_recipe_and_changed_with_its_own_fields(
    editor: Editor, sqlite_resources: Resources
) -> None:
    for kind, adapter in ADAPTERS.items():
        answer = await editor.submit(SOURCES, f"{SOURCES}/new", name=f"Of {kind}", kind=kind)
        assert answer.status_code == 201
        assert (adapter.TRAITS.recipe[0] in text_of(answer.text)) is (kind != "feed")
        async with sqlite_resources.read() as session:
            source = (await session.exec(select(Source).where(Source.kind == kind))).one()
        has_map = "field_map" in adapter.OPTIONS.model_fields
        form = {"name": "Changed", "enabled": "true", "content_types": "story"}
        form |= {"field_map": "title: headline\nimages: hero, gallery.photo"} if has_map else {}
        form |= {"read_token": "read-me-token"} if adapter.TRAITS.fetch else {}
        assert (await editor.submit(f"{SOURCES}/{source.id}", f"{SOURCES}/new", **form)).status_code == 303
        page = await editor.open(f"{SOURCES}/{source.id}")
        assert "read-me-token" not in page
        assert not has_map or "images: hero, gallery.photo" in page
        async with sqlite_resources.read() as session:
            changed = (await session.exec(select(Source).where(Source.kind == kind))).one()
        assert bool(changed.read_token_encrypted) is (adapter.TRAITS.fetch is not None)
        assert not has_map or changed.options["field_map"]["images"] == ["hero", "gallery.photo"]
        if has_map:
            odd = await editor.submit(f"{SOURCES}/{source.id}", f"{SOURCES}/new", name="Odd", field_map="nonsense")
            assert odd.status_code == 422


async def test_a_feed_s_page_asks_for_nothing_that_a_feed_has_no_use_for(editor: Editor) -> None:
    feed = {"kind": "feed", "feed_url": "https://news.example/feed", "max_age_hours": "24", "poll_minutes": "5"}
    answer = await editor.submit(SOURCES, f"{SOURCES}/new", name="News", **feed)
    page = text_of(answer.text)
    assert "What is new in the feed appears here by itself after its next reading." in page
    assert "What is older than 24 h when it comes is left out" in page
    for of_webhooks in ("secret", "let it send a test", "Some articles are left out"):
        assert of_webhooks not in page, of_webhooks


async def test_a_feed_is_set_on_the_page_and_its_state_shown(editor: Editor, sqlite_resources: Resources) -> None:
    form = {"name": "News", "kind": "feed", "feed_url": "https://news.example/feed"}
    assert (await editor.submit(SOURCES, f"{SOURCES}/new", **form)).status_code == 201
    source = await _load_source(sqlite_resources)
    page = text_of(await editor.open(f"{SOURCES}/{source.id}"))
    assert "What stands in it then is not posted." in page
    form |= {"enabled": "true", "poll_minutes": "15", "max_age_hours": "48"}
    assert (await editor.submit(f"{SOURCES}/{source.id}", f"{SOURCES}/new", **form)).status_code == 303
    async with sqlite_resources.transaction() as session:
        feed = (await session.exec(select(SourceFeed))).one()
        assert (feed.poll_minutes, feed.max_age_hours) == (15, 48)
        feed.failures, feed.problem = 1, "it fell over"
        session.add(feed)
    page = text_of(await editor.open(f"{SOURCES}/{source.id}"))
    assert "The feed could not be read: it fell over. It is asked again" in page
    async with sqlite_resources.transaction() as session:
        feed.failures, feed.items, feed.taken, feed.last_success_at = 0, 3, 1, utcnow()
        feed.backlog_page, feed.backlog_since = 11, utcnow()
        session.add(feed)
    page = text_of(await editor.open(f"{SOURCES}/{source.id}"))
    assert "3 items in the feed" in page
    assert "1 article was found by the feed alone." in page
    assert "After an outage not all pages of its list are read yet" in page
    for odd in ({"poll_minutes": "often"}, {"max_age_hours": "0"}, {"feed_url": "nowhere"}):
        assert (await editor.submit(f"{SOURCES}/{source.id}", f"{SOURCES}/new", **(form | odd))).status_code == 422
    # A form that does not show the field leaves the feed alone; an empty address takes it away.
    for address, count in ((None, 1), ("", 0)):
        told = {"name": "News", "enabled": "true"} | ({} if address is None else {"feed_url": address})
        assert (await editor.submit(f"{SOURCES}/{source.id}", f"{SOURCES}/new", **told)).status_code == 303
        async with sqlite_resources.read() as session:
            assert len((await session.exec(select(SourceFeed))).all()) == count


async def test_rotated_secret_is_shown_once_and_the_old_one_lives_on(
    editor: Editor, sqlite_resources: Resources
) -> None:
    await editor.submit(SOURCES, f"{SOURCES}/new", name="News", kind="generic")
    source = await _load_source(sqlite_resources)
    answer = await editor.submit(f"{SOURCES}/{source.id}/rotate", f"{SOURCES}/new")
    assert answer.status_code == 200
    assert "whsec_" in answer.text
    assert "The old secret works until" in text_of(answer.text)
    assert "whsec_" not in await editor.open(f"{SOURCES}/{source.id}")
    answer = await editor.submit(f"{SOURCES}/{source.id}/rotate", f"{SOURCES}/new", revoke_old="true")
    assert "The old secret works until" not in text_of(answer.text)


async def test_removed_source_is_gone_from_the_page(editor: Editor, sqlite_resources: Resources) -> None:
    await editor.submit(SOURCES, f"{SOURCES}/new", name="Old news", kind="generic")
    source = await _load_source(sqlite_resources)
    assert (await editor.submit(f"{SOURCES}/{source.id}/delete", f"{SOURCES}/new")).status_code == 303
    assert "Old news" not in await editor.open(SOURCES)


@pytest.mark.parametrize("action", ["", "/rotate", "/delete"])
async def test_source_that_is_not_there_is_a_page_that_says_so(editor: Editor, action: str) -> None:
    answer = await editor.submit(f"{SOURCES}/nothing{action}", f"{SOURCES}/new", name="x")
    assert answer.status_code == 404


def test_secret_does_not_stand_in_a_log() -> None:
    assert "whsec" not in repr(SecretView("News", "whsec_x", "http://127.0.0.1/"))


async def _load_source(resources: Resources) -> Source:
    async with resources.read() as session:
        return (await session.exec(select(Source))).one()
