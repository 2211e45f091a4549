"""TikTok's guidelines for the screen on which a creator consents (numbers as in TikTok's audit checklist)."""

import re
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from litestar import Litestar
from sqlmodel import col, select

from app.media.models import MediaAsset
from app.posts.models import Post, PostState
from app.resources import Resources
from tests.accounts.support import TikTok, at_tiktok, make_account, run_tiktok
from tests.admin.support import Editor, draw_pictures, make_editor, make_full_post, make_login, open_editor, text_of
from tests.builders import make_article

Desk = tuple[Editor, str, Resources, TikTok]


@pytest.fixture
async def desk(pages: Litestar, sqlite_resources: Resources) -> AsyncIterator[Desk]:
    """An editor before a post that waits for approval, at an emulated TikTok."""
    async with run_tiktok() as tiktok:
        resources = at_tiktok(sqlite_resources, tiktok)
        account = await make_account(resources, tiktok)
        async with resources.transaction() as session:
            article = await make_article(session)
            post = await make_full_post(session, article.id, account, PostState.awaiting_approval, title="Prepared")
        draw_pictures(resources)
        await make_editor(resources)
        async with open_editor(pages, resources) as editor:
            await make_login(editor, resources)
            yield editor, post.id, resources, tiktok


async def test_creator_and_audiences_are_asked_for_when_the_form_is_shown(desk: Desk) -> None:
    editor, post_id, _, tiktok = desk
    assert f'hx-get="/admin/posts/{post_id}/creator" hx-trigger="load"' in await editor.open(f"/admin/posts/{post_id}")
    assert tiktok.count("creator_info") == 0
    part = await editor.open(f"/admin/posts/{post_id}/creator")
    assert "Posting as <strong>Daily Bulletin</strong>" in part  # 1a
    assert re.findall(r'<option value="(\w*)"', part) == [  # 2b: none is chosen before
        "", "PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY",
    ]  # fmt: skip
    assert "selected" not in part
    assert "checked" not in part  # 2c
    assert "duet" not in part.lower()
    assert tiktok.count("creator_info") == 1


async def test_whoever_changes_the_title_of_a_card_is_told_that_the_card_keeps_its_words(desk: Desk) -> None:
    editor, post_id, resources, _ = desk
    pages = f"/admin/posts/{post_id}", f"/admin/approvals/{post_id}"
    said = "it keeps its words when you change the title"
    assert not [page for page in pages if said in await editor.open(page)]
    async with resources.transaction() as session:
        await session.exec(sa.update(MediaAsset).where(col(MediaAsset.owner_id) == post_id).values(source_url=""))
    assert [page for page in pages if said in await editor.open(page)] == [*pages]


async def test_creator_who_may_not_post_now_gets_no_choice(desk: Desk) -> None:
    editor, post_id, _, tiktok = desk
    tiktok.fail(endpoint="creator_info", code="spam_risk_too_many_posts", http_status=200)
    part = await editor.open(f"/admin/posts/{post_id}/creator")
    assert "TikTok does not allow posting now" in text_of(part)  # 1b
    assert "<select" not in part


async def test_form_without_script_asks_tiktok_by_a_link(desk: Desk) -> None:
    editor, post_id, _, _ = desk
    page = await editor.open(f"/admin/posts/{post_id}?creator=1")
    assert 'name="privacy_level" required' in page
    assert ">Prepared</textarea>" in page  # 2a, 5b
    assert "Music Usage Confirmation" in page  # 2d
    assert "Branded Content Policy" in page  # 4


async def test_consent_to_a_page_that_is_out_of_date_is_not_taken(desk: Desk) -> None:
    editor, post_id, resources, _ = desk
    async with resources.transaction() as session:
        row = sa.update(Post).where(col(Post.id) == post_id)
        await session.exec(row.values(prepared_version=2))
    assert 'name="prepared_version" value="2"' in await editor.open(f"/admin/posts/{post_id}")
    answer = await _approve(desk, title="Old", description="x", privacy_level="SELF_ONLY", prepared_version="1")
    assert answer.status_code == 409
    assert "The article changed after you had opened the post." in text_of(answer.text)
    assert (await _load(resources, post_id)).state == "awaiting_approval"


async def test_approval_carries_what_the_editor_chose(desk: Desk) -> None:
    editor, post_id, resources, _ = desk
    answer = await _approve(
        desk, title="Edited", description="New text", privacy_level="SELF_ONLY", allow_comment="true",
        disclose="true", your_brand="true",
    )  # fmt: skip
    assert (answer.status_code, answer.headers.get("location")) == (303, f"/admin/posts/{post_id}?notice=approved")
    post = await _load(resources, post_id)
    assert (post.state, post.is_approved, post.title, post.description) == ("queued", True, "Edited", "New text")
    assert post.settings == {
        "privacy_level": "SELF_ONLY",
        "disable_comment": False,
        "auto_add_music": False,
        "brand_content_toggle": False,
        "brand_organic_toggle": True,
        "is_aigc": False,
    }
    assert "Approved by editor@newsroom.example, with edits." in text_of(await editor.open(f"/admin/posts/{post_id}"))


async def test_nothing_goes_out_without_a_chosen_audience(desk: Desk) -> None:
    _, post_id, resources, _ = desk
    answer = await _approve(desk, title="Edited by hand", description="x")
    assert answer.status_code == 422
    assert "Choose who can see this post." in text_of(answer.text)
    assert ">Edited by hand</textarea>" in answer.text
    assert (await _load(resources, post_id)).state is PostState.awaiting_approval


async def test_disclosure_without_a_kind_is_refused(desk: Desk) -> None:
    answer = await _approve(desk, title="x", privacy_level="SELF_ONLY", disclose="true")
    assert answer.status_code == 422  # 3e
    assert "You need to indicate if your content promotes yourself, a third party, or both." in text_of(answer.text)
    assert re.search(r'value="SELF_ONLY" selected', answer.text)


async def test_branded_content_is_never_private(desk: Desk) -> None:
    answer = await _approve(desk, title="x", privacy_level="SELF_ONLY", disclose="true", branded="true")
    assert answer.status_code == 422  # 3f
    assert "Branded content visibility cannot be set to private." in text_of(answer.text)


async def test_ticks_below_a_disclosure_that_is_off_do_not_count(desk: Desk) -> None:
    _, post_id, resources, _ = desk
    await _approve(desk, title="x", privacy_level="PUBLIC_TO_EVERYONE", branded="true", your_brand="true")
    settings = (await _load(resources, post_id)).settings
    assert (settings["brand_content_toggle"], settings["brand_organic_toggle"]) == (False, False)


async def test_text_that_is_too_long_is_refused_and_kept(desk: Desk) -> None:
    title = "😀" * 46
    answer = await _approve(desk, title=title, privacy_level="SELF_ONLY")
    assert answer.status_code == 422
    assert "The title has 92 characters as TikTok counts; 90 are allowed." in text_of(answer.text)
    assert title in answer.text


async def _approve(desk: Desk, **form: str):
    editor, post_id, _, _ = desk
    return await editor.submit(f"/admin/posts/{post_id}/approve", f"/admin/posts/{post_id}", **form)


async def _load(resources: Resources, post_id: str) -> Post:
    async with resources.read() as session:
        return (await session.exec(select(Post).where(Post.id == post_id))).one()


async def test_title_stays_one_line(desk: Desk) -> None:
    _, post_id, resources, _ = desk
    await _approve(desk, title="Snow closes\r\nthe road", privacy_level="SELF_ONLY")
    assert (await _load(resources, post_id)).title == "Snow closes the road"
