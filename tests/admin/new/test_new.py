"""A post by hand on its page, without script: a form that is a draft until it is sent."""

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from app.articles.models import Article
from app.kit.clock import utcnow
from app.posts.models import Post, PostState
from app.posts.models_drafts import PostDraft
from app.resources import Resources
from tests.admin.support import Editor, csrf_token, text_of
from tests.builders import make_account, make_article, make_post
from tests.media.samples import encode, photo

PAGE = "/admin/posts/new"


@pytest.fixture
async def account(sqlite_resources: Resources):
    async with sqlite_resources.transaction() as session:
        return await make_account(session, display_name="Aimaq Live", mode="approve")


async def _rows(resources: Resources, table=Post):
    async with resources.read() as session:
        return (await session.exec(select(table))).all()


async def _press(editor: Editor, do: str, *, page: str = PAGE, files=(), **form):
    token = csrf_token(await editor.open(page))
    data = {"_csrf_token": token, "do": do, **form}
    return await editor.client.post(page, data=data, files=files or None, follow_redirects=False)


async def test_a_post_is_written_previewed_and_sent(editor: Editor, sqlite_resources: Resources, account) -> None:
    words = {
        "title": "Су тасқыны басталды",
        "text": "Қала тұрғындары көшірілді.",
        "tags": "су, көмек",
        "language": "kk",
    }
    answer = await _press(editor, "look", account=account.id, **words)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}#preview")
    page = await editor.open(PAGE)
    # The same code as for all posts: the newsroom's hashtags stand beneath.
    assert "#су" in text_of(page)
    assert "#жаңалықтар" in text_of(page)
    assert re.search(rf'value="{account.id}"\s+checked', page)
    answer = await _press(editor, "post", account=account.id, **words)
    (post,) = await _rows(sqlite_resources)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/admin/posts/{post.id}?notice=written")
    assert (post.state, post.account_id, post.settings) == (PostState.queued, account.id, {})
    assert await _rows(sqlite_resources, PostDraft) == []
    assert "Су тасқыны" not in await editor.open(PAGE)


async def test_sent_twice_it_is_one_post(editor: Editor, sqlite_resources: Resources, account) -> None:
    form = {"account": account.id, "title": "Бір рет", "form_id": "shown-once"}
    first, again = [await _press(editor, "post", **form) for _ in range(2)]
    assert first.headers["location"] == again.headers["location"]
    assert len(await _rows(sqlite_resources)) == 1


async def test_a_refusal_keeps_what_was_typed(editor: Editor, sqlite_resources: Resources, account) -> None:
    async with sqlite_resources.transaction() as session:
        at_once = await make_account(session, display_name="At once")
    for form, said in (
        ({}, "Choose at least one account."),
        ({"account": at_once.id}, "Choose who can see this post."),
        ({"account": account.id, "when": "at", "at": "soon"}, "Choose a time."),
        ({"account": account.id, "when": "at", "at": "2020-01-01T10:00"}, "That time is over."),
        ({"account": account.id, "disclose": "true"}, "You need to indicate"),
        ({"account": account.id, "url": "no address"}, "That is no web address."),
    ):
        answer = await _press(editor, "post", title="Мәтін сақталады <b>", **form)
        assert answer.status_code == 422, said
        assert said in text_of(answer.text)
        assert "Мәтін сақталады &lt;b&gt;" in answer.text
    assert "Мәтін сақталады &lt;b&gt;" in await editor.open(PAGE)
    assert await _rows(sqlite_resources) == []


async def test_pictures_are_uploaded_ordered_and_taken_out_without_script(
    editor: Editor, sqlite_resources: Resources, account
) -> None:
    files = [("files", (f"{n}.png", encode(photo(300 + 20 * n, 300), "PNG"), "image/png")) for n in range(3)]
    answer = await _press(editor, "upload", files=files, title="Суреттер")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}#media")
    page = await editor.open(PAGE)
    urls = re.findall(r'name="media" value="([^"]+)"', page)
    assert len(urls) == 3
    small = re.search(r'src="(/admin/uploads/[^"]+)"', page)
    assert small
    assert (await editor.client.get(small[1])).headers["content-type"] == "image/jpeg"
    await _press(editor, "", title="Суреттер", media=urls, move="2:-1")
    await _press(editor, "", title="Суреттер", media=[urls[0], urls[2], urls[1]], remove="0")
    assert re.findall(r'name="media" value="([^"]+)"', await editor.open(PAGE)) == [urls[2], urls[1]]
    await _press(editor, "post", title="Суреттер", media=[urls[2], urls[1]], account=account.id)
    (article,) = await _rows(sqlite_resources, Article)
    assert [image["url"] for image in article.images] == [urls[2], urls[1]]


async def test_a_file_that_is_no_picture_is_refused_with_its_reason(editor: Editor, account) -> None:
    answer = await _press(editor, "upload", files=[("files", ("a.pdf", b"%PDF-1.7", "application/pdf"))], title="Құжат")
    assert answer.status_code == 422
    assert "a PDF document" in text_of(answer.text)
    assert "Құжат" in answer.text


async def test_a_post_of_an_article_that_was_left_out(editor: Editor, sqlite_resources: Resources, account) -> None:
    async with sqlite_resources.transaction() as session:
        article = await make_article(session, title="Қалдырылған <i>", is_wanted=False)
        other = await make_account(session, display_name="Has one")
        there = await make_post(session, article_id=article.id, account_id=other.id)
        gone = await make_article(session, state="unpublished")
    page_of = f"{PAGE}?article={article.id}"
    page = await editor.open(page_of)
    assert "Қалдырылған &lt;i&gt;" in page
    assert f'href="/admin/posts/{there.id}"' in page
    answer = await _press(editor, "post", page=page_of, account=account.id)
    made = next(post for post in await _rows(sqlite_resources) if post.account_id == account.id)
    assert answer.headers["location"] == f"/admin/posts/{made.id}?notice=written"
    assert made.article_id == article.id
    for nothing in (gone.id, "nothing"):
        await editor.open(f"{PAGE}?article={nothing}", status=404)


async def test_a_time_is_that_of_the_reader_s_zone(editor: Editor, sqlite_resources: Resources, account) -> None:
    day = (utcnow() + timedelta(days=2)).date()
    form = {"account": account.id, "title": "Уақыт", "when": "at", "at": f"{day}T09:30", "zone": "Asia/Almaty"}
    await _press(editor, "look", **form)
    assert "Time zone: Asia/Almaty" in text_of(await editor.open(PAGE))
    await _press(editor, "post", **form)
    (post,) = await _rows(sqlite_resources)
    assert post.settings["not_before"] == f"{day}T04:30:00.000Z"


async def test_the_draft_is_kept_as_one_types(editor: Editor, sqlite_resources: Resources, account) -> None:
    token = csrf_token(await editor.open(PAGE))
    headers = {"hx-request": "true", "hx-target": "preview", "x-csrftoken": token}
    data = {"title": "Жартылай", "account": account.id, "when": "good"}
    part = await editor.client.post(f"{PAGE}/draft", data=data, headers=headers)
    assert part.status_code == 200
    assert part.text.lstrip().startswith('<section class="card new-preview"')
    assert "Жартылай" in part.text
    assert "Жартылай" in await editor.open(PAGE)
    await _press(editor, "discard", title="Жартылай")
    assert "Жартылай" not in await editor.open(PAGE)


async def test_without_an_account_the_page_leads_to_one(editor: Editor) -> None:
    assert "First, connect a TikTok account" in text_of(await editor.open("/admin/new"))
