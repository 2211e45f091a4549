"""Approvals at the desk, without script: the queue, TikTok's checklist, edits in place, links for sign-off."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa
from litestar import Litestar
from sqlmodel import col, select

from app.kit.clock import utcnow
from app.media.models import MediaAsset
from app.media.service import list_assets
from app.posts.face.decisions import decide
from app.posts.models import Post, PostState
from app.posts.models_approval import PostViewer, SignOffLink
from app.posts.schemas_decisions import PostRevise
from app.resources import Resources
from tests.accounts.support import TikTok, at_tiktok, make_account, run_tiktok
from tests.admin.support import Editor, draw_pictures, make_editor, make_full_post, make_login, open_editor, text_of
from tests.builders import make_article

DESK = "/admin/approvals"
S = PostState


@dataclass
class Desk:
    editor: Editor
    resources: Resources
    tiktok: TikTok
    ids: list[str]

    async def post(self, post_id: str) -> Post:
        async with self.resources.read() as session:
            return (await session.exec(select(Post).where(Post.id == post_id))).one()

    async def submit(self, post_id: str, action: str, **form: str):
        page = await self.editor.open(f"{DESK}/{post_id}")
        hashed = re.search(r'name="content_hash" value="(\w{64})"', page)
        assert hashed
        return await self.editor.submit(
            f"{DESK}/{post_id}/{action}", f"{DESK}/{post_id}", **{"content_hash": hashed[1], "media_count": "2", **form}
        )


@pytest.fixture
async def desk(pages: Litestar, sqlite_resources: Resources) -> AsyncIterator[Desk]:
    """An editor before three posts that wait, at an emulated TikTok."""
    async with run_tiktok() as tiktok:
        resources = at_tiktok(sqlite_resources, tiktok)
        account = await make_account(resources, tiktok)
        ids = []
        async with resources.transaction() as session:
            for title in ("First", "Second", "Third"):
                article = await make_article(session)
                post = await make_full_post(session, article.id, account, S.awaiting_approval, title=title)
                ids.append(post.id)
        draw_pictures(resources)
        await make_editor(resources)
        async with open_editor(pages, resources) as editor:
            await make_login(editor, resources)
            yield Desk(editor, resources, tiktok, ids)


async def test_the_oldest_comes_first_and_the_next_after_each_decision(desk: Desk) -> None:
    one, two, _ = desk.ids
    page = await desk.editor.open(DESK)
    assert re.findall(r'class="queue-item" href="/admin/approvals/([\w-]+)"', page) == desk.ids
    assert "1 of 3, the oldest first" in text_of(page)
    assert f'action="{DESK}/{one}/approve"' in page
    assert f'href="{DESK}/{two}" data-key="n"' in page
    answer = await desk.submit(one, "approve", title="First", description="x", privacy_level="SELF_ONLY")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{DESK}?done={one}")
    page = await desk.editor.open(answer.headers["location"])
    assert "Approved: First" in text_of(page)
    assert f'action="{DESK}/{two}/approve"' in page
    answer = await desk.submit(two, "reject", comment="Another picture, please")
    assert "Sent back: Second" in text_of(await desk.editor.open(answer.headers["location"]))
    assert (await desk.post(two)).state is S.cancelled


async def test_the_preview_and_every_point_stand_before_the_button(desk: Desk) -> None:
    page = await desk.editor.open(f"{DESK}/{desk.ids[0]}?creator=1")
    form = page[page.index('class="approve') :]
    places = [
        form.index(mark)
        for mark in (
            'class="phone"', "Posting as <strong>Daily Bulletin</strong>", 'name="privacy_level" required',
            'name="allow_comment"', 'name="disclose"', "Music Usage Confirmation", "Branded Content Policy",
            "it may take a few minutes", "data-approve",
        )
    ]  # fmt: skip
    assert places == sorted(places)
    asked = form[: form.index("data-approve")]
    assert "selected" not in asked
    assert not re.search(r'name="(allow_\w+|disclose|your_brand|branded)" value="true" checked', asked)
    assert "allow_duet" not in asked


async def test_nothing_is_offered_while_tiktok_allows_no_post(desk: Desk) -> None:
    desk.tiktok.fail(endpoint="creator_info", code="spam_risk_too_many_posts", http_status=200)
    part = await desk.editor.open(f"{DESK}/{desk.ids[0]}/creator")
    assert "TikTok does not allow posting now" in text_of(part)
    assert "Try again later" in text_of(part)
    assert "<select" not in part


async def test_a_film_longer_than_the_creator_may_post_is_not_offered(desk: Desk) -> None:
    async with desk.resources.transaction() as session:
        await session.exec(sa.update(Post).where(col(Post.id) == desk.ids[0]).values(kind="video", media_count=1))
        row = sa.update(MediaAsset).where(col(MediaAsset.owner_id) == desk.ids[0])
        await session.exec(row.values(content_type="video/mp4", duration_ms=7_200_000))
    part = await desk.editor.open(f"{DESK}/{desk.ids[0]}/creator")
    assert "The video is 7,200 s long" in text_of(part)
    assert "<select" not in part


async def test_text_and_order_are_kept_while_choices_stay_on_the_screen(desk: Desk) -> None:
    post_id = desk.ids[0]
    async with desk.resources.read() as session:
        before = [asset.id for asset in await list_assets(session, post_id)]
    answer = await desk.submit(
        post_id, "save", title="Better", description="Text", privacy_level="SELF_ONLY", allow_comment="true",
        move="2:earlier",
    )  # fmt: skip
    assert answer.status_code == 200
    assert ">Better</textarea>" in answer.text
    assert 'value="SELF_ONLY" selected' in answer.text
    assert re.search(r'name="allow_comment" value="true" checked', answer.text)
    async with desk.resources.read() as session:
        after = [asset.id for asset in await list_assets(session, post_id)]
    assert after == before[::-1]
    stored = await desk.post(post_id)
    assert (stored.title, stored.state, stored.settings) != ("First", S.awaiting_approval, {})
    assert (stored.title, stored.state) == ("Better", S.awaiting_approval)
    left = await desk.submit(post_id, "save", title="Better", description="Text", move="1:out")
    assert (left.status_code, (await desk.post(post_id)).media_count) == (200, 1)


async def test_two_editors_at_one_post_see_each_other_and_neither_undoes_the_other(desk: Desk) -> None:
    post_id = desk.ids[0]
    async with desk.resources.transaction() as session:
        until = utcnow() + timedelta(minutes=1)
        session.add(PostViewer(post_id=post_id, viewer_id="other", name="Aigerim", until=until))
        session.add(PostViewer(post_id=post_id, viewer_id="gone", name="Long gone", until=utcnow()))
    page = await desk.editor.open(f"{DESK}/{post_id}")
    assert "Looking at it now: Aigerim" in text_of(page)
    assert "Long gone" not in page
    seen = re.search(r'name="content_hash" value="(\w{64})"', page)
    assert seen
    await decide(desk.resources, post_id, "revise", PostRevise(title="Theirs"), by="aigerim@news.example")
    part = await desk.editor.submit(f"{DESK}/{post_id}/look?seen={seen[1]}", f"{DESK}/{post_id}")
    async with desk.resources.read() as session:
        assert "editor@newsroom.example" in (await session.exec(select(PostViewer.name))).all()
    assert "Somebody has just changed or decided this post." in text_of(part.text)
    for action in ("approve", "save"):
        refused = await desk.submit(
            post_id, action, title="Mine", description="Mine too", privacy_level="SELF_ONLY", content_hash=seen[1]
        )
        assert refused.status_code == 409
        assert "The post was changed after you had opened it." in text_of(refused.text)
        assert ">Theirs</textarea>" in refused.text
        assert "What you had typed Mine Mine too" in text_of(refused.text)
    assert ((await desk.post(post_id)).title, (await desk.post(post_id)).state) == ("Theirs", S.awaiting_approval)


async def test_the_menu_tells_how_many_wait(desk: Desk) -> None:
    page = await desk.editor.open("/admin/posts", headers={"accept": "text/html"})
    assert "Approvals 3 waiting" in text_of(page)


async def test_link_is_made_on_the_page_and_signs_off_without_a_login(desk: Desk) -> None:
    post_id = desk.ids[0]
    page = await desk.submit(post_id, "link", name="Chief editor")
    found = re.search(r"http://127\.0\.0\.1:8000(/approve/[\w-]{43})", page.text)
    assert found
    assert found[1] not in await desk.editor.open(f"{DESK}/{post_id}")
    desk.editor.client.cookies.clear()
    answer = await desk.editor.client.get(f"{found[1]}?creator=1")
    assert answer.status_code == 200
    assert answer.headers["referrer-policy"] == "strict-origin"
    assert answer.headers["cache-control"] == "no-store"
    shown = text_of(answer.text)
    assert "Chief editor, please decide about this post" in shown
    assert "editor@newsroom.example asks you" in shown
    assert "Music Usage Confirmation" in shown
    assert 'name="privacy_level" required' in answer.text
    picture = await desk.editor.client.get(f"{found[1]}/pictures/1")
    assert picture.headers["content-type"] == "image/jpeg"
    form = {"title": "First", "description": "x", "privacy_level": "SELF_ONLY"}
    foreign = await desk.editor.client.post(
        f"{found[1]}/approve", data=form, headers={"origin": "https://evil.example"}
    )
    assert foreign.status_code == 403
    unchosen = await desk.editor.client.post(f"{found[1]}/approve", data={"title": "First", "description": "x"})
    assert unchosen.status_code == 422
    done = await desk.editor.client.post(f"{found[1]}/approve", data=form)
    assert "Approved" in text_of(done.text)
    assert (await desk.post(post_id)).state is S.queued
    for again in (
        await desk.editor.client.get(found[1]),
        await desk.editor.client.get(f"{found[1]}/pictures/1"),
        await desk.editor.client.post(f"{found[1]}/reject", data={"comment": "no"}),
    ):
        assert again.status_code == 404
    assert "This link was used already" in text_of((await desk.editor.client.get(found[1])).text)


async def test_link_is_over_after_an_edit_and_after_a_day(desk: Desk) -> None:
    post_id = desk.ids[0]
    for change, status, words in (("edit", 409, "changed after this link"), ("day", 404, "24 hours")):
        found = re.search(r"(/approve/[\w-]{43})", (await desk.submit(post_id, "link", name="A")).text)
        assert found
        if change == "edit":
            await decide(desk.resources, post_id, "revise", PostRevise(title="Changed"), by="x@news.example")
        else:
            async with desk.resources.transaction() as session:
                await session.exec(sa.update(SignOffLink).values(expires_at=utcnow()))
        page = await desk.editor.client.get(found[1])
        assert page.status_code == status
        assert words in text_of(page.text)
        assert "<textarea" not in page.text


async def test_ended_consent_is_told_on_the_screen(desk: Desk) -> None:
    post_id = desk.ids[0]
    await desk.submit(post_id, "approve", title="First", description="x", privacy_level="SELF_ONLY")
    await decide(desk.resources, post_id, "revise", PostRevise(title="Changed"), by="other@news.example")
    async with desk.resources.transaction() as session:
        await session.exec(sa.update(Post).where(col(Post.id) == post_id).values(state=S.awaiting_approval))
    shown = text_of(await desk.editor.open(f"{DESK}/{post_id}"))
    assert "editor@newsroom.example approved an earlier version. That approval holds no longer." in shown
    assert "Edited by other@news.example." in shown


async def test_nothing_waits_and_what_is_decided_says_so(desk: Desk) -> None:
    for post_id in desk.ids:
        await desk.submit(post_id, "reject", comment="No")
    assert "Nothing waits for approval" in text_of(await desk.editor.open(DESK))
    assert "This post does not wait any more" in text_of(await desk.editor.open(f"{DESK}/{desk.ids[0]}"))
