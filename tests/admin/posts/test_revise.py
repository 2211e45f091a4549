"""A post that TikTok refused for what it says or shows is changed first, then sent again."""

import pytest
from sqlmodel import col, select, update

from app.media.models import MediaAsset
from app.messages import publishing
from app.messages.kinds import Quote
from app.posts.face.views import get_post
from app.posts.models import Post, PostState
from app.posts.sentences import with_messages
from app.resources import Resources
from app.tiktok.catalogue import explain_error
from tests.admin.support import Editor, make_newsroom, text_of


async def _failed(resources: Resources, **values: object) -> str:
    post_id = (await make_newsroom(resources))[PostState.failed]
    async with resources.transaction() as session:
        if values:
            await session.exec(update(Post).where(col(Post.id) == post_id).values(**values))
    return post_id


async def test_spam_leads_to_the_editing_first(editor: Editor, sqlite_resources: Resources) -> None:
    post_id = await _failed(sqlite_resources)
    page = await editor.open(f"/admin/posts/{post_id}")
    assert "<details open>" in page
    assert page.index("Save and send again") < page.index("Send unchanged")
    assert "Try again" not in text_of(page)
    assert 'data-confirm="TikTok would refuse the same once more.' in page
    assert page.count('name="pictures"') == 2


async def test_the_reason_is_not_said_twice(editor: Editor, sqlite_resources: Resources) -> None:
    """Also where an apostrophe stands in it, which markup writes in another way."""
    advice = explain_error("a_code_of_tomorrow").words
    assert "'" in advice
    said = with_messages(
        {"state_detail": advice, "fail_help": publishing.with_tiktok_s_words(cause=advice, said=Quote("No."))}
    )
    post_id = await _failed(sqlite_resources, **said)
    page = await editor.open(f"/admin/posts/{post_id}")
    live = page[page.index('id="live"') : page.index("</section>", page.index('id="live"'))]
    assert text_of(live).count(advice) == 1


async def test_another_failure_offers_it_behind_the_retry(editor: Editor, sqlite_resources: Resources) -> None:
    post_id = await _failed(sqlite_resources, fail_reason="internal")
    page = await editor.open(f"/admin/posts/{post_id}")
    assert "<details open>" not in page
    assert "Try again" in text_of(page)
    assert "Save and send again" in text_of(page)


async def test_words_and_pictures_are_changed_and_the_post_goes_on(editor: Editor, sqlite_resources: Resources) -> None:
    post_id = await _failed(sqlite_resources)
    form = {"title": "Another\ntitle", "description": "Quiet words\n\n#news", "with_pictures": "true", "pictures": "2"}
    answer = await editor.submit(f"/admin/posts/{post_id}/revise", f"/admin/posts/{post_id}", **form)
    assert answer.status_code == 303
    async with sqlite_resources.read() as session:
        post = await session.get_one(Post, post_id)
        assets = (await session.exec(select(MediaAsset).where(MediaAsset.owner_id == post_id))).all()
        events = [event.why for event in (await get_post(session, sqlite_resources.settings, post_id)).events]
    assert (post.state, post.title, post.description) == (PostState.queued, "Another title", "Quiet words\n\n#news")
    assert (post.hashtags, post.is_edited, post.is_approved, post.fail_reason) == (["#news"], True, False, None)
    assert (post.media_count, [(asset.position, asset.path) for asset in assets]) == (1, [(0, "aa/1.jpg")])
    assert post.left_out == ["https://news.example/1.jpg"]
    assert events[-2:] == ["Edited by editor@newsroom.example.", "Retried by editor@newsroom.example."]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"title": "x" * 91, "description": "kept"}, "The title has 91 characters as TikTok counts"),
        ({"title": "", "description": " "}, "A post needs a title or a description."),
        ({"title": "x", "with_pictures": "true"}, "Leave at least one picture ticked."),
        ({"title": "x", "with_pictures": "true", "pictures": "9"}, "Name each picture once, by its number."),
    ],
)
async def test_what_tiktok_would_not_take_changes_nothing(
    editor: Editor, sqlite_resources: Resources, form: dict[str, str], said: str
) -> None:
    post_id = await _failed(sqlite_resources)
    answer = await editor.submit(f"/admin/posts/{post_id}/revise", f"/admin/posts/{post_id}", **form)
    assert answer.status_code == 422
    assert said in text_of(answer.text)
    assert form["title"] in answer.text
    async with sqlite_resources.read() as session:
        post = await session.get_one(Post, post_id)
    assert (post.state, post.title, post.media_count) == (PostState.failed, "Title of failed", 2)


async def test_a_post_that_did_not_fail_is_not_changed(editor: Editor, sqlite_resources: Resources) -> None:
    post_id = (await make_newsroom(sqlite_resources))[PostState.published]
    answer = await editor.submit(f"/admin/posts/{post_id}/revise", f"/admin/posts/{post_id}", title="x")
    assert answer.status_code == 409
