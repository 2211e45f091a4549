import re

import pytest
from sqlmodel import select

from app.accounts.models import TikTokApp
from app.accounts.tokens.credentials import app_credentials
from app.admin.sources.page import SecretView
from app.articles.adapters import ADAPTERS
from app.articles.models import Source, SourceFeed
from app.kit.clock import utcnow
from app.media.models import VerificationFile
from app.resources import Resources
from tests.admin.support import SETTINGS, Editor, csrf_token, text_of


async def test_page_says_what_to_enter_at_tiktok(editor: Editor) -> None:
    page = await editor.open(SETTINGS)
    for address in ("/api/tiktok/callback", "/media/"):
        assert f'value="http://127.0.0.1:8000{address}" readonly' in page
    assert "video.publish" in page


async def test_secret_is_written_and_never_shown(editor: Editor, sqlite_resources: Resources) -> None:
    form = {"client_key": "new-key", "client_secret": "new-secret-value", "redirect_uri": ""}
    answer = await editor.submit(f"{SETTINGS}/app", **form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{SETTINGS}?notice=saved#app")
    page = await editor.open(SETTINGS)
    assert 'value="new-key"' in page
    assert "new-secret-value" not in page
    assert "●●●●" in page
    assert await app_credentials(sqlite_resources) == (
        "new-key",
        "new-secret-value",
        "http://127.0.0.1:8000/api/tiktok/callback",
    )
    assert (await editor.submit(f"{SETTINGS}/app", client_key="new-key")).status_code == 303
    assert (await app_credentials(sqlite_resources))[1] == "new-secret-value"


async def test_own_redirect_address_is_kept_only_where_it_differs(editor: Editor, sqlite_resources: Resources) -> None:
    own = "https://old.example/callback"
    form = {"client_key": "k", "client_secret": "s"}
    await editor.submit(f"{SETTINGS}/app", **form, redirect_uri=own)
    assert f'value="{own}" readonly' in await editor.open(SETTINGS)
    await editor.submit(f"{SETTINGS}/app", **form, redirect_uri="http://127.0.0.1:8000/api/tiktok/callback")
    async with sqlite_resources.read() as session:
        assert (await session.exec(select(TikTokApp.redirect_uri))).one() == ""


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"client_key": "other-key"}, "Give the client secret that belongs to this client key."),
        ({"client_key": "ключ", "client_secret": "s3cr3t-typed"}, "Key and secret are plain letters"),
        ({"client_key": "k", "client_secret": "s3cr3t-typed", "redirect_uri": "http://x.example/"}, "must be https"),
    ],
)
async def test_credentials_that_cannot_be_right_are_refused(editor: Editor, form: dict[str, str], said: str) -> None:
    answer = await editor.submit(f"{SETTINGS}/app", **form)
    assert answer.status_code == 422
    assert said in text_of(answer.text)
    assert f'value="{form["client_key"]}"' in answer.text
    assert "s3cr3t-typed" not in answer.text


async def test_verification_file_is_put_in_place_as_typed(editor: Editor) -> None:
    content = "tiktok-developers-site-verification=abc123"
    form = {"filename": "tiktokabc123.txt", "content": f"{content} "}
    answer = await _upload(editor, form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{SETTINGS}?notice=file_stored#address")
    assert (await editor.client.get("/tiktokabc123.txt")).text == content
    assert "tiktokabc123.txt" in await editor.open(SETTINGS)


async def test_verification_file_is_put_in_place_byte_for_byte_as_chosen(editor: Editor) -> None:
    answer = await _upload(editor, {}, ("tiktokABC.txt", b"line\r\n"))
    assert answer.status_code == 303
    assert (await editor.client.get("/tiktokABC.txt")).content == b"line\r\n"


@pytest.mark.parametrize(
    ("form", "file", "said"),
    [
        ({"filename": "../secrets.txt", "content": "x"}, None, "A verification file is called"),
        ({"filename": "tiktokabc.txt", "content": ""}, None, "The content must be"),
        ({}, ("tiktokabc.txt", b"\xff\xfe\x00"), "That is no text file"),
        ({}, ("tiktokabc.txt", b"x" * 2000), "The content must be"),
    ],
)
async def test_file_that_is_none_of_tiktok_s_is_refused(
    editor: Editor, sqlite_resources: Resources, form: dict[str, str], file: tuple[str, bytes] | None, said: str
) -> None:
    answer = await _upload(editor, form, file)
    assert answer.status_code == 422
    assert said in text_of(answer.text)
    async with sqlite_resources.read() as session:
        assert (await session.exec(select(VerificationFile))).all() == []


async def test_verification_file_is_deleted(editor: Editor) -> None:
    await _upload(editor, {"filename": "tiktokabc.txt", "content": "x"})
    answer = await editor.submit(f"{SETTINGS}/files/tiktokabc.txt/delete")
    assert answer.status_code == 303
    assert (await editor.client.get("/tiktokabc.txt")).status_code == 404
    assert (await editor.submit(f"{SETTINGS}/files/tiktokabc.txt/delete")).status_code == 404


async def test_secret_of_a_new_source_is_shown_once(editor: Editor, sqlite_resources: Resources) -> None:
    form = {"name": "Aimaq <news>", "kind": "generic", "language": "kk", "opt_in_tag": "tiktok"}
    answer = await editor.submit(f"{SETTINGS}/sources", **form)
    assert answer.status_code == 201
    secret = re.search(r'value="(whsec_[^"]+)"', answer.text)
    assert secret
    assert "shown this once" in text_of(answer.text)
    assert f'data-address="{SETTINGS}"' in answer.text
    page = await editor.open(SETTINGS)
    assert secret[1] not in page
    assert "Aimaq &lt;news&gt;" in page
    source = await _load_source(sqlite_resources)
    assert f'value="http://127.0.0.1:8000/webhooks/cms/{source.slug}" readonly' in page
    assert source.options == {"language": "kk", "category": "", "opt_in_tag": "tiktok", "timezone": ""}


async def test_source_that_cannot_be_made_keeps_what_was_typed(editor: Editor) -> None:
    answer = await editor.submit(f"{SETTINGS}/sources", name="News", kind="generic", language="Klingon, I think")
    assert answer.status_code == 422
    assert "must look like kk, ru or en-GB" in text_of(answer.text)
    assert 'value="Klingon, I think"' in answer.text
    assert (await editor.submit(f"{SETTINGS}/sources", name="News", kind="nonsense")).status_code == 422
    for names, said in (
        ({"name": "\u200b"}, "name: must have 1 to 200 characters"),
        ({"name": "x" * 201}, "name: must have 1 to 200 characters"),
        ({"name": "News", "card_name": "x" * 61}, "card_name: must have at most 60 characters"),
    ):
        answer = await editor.submit(f"{SETTINGS}/sources", kind="generic", **names)
        assert (answer.status_code, said in answer.text) == (422, True)


async def test_source_is_changed_and_switched_off(editor: Editor, sqlite_resources: Resources) -> None:
    await editor.submit(f"{SETTINGS}/sources", name="News", kind="ghost")
    source = await _load_source(sqlite_resources)
    form = {"name": "Other news", "language": "ru", "legacy_signature": "true"}
    answer = await editor.submit(f"{SETTINGS}/sources/{source.id}", **form)
    assert answer.status_code == 303
    source = await _load_source(sqlite_resources)
    assert (source.name, source.enabled, source.kind) == ("Other news", False, "ghost")
    assert source.options["legacy_signature"] is True
    assert (await editor.submit(f"{SETTINGS}/sources/{source.id}", name=" ")).status_code == 422


async def test_every_kind_is_added_with_its_recipe_and_changed_with_its_own_fields(
    editor: Editor, sqlite_resources: Resources
) -> None:
    for kind, adapter in ADAPTERS.items():
        answer = await editor.submit(f"{SETTINGS}/sources", name=f"Of {kind}", kind=kind)
        assert answer.status_code == 201
        assert adapter.TRAITS.recipe[0] in text_of(answer.text)
        async with sqlite_resources.read() as session:
            source = (await session.exec(select(Source).where(Source.kind == kind))).one()
        has_map = "field_map" in adapter.OPTIONS.model_fields
        form = {"name": "Changed", "enabled": "true", "content_types": "story"}
        form |= {"field_map": "title: headline\nimages: hero, gallery.photo"} if has_map else {}
        form |= {"read_token": "read-me-token"} if adapter.TRAITS.fetch else {}
        assert (await editor.submit(f"{SETTINGS}/sources/{source.id}", **form)).status_code == 303
        page = await editor.open(SETTINGS)
        assert "read-me-token" not in page
        assert not has_map or "images: hero, gallery.photo" in page
        async with sqlite_resources.read() as session:
            changed = (await session.exec(select(Source).where(Source.kind == kind))).one()
        assert bool(changed.read_token_encrypted) is (adapter.TRAITS.fetch is not None)
        assert not has_map or changed.options["field_map"]["images"] == ["hero", "gallery.photo"]
        if has_map:
            odd = await editor.submit(f"{SETTINGS}/sources/{source.id}", name="Odd", field_map="nonsense")
            assert odd.status_code == 422


async def test_a_feed_is_set_on_the_page_and_its_state_shown(editor: Editor, sqlite_resources: Resources) -> None:
    form = {"name": "News", "kind": "feed", "feed_url": "https://news.example/feed"}
    assert (await editor.submit(f"{SETTINGS}/sources", **form)).status_code == 201
    source = await _load_source(sqlite_resources)
    page = text_of(await editor.open(SETTINGS))
    assert "What stands in it then is not posted." in page
    form |= {"enabled": "true", "poll_minutes": "15", "max_age_hours": "48"}
    assert (await editor.submit(f"{SETTINGS}/sources/{source.id}", **form)).status_code == 303
    async with sqlite_resources.transaction() as session:
        feed = (await session.exec(select(SourceFeed))).one()
        assert (feed.poll_minutes, feed.max_age_hours) == (15, 48)
        feed.failures, feed.problem = 1, "it fell over"
        session.add(feed)
    assert "The feed could not be read: it fell over" in text_of(await editor.open(SETTINGS))
    async with sqlite_resources.transaction() as session:
        feed.failures, feed.items, feed.taken, feed.last_success_at = 0, 3, 1, utcnow()
        session.add(feed)
    page = text_of(await editor.open(SETTINGS))
    assert "3 items in the feed" in page
    assert "1 article was found by the feed alone." in page
    for odd in ({"poll_minutes": "often"}, {"max_age_hours": "0"}, {"feed_url": "nowhere"}):
        assert (await editor.submit(f"{SETTINGS}/sources/{source.id}", **(form | odd))).status_code == 422
    # A form that does not show the field leaves the feed alone; an empty address takes it away.
    for address, count in ((None, 1), ("", 0)):
        told = {"name": "News", "enabled": "true"} | ({} if address is None else {"feed_url": address})
        assert (await editor.submit(f"{SETTINGS}/sources/{source.id}", **told)).status_code == 303
        async with sqlite_resources.read() as session:
            assert len((await session.exec(select(SourceFeed))).all()) == count


async def test_rotated_secret_is_shown_once_and_the_old_one_lives_on(
    editor: Editor, sqlite_resources: Resources
) -> None:
    await editor.submit(f"{SETTINGS}/sources", name="News", kind="generic")
    source = await _load_source(sqlite_resources)
    answer = await editor.submit(f"{SETTINGS}/sources/{source.id}/rotate")
    assert answer.status_code == 200
    assert "whsec_" in answer.text
    assert "The old secret works until" in text_of(answer.text)
    assert "whsec_" not in await editor.open(SETTINGS)
    answer = await editor.submit(f"{SETTINGS}/sources/{source.id}/rotate", revoke_old="true")
    assert "The old secret works until" not in text_of(answer.text)


async def test_removed_source_is_gone_from_the_page(editor: Editor, sqlite_resources: Resources) -> None:
    await editor.submit(f"{SETTINGS}/sources", name="Old news", kind="generic")
    source = await _load_source(sqlite_resources)
    assert (await editor.submit(f"{SETTINGS}/sources/{source.id}/delete")).status_code == 303
    assert "Old news" not in await editor.open(SETTINGS)


@pytest.mark.parametrize("action", ["", "/rotate", "/delete"])
async def test_source_that_is_not_there_is_a_page_that_says_so(editor: Editor, action: str) -> None:
    answer = await editor.submit(f"{SETTINGS}/sources/nothing{action}", name="x")
    assert answer.status_code == 404


async def test_hop_that_failed_is_explained(editor: Editor) -> None:
    text = text_of(await editor.open(f"{SETTINGS}?tiktok_auth=error&reason=state_expired"))
    assert "The TikTok account was not connected." in text
    assert "finish within ten minutes" in text
    page = await editor.open(f"{SETTINGS}?tiktok_auth=error&reason=<b>x</b>&pending=%01")
    assert "<b>x</b>" not in page


def test_secret_does_not_stand_in_a_log() -> None:
    assert "whsec" not in repr(SecretView("News", "whsec_x", "http://127.0.0.1/"))


async def _upload(editor: Editor, form: dict[str, str], file: tuple[str, bytes] | None = None):
    token = csrf_token(await editor.open(SETTINGS))
    chosen = file or ("", b"")
    return await editor.client.post(
        f"{SETTINGS}/files",
        data={"_csrf_token": token, **form},
        files={"file": (*chosen, "text/plain")},
        follow_redirects=False,
    )


async def _load_source(resources: Resources) -> Source:
    async with resources.read() as session:
        return (await session.exec(select(Source))).one()
