"""In draft mode TikTok takes no settings: form and post say so."""

from sqlmodel import update

from app.accounts.models import AccountSettings
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


async def test_the_form_says_it_too(editor: Editor, sqlite_resources: Resources) -> None:
    await make_newsroom(sqlite_resources)
    page = await editor.open(SETTINGS)
    assert "None of the settings for audience, comments, music, AI label and advertising goes with it" in text_of(page)
    assert page.count('class="check is-for-app"') == 7
    assert "only-draft" in page
