"""In draft mode TikTok takes no settings: form and post say so."""

from typing import Any

from sqlmodel import col, update

from app.accounts.models import AccountSettings
from app.posts.face.views import get_post
from app.posts.models import Post, PostKind, PostState
from app.resources import Resources
from tests.admin.support import SETTINGS, Editor, make_newsroom, text_of

PHOTO = "With a draft TikTok takes pictures and text alone."
VIDEO = "With a draft of a video TikTok takes the video alone"


async def test_the_post_says_what_does_not_go_with_it(editor: Editor, sqlite_resources: Resources) -> None:
    post_id = (await make_newsroom(sqlite_resources))[PostState.sent_to_inbox]
    assert PHOTO not in text_of(await editor.open(f"/admin/posts/{post_id}"))
    async with sqlite_resources.transaction() as session:
        await session.exec(update(Post).values(mode="inbox"))
        await session.exec(update(AccountSettings).values(is_aigc=True, disable_comment=True, disable_duet=True))
    text = text_of(await editor.open(f"/admin/posts/{post_id}"))
    assert PHOTO in text
    assert "choose it there: Made with AI No comments" in text
    assert "No duets" not in text
    assert "Made with AI" in text
    assert "ЖИ белгісі" in text_of(await editor.open(f"/admin/posts/{post_id}?lang=kk"))
    async with sqlite_resources.transaction() as session:
        await session.exec(update(Post).values(kind=PostKind.video))
    text = text_of(await editor.open(f"/admin/posts/{post_id}?lang=en"))
    assert VIDEO in text
    assert "No duets" in text


async def test_the_post_says_which_of_its_own_settings_its_kind_does_not_take(
    editor: Editor, sqlite_resources: Resources
) -> None:
    post_id = (await make_newsroom(sqlite_resources))[PostState.awaiting_approval]

    async def told(**columns: Any) -> tuple[list[str], str]:
        async with sqlite_resources.transaction() as session:
            await session.exec(update(Post).where(col(Post.id) == post_id).values(**columns))
        async with sqlite_resources.read() as session:
            ignored = (await get_post(session, sqlite_resources.settings, post_id)).ignored_settings
        return ignored, text_of(await editor.open(f"/admin/posts/{post_id}"))

    chosen = {"disable_duet": True, "disable_stitch": False, "auto_add_music": True, "disable_comment": True}
    ignored, page = await told(settings=chosen, mode="approve")
    assert ignored == ["disable_duet"]
    assert "ignored by TikTok with photos: No duets" in page
    ignored, page = await told(kind=PostKind.video)
    assert ignored == ["auto_add_music"]
    assert "ignored by TikTok with videos: Let TikTok add music" in page
    ignored, page = await told(mode="inbox", settings={**chosen, "privacy_level": "SELF_ONLY"})
    assert ignored == ["auto_add_music", "disable_comment", "disable_duet", "privacy_level"]
    assert "choose it there: No comments No duets" in page
    assert (await told(settings={}, mode="approve"))[0] == []


async def test_the_form_says_it_too(editor: Editor, sqlite_resources: Resources) -> None:
    await make_newsroom(sqlite_resources)
    page = await editor.open(SETTINGS)
    assert "None of the settings for audience, comments, music, AI label and advertising goes with it" in text_of(page)
    assert page.count('class="check is-for-app"') == 7
    assert "only-draft" in page
