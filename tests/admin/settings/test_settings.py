import pytest
from sqlmodel import select

from app.accounts.models import TikTokApp
from app.accounts.tokens.credentials import app_credentials
from app.media.models import VerificationFile
from app.resources import Resources
from tests.admin.support import SETTINGS, Editor, csrf_token, text_of

DOMAIN = "/admin/domain"


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
    assert (answer.status_code, answer.headers["location"]) == (303, f"{DOMAIN}?notice=file_stored")
    assert (await editor.client.get("/tiktokabc123.txt")).text == content
    assert "tiktokabc123.txt" in await editor.open(DOMAIN)


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
    answer = await editor.submit(f"{DOMAIN}/files/tiktokabc.txt/delete", DOMAIN)
    assert answer.status_code == 303
    assert (await editor.client.get("/tiktokabc.txt")).status_code == 404
    assert (await editor.submit(f"{DOMAIN}/files/tiktokabc.txt/delete", DOMAIN)).status_code == 404


async def test_hop_that_failed_is_explained(editor: Editor) -> None:
    text = text_of(await editor.open(f"{SETTINGS}?tiktok_auth=error&reason=state_expired"))
    assert "The TikTok account was not connected." in text
    assert "finish within ten minutes" in text
    page = await editor.open(f"{SETTINGS}?tiktok_auth=error&reason=<b>x</b>&pending=%01")
    assert "<b>x</b>" not in page


async def _upload(editor: Editor, form: dict[str, str], file: tuple[str, bytes] | None = None):
    token = csrf_token(await editor.open(DOMAIN))
    chosen = file or ("", b"")
    return await editor.client.post(
        f"{DOMAIN}/files",
        data={"_csrf_token": token, **form},
        files={"file": (*chosen, "text/plain")},
        follow_redirects=False,
    )


async def test_a_file_is_checked_as_tiktok_would_and_the_cure_is_named(editor: Editor) -> None:
    await _upload(editor, {"filename": "tiktokabc.txt", "content": "x"})
    answer = await editor.submit(f"{DOMAIN}/files/tiktokabc.txt/check", DOMAIN)
    assert answer.status_code == 200
    text = text_of(answer.text)
    assert "TikTok would not verify tiktokabc.txt." in text
    assert "http://127.0.0.1:8000/media/tiktokabc.txt" in text
    assert "What helps:" in text
    assert (await editor.submit(f"{DOMAIN}/files/tiktokother.txt/check", DOMAIN)).status_code == 404
