"""A video on the pages: seen, approved with its own choices; and the headline card's settings."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from litestar import Litestar
from sqlalchemy import delete
from sqlmodel import col, select

from app.accounts.models import Account, AccountSettings
from app.media.models import MediaAsset
from app.posts.models import Post, PostKind, PostState
from app.resources import Resources
from tests.accounts.support import TikTok, at_tiktok, make_account, run_tiktok
from tests.admin.support import SETTINGS, Editor, make_editor, make_full_post, make_login, open_editor, text_of
from tests.builders import make_article

FILM = bytes(range(256)) * 40


@dataclass
class Desk:
    """An editor before a video that waits for approval, at an emulated TikTok."""

    editor: Editor
    post_id: str
    account: Account
    resources: Resources
    tiktok: TikTok

    @property
    def page(self) -> str:
        return f"/admin/posts/{self.post_id}"

    async def approve(self, **form: str):
        return await self.editor.submit(f"{self.page}/approve", self.page, is_video="true", **form)

    async def save(self, **form: str):
        path = f"{SETTINGS}/accounts/{self.account.id}"
        return await self.editor.submit(path, enabled="true", mode="direct", **form)

    async def post(self) -> Post:
        async with self.resources.read() as session:
            return (await session.exec(select(Post).where(Post.id == self.post_id))).one()

    async def stored_account(self) -> AccountSettings:
        async with self.resources.read() as session:
            return (await session.exec(select(Account).where(Account.id == self.account.id))).one().settings


@pytest.fixture
async def desk(pages: Litestar, sqlite_resources: Resources) -> AsyncIterator[Desk]:
    async with run_tiktok() as tiktok:
        resources = at_tiktok(sqlite_resources, tiktok)
        account = await make_account(resources, tiktok)
        async with resources.transaction() as session:
            article = await make_article(session)
            post = await make_full_post(
                session, article.id, account, PostState.awaiting_approval, title="Prepared #news", description="",
                kind=PostKind.video, media_count=1,
            )  # fmt: skip
            await session.exec(delete(MediaAsset).where(col(MediaAsset.owner_id) == post.id))
            session.add(
                MediaAsset(
                    owner_id=post.id, position=0, source_url="https://news.example/1.mp4", path="bb/film.mp4",
                    content_type="video/mp4", width=640, height=360, size=len(FILM), sha256="1" * 64, duration_ms=9000,
                )
            )  # fmt: skip
        folder = resources.media_dir / "bb"
        folder.mkdir(parents=True)
        (folder / "film.mp4").write_bytes(FILM)
        (folder / "film.jpg").write_bytes(b"\xff\xd8 a picture of it")
        await make_editor(resources)
        async with open_editor(pages, resources) as editor:
            await make_login(editor, resources)
            yield Desk(editor, post.id, account, resources, tiktok)


async def test_the_video_is_shown_with_a_player(desk: Desk) -> None:
    page = await desk.editor.open(desk.page)
    assert f'src="{desk.page}/video"' in page
    assert f'poster="{desk.page}/pictures/1?v=' in page
    picture = await desk.editor.client.get(f"{desk.page}/pictures/1")
    assert (picture.status_code, picture.content[:2]) == (200, b"\xff\xd8")


@pytest.mark.parametrize(
    ("asked", "status", "answered"),
    [("", 200, FILM), ("bytes=0-9", 206, FILM[:10]), ("bytes=-5", 206, FILM[-5:]), ("bytes=99999-", 416, b"")],
)
async def test_a_player_gets_the_parts_that_it_asks_for(desk: Desk, asked: str, status: int, answered: bytes) -> None:
    answer = await desk.editor.client.get(f"{desk.page}/video", headers={"Range": asked} if asked else None)
    assert (answer.status_code, answer.content) == (status, answered)
    assert answer.headers["accept-ranges"] == "bytes"


async def test_strangers_do_not_get_the_video(desk: Desk) -> None:
    desk.editor.client.cookies.clear()
    answer = await desk.editor.client.get(f"{desk.page}/video", follow_redirects=False)
    assert answer.status_code == 303
    assert FILM not in answer.content


async def test_what_is_gone_is_not_found(desk: Desk) -> None:
    (desk.resources.media_dir / "bb" / "film.mp4").unlink()
    assert (await desk.editor.client.get(f"{desk.page}/video")).status_code == 404
    assert (await desk.editor.client.get("/admin/posts/nobody/video")).status_code == 404


async def test_the_form_asks_for_what_a_video_has(desk: Desk) -> None:
    page = await desk.editor.open(f"{desk.page}?creator=1")
    assert 'data-limit="2200"' in page
    assert 'name="cover_seconds"' in page
    assert 'name="allow_duet"' in page
    assert 'name="allow_stitch"' in page
    assert 'name="auto_add_music"' not in page
    assert 'name="description"' not in page
    assert "Your video will be labeled as “Paid partnership”." in text_of(page)
    assert "checked" not in await desk.editor.open(f"{desk.page}/creator")


async def test_what_the_creator_switched_off_cannot_be_ticked(desk: Desk) -> None:
    there = desk.tiktok.world.accounts[desk.account.open_id]
    there.duet_disabled = there.stitch_disabled = True
    part = await desk.editor.open(f"{desk.page}/creator")
    assert "The creator has switched duets off in TikTok." in text_of(part)
    assert "The creator has switched stitches off in TikTok." in text_of(part)


async def test_approval_carries_what_the_editor_chose(desk: Desk) -> None:
    title = "Бірінші жол\nЕкінші жол #көпір"
    answer = await desk.approve(title=title, privacy_level="SELF_ONLY", allow_duet="true", cover_seconds="2,5")
    assert answer.status_code == 303
    post = await desk.post()
    assert (post.state, post.title, post.description) == ("queued", title, "")
    settings = {name: post.settings[name] for name in ("disable_duet", "disable_stitch", "video_cover_timestamp_ms")}
    assert settings == {"disable_duet": False, "disable_stitch": True, "video_cover_timestamp_ms": 2500}
    assert "auto_add_music" not in post.settings


@pytest.mark.parametrize("seconds", ["soon", "-1", "1e9", "601", "2.5555"])
async def test_a_cover_that_is_no_moment_of_a_video_is_refused_and_kept(desk: Desk, seconds: str) -> None:
    answer = await desk.approve(title="x", privacy_level="SELF_ONLY", cover_seconds=seconds)
    assert answer.status_code == 422
    assert "The cover is a moment of the video" in text_of(answer.text)
    assert f'value="{seconds}"' in answer.text
    assert (await desk.post()).state is PostState.awaiting_approval


async def test_a_caption_that_is_too_long_is_refused(desk: Desk) -> None:
    answer = await desk.approve(title="я" * 2201, privacy_level="SELF_ONLY")
    assert answer.status_code == 422
    assert "2,201 characters as TikTok counts; 2,200 are allowed." in text_of(answer.text)


async def test_the_cards_settings_are_stored(desk: Desk) -> None:
    page = await desk.editor.open(SETTINGS)
    assert 'name="card_background" value="#101418"' in page
    assert 'name="headline_card" value="true" checked' in page
    assert (await desk.save(card_background="#0B5CAD", card_text="#ffe14d")).status_code == 303
    account = await desk.stored_account()
    assert (account.headline_card, account.card_background, account.card_text) == (False, "#0b5cad", "#ffe14d")
    await desk.save(headline_card="true")
    account = await desk.stored_account()
    assert (account.headline_card, account.card_background) == (True, "#0b5cad")


async def test_what_is_no_colour_is_refused(desk: Desk) -> None:
    answer = await desk.save(card_background="red; background: url(//evil.example)")
    assert answer.status_code == 422
    assert (await desk.stored_account()).card_background == "#101418"
