"""The way to the first post: each step is ticked off by what is there, and only when a post could go out by it."""

import dataclasses
import re
from pathlib import Path

import pytest
from litestar import Litestar
from pydantic import SecretStr
from sqlalchemy import update
from sqlmodel import col, select

from app.accounts.models import Account, AccountState
from app.articles.models import Source
from app.config import load_settings
from app.config_emulated import choose_emulator, choose_tiktok, read_choice
from app.kit.clock import utcnow
from app.media.models import VerificationFile
from app.posts.models import Post, PostState
from app.process.supervisor import LIFELINE
from app.resources import Resources
from tests.admin.support import Editor, text_of
from tests.builders import change_account, make_account, make_article, make_post, make_source

START = "/admin/start"


async def done_steps(editor: Editor) -> list[int]:
    page = await editor.open(START)
    items = re.findall(r'<li class="card first-step( is-done)?"', page)
    assert len(items) == 7
    return [number for number, done in enumerate(items, start=1) if done]


@pytest.fixture
async def editor(editor: Editor, pages: Litestar, sqlite_resources: Resources) -> Editor:
    """An installation whose environment names no app."""
    nothing = {"client_key": "", "client_secret": SecretStr(""), "tiktok_api_base_url": "https://open.tiktokapis.com"}
    settings = sqlite_resources.settings.model_copy(update=nothing)
    pages.state.resources = dataclasses.replace(sqlite_resources, settings=settings)
    return editor


async def test_the_emulator_has_no_portal_to_enter_an_address_in(
    editor: Editor, pages: Litestar, sqlite_resources: Resources
) -> None:
    settings = pages.state.resources.settings.model_copy(update={"tiktok_api_base_url": "http://127.0.0.1:8090"})
    pages.state.resources = dataclasses.replace(sqlite_resources, settings=settings)
    assert await done_steps(editor) == [2]
    # The one that was chosen on this page is told the pictures' address when it starts.
    settings._is_tried_out = True
    assert await done_steps(editor) == [2, 3]


async def test_a_step_is_done_only_when_a_post_could_go_out_by_it(editor: Editor, sqlite_resources: Resources) -> None:
    assert await done_steps(editor) == []
    page = text_of(await editor.open(START))
    assert "Try it with the emulator" in page
    assert "Connect an account first." in page
    assert 'href="/admin/settings/social-media#accounts">Connect TikTok</a>' in await editor.open(START)
    form = {"client_key": "key", "client_secret": "secret", "redirect_uri": ""}
    await editor.submit("/admin/settings/social-media/app", **form)
    assert await done_steps(editor) == [1]
    assert 'href="/api/tiktok/auth">Connect TikTok</a>' in await editor.open(START)
    async with sqlite_resources.transaction() as session:
        session.add(VerificationFile(filename="tiktokabc.txt", content="x"))
        account = await make_account(session, state=AccountState.reconnect, mode="direct", privacy_level=None)
        source = await make_source(session)
    # A file that nobody has found, an account whose permission has ended, a CMS that has sent nothing: none is done.
    assert await done_steps(editor) == [1, 2]
    async with sqlite_resources.transaction() as session:
        await session.exec(update(VerificationFile).values(found_at=utcnow()))
        await session.exec(update(Account).values(state=AccountState.connected))
        await session.exec(update(Source).values(last_delivery_at=utcnow()))
    assert await done_steps(editor) == [1, 2, 3, 4, 6]
    connected = "/admin/settings/social-media?tiktok_auth=success"
    assert '<p><a href="/admin/start">The way to the first post</a></p>' in await editor.open(connected)
    assert f'href="/admin/settings/social-media#account-{account.id}">Choose</a>' in await editor.open(START)
    assert 'href="/admin/start">Choose who may see the posts</a>' in await editor.open("/admin/")
    async with sqlite_resources.transaction() as session:
        await change_account(session, account.id, privacy_level="SELF_ONLY")
    assert await done_steps(editor) == [1, 2, 3, 4, 5, 6]
    async with sqlite_resources.transaction() as session:
        article = await make_article(session, source_id=source.id)
        await make_post(session, article_id=article.id, account_id=account.id, state=PostState.published)
    assert await done_steps(editor) == [1, 2, 3, 4, 5, 6, 7]
    assert "The way to the first post" not in await editor.open("/admin/") + await editor.open(connected)


async def test_the_test_article_becomes_one_post_that_waits_for_approval(
    editor: Editor, sqlite_resources: Resources
) -> None:
    async with sqlite_resources.transaction() as session:
        account = await make_account(session, mode="direct")
    answers = [await editor.submit(f"{START}/test", START, account_id=account.id) for _ in range(2)]
    async with sqlite_resources.read() as session:
        posts = (await session.exec(select(Post).order_by(col(Post.id)))).all()
    assert {answer.status_code for answer in answers} == {303}
    assert len(posts) in {1, 2}  # the minute may have changed between the two
    assert answers[0].headers["location"] == f"/admin/posts/{posts[0].id}?notice=written"
    assert posts[0].mode == "approve"
    refused = await editor.submit(f"{START}/test", START, account_id="nobody")
    assert refused.status_code == 404


async def test_the_emulator_is_chosen_by_a_click_and_never_beside_accounts_or_an_app(
    editor: Editor, sqlite_resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_dir = sqlite_resources.settings.data_dir
    data_dir.mkdir(parents=True, exist_ok=True)
    # Nobody is there to run it: the command is shown.
    assert "make emulator" in await editor.open(START)
    assert (await editor.submit(f"{START}/try-out", START)).status_code == 409
    monkeypatch.setenv(LIFELINE, "0")
    assert f'action="{START}/try-out"' in await editor.open(START)
    async with sqlite_resources.transaction() as session:
        account = await make_account(session)
    refused = await editor.submit(f"{START}/try-out", START)
    assert refused.status_code == 409
    assert "without connected accounts" in text_of(refused.text)
    assert read_choice(data_dir) is None
    async with sqlite_resources.transaction() as session:
        await session.exec(update(Account).values(state=AccountState.disconnected))
    assert (await editor.submit(f"{START}/try-out", START)).status_code == 303
    chosen = read_choice(data_dir)
    assert chosen is not None
    page = await editor.open(START)
    assert '<meta http-equiv="refresh" content="3">' in page
    assert chosen.client_secret not in page
    async with sqlite_resources.transaction() as session:
        await session.exec(update(Account).values(state=AccountState.connected))
    assert (await editor.submit(f"{START}/try-out/end", START)).status_code == 303
    assert read_choice(data_dir) is None
    async with sqlite_resources.read() as session:
        assert (await session.get_one(Account, account.id)).state is AccountState.disconnected


def test_an_app_of_tiktoks_is_never_replaced_by_the_emulator(tmp_path: Path) -> None:
    choose_emulator(tmp_path, 8090)
    nothing = {"_env_file": None, "data_dir": tmp_path, "secret_key": SecretStr("k" * 40)}
    emulated = load_settings(**nothing, client_key="")
    assert emulated.is_tried_out
    assert emulated.tiktok_api_base_url == "http://127.0.0.1:8090"
    assert emulated.tiktok_authorize_url == "http://127.0.0.1:8090/v2/auth/authorize/"
    real = load_settings(**nothing, client_key="real")
    assert not real.is_tried_out
    assert real.tiktok_api_base_url == "https://open.tiktokapis.com"
    choose_tiktok(tmp_path)
    assert not load_settings(**nothing, client_key="").is_tried_out
