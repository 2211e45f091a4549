"""The list of posts: what is asked for in its address, how it is laid out, and decisions about many posts."""

import re
from datetime import timedelta

from app.auth.guards import CSRF_FIELD
from app.kit.clock import utcnow
from app.posts.face.views import get_post
from app.posts.models import Post, PostState
from app.resources import Resources
from tests.admin.support import Editor, csrf_token, make_newsroom, text_of
from tests.builders import make_account, make_article, make_post, make_source

POSTS = "/admin/posts"


def listed(page: str) -> list[str]:
    return re.findall(r'id="post-([0-9a-f-]+)"', page)


async def state_of(resources: Resources, post_id: str) -> tuple[str, list[str]]:
    async with resources.read() as session:
        post = await get_post(session, resources.settings, post_id)
    return post.state, post.actions


async def test_posts_stand_by_day_and_by_article(editor: Editor, sqlite_resources: Resources) -> None:
    async with sqlite_resources.transaction() as session:
        accounts = [await make_account(session, display_name=name) for name in ("Aimaq", "Оралда", "Ұлытау")]
        old = await make_article(session, title="Of long ago")
        await make_post(session, article_id=old.id, account_id=accounts[0].id, created_at=utcnow() - timedelta(days=9))
        news = await make_article(session, title="Жаңа мектеп", language="kk")
        for account in accounts:
            await make_post(session, article_id=news.id, account_id=account.id, title="Жаңа мектеп")
    page = await editor.open(POSTS)
    assert re.findall(r'class="posts-day-head">([^<]+)<', page)[0] == "Today"
    assert len(re.findall(r'class="posts-day-head"', page)) == 2
    assert [title.strip() for title in re.findall(r'class="post-title"[^>]*>([^<]+)<', page)] == [
        "Жаңа мектеп", "Of long ago",
    ]  # fmt: skip
    assert [name.strip() for name in re.findall(r'class="post-account"[^>]*>([^<]+)<', page)] == [
        "Ұлытау", "Оралда", "Aimaq", "Aimaq",
    ]  # fmt: skip


async def test_a_video_is_named_by_its_article_and_not_by_its_caption(
    editor: Editor, sqlite_resources: Resources
) -> None:
    caption = "Ёлка на площади\n\nСмотрите репортаж.\n\n#казахстан"
    async with sqlite_resources.transaction() as session:
        article = await make_article(session, title="Ёлка", language="ru")
        post = await make_post(session, article_id=article.id, kind="video", title=caption, hashtags=["#казахстан"])
    assert "Смотрите" not in await editor.open(POSTS)
    page = await editor.open(f"{POSTS}/{post.id}")
    assert "<title>Ёлка · Newsreel</title>" in page
    assert re.search(r"<h1[^>]*>Ёлка</h1>", page)
    assert page.count("#казахстан") == 1
    assert f'class="caption-text">{caption}</p>' in page


async def test_filters_stand_in_the_address_and_on_the_page(editor: Editor, sqlite_resources: Resources) -> None:
    async with sqlite_resources.transaction() as session:
        one, other = await make_source(session, name="Бір"), await make_source(session, name="Екі")
        account, ids = await make_account(session), {}
        for source in (one, other):
            for state in (PostState.failed, PostState.published, PostState.queued):
                article = await make_article(session, source_id=source.id, title=f"Мектеп {state}")
                made = await make_post(session, article_id=article.id, account_id=account.id, state=state)
                ids[source.id, state] = made.id
    page = await editor.open(f"{POSTS}?q=МЕКТ&state=failed&state=published&source_id={one.id}")
    assert listed(page) == [ids[one.id, PostState.published], ids[one.id, PostState.failed]]
    assert 'value="МЕКТ"' in page
    assert re.search(rf'<option value="{one.id}" selected>Бір<', page)
    assert '<details class="finer" open>' in page
    assert "Failed 1" in text_of(page)
    without = f'href="{POSTS}?q=%D0%9C%D0%95%D0%9A%D0%A2&amp;state=published&amp;source_id={one.id}"'
    assert without in page
    part = await editor.open(f"{POSTS}?q=fail", headers={"HX-Request": "true"})
    assert part.lstrip().startswith('<div id="found"')
    assert set(listed(part)) == {ids[one.id, PostState.failed], ids[other.id, PostState.failed]}
    assert "No post holds all the words of “x &amp; y”" in await editor.open(f"{POSTS}?q=x+%26+y")


async def test_what_the_overview_counts_is_what_its_links_lead_to(editor: Editor, sqlite_resources: Resources) -> None:
    ids = await make_newsroom(sqlite_resources)
    overview = await editor.open("/admin/")
    assert f'href="{POSTS}?need=alert"' in overview
    assert listed(await editor.open(f"{POSTS}?need=alert")) == [ids[PostState.published]]
    assert listed(await editor.open(f"{POSTS}?need=held")) == []


async def test_whoever_comes_back_finds_as_many_lines_as_they_had(editor: Editor, sqlite_resources: Resources) -> None:
    async with sqlite_resources.transaction() as session:
        source, account = await make_source(session), await make_account(session)
        for number in range(60):
            article = await make_article(session, source_id=source.id, title=f"Number {number}")
            await make_post(session, article_id=article.id, account_id=account.id)
    page, seen = await editor.open(POSTS), []
    while True:
        seen += listed(page)
        more = re.search(r'hx-get="(/admin/posts\?cursor=[^"]+)"[^>]* hx-replace-url="([^"]+)"', page)
        if more is None:
            break
        page = await editor.open(more[1].replace("&amp;", "&"), headers={"HX-Request": "true"})
        assert "posts-day-head" not in page  # the day goes on
        kept = await editor.open(more[2])
        assert listed(kept) == [*seen, *listed(page)]
    assert len(seen) == 60
    assert len(set(seen)) == 60


async def test_lines_are_told_anew_when_something_has_changed(editor: Editor, sqlite_resources: Resources) -> None:
    ids = await make_newsroom(sqlite_resources)
    page = await editor.open(POSTS)
    live = re.search(r'hx-get="(/admin/posts/live\?[^"]+)"', page)
    assert live
    path = live[1].replace("&amp;", "&")
    answer = await editor.client.get(path)
    assert answer.status_code == 204
    async with sqlite_resources.transaction() as session:
        post = await session.get_one(Post, ids[PostState.queued])
        post.alert = "taken_down"
    news = await editor.open(path)
    assert f'id="cell-{post.id}" hx-swap-oob="true"' in news
    assert "it was deleted or hidden" in text_of(news)
    await editor.open("/admin/posts/live?ids=nobody,,%F0%9F%98%80&seen=1")


async def test_many_posts_are_stopped_and_brought_back(editor: Editor, sqlite_resources: Resources) -> None:
    ids = await make_newsroom(sqlite_resources)
    token = csrf_token(await editor.open(POSTS))
    chosen = [ids[state] for state in (PostState.scheduled, PostState.queued, PostState.published)]
    form = {CSRF_FIELD: token, "ids": chosen, "action": "cancel", "query": f"{POSTS}?q=title"}
    answer = await editor.client.post(f"{POSTS}/bulk", data=form)
    assert answer.status_code == 200
    text = text_of(answer.text)
    assert "2 posts are stopped." in text
    assert "Nothing was done about 1 post: Title of published — A post that is" in text
    assert 'data-address="/admin/posts?q=title"' in answer.text
    for post_id in chosen[:2]:
        assert await state_of(sqlite_resources, post_id) == ("cancelled", ["restore"])
    undo = re.search(r'<form method="post" action="/admin/posts/bulk">(.*?)</form>', answer.text, re.DOTALL)
    assert undo
    assert set(re.findall(r'name="ids" value="([^"]+)"', undo[1])) == set(chosen[:2])
    form |= {"ids": chosen[:2], "action": "restore"}
    assert "2 posts are back." in text_of((await editor.client.post(f"{POSTS}/bulk", data=form)).text)
    for post_id in chosen[:2]:
        assert (await state_of(sqlite_resources, post_id))[0] == "queued"


async def test_many_posts_are_moved_to_a_time_of_the_reader_s_zone(editor: Editor, sqlite_resources: Resources) -> None:
    ids = await make_newsroom(sqlite_resources)
    post_id = ids[PostState.scheduled]
    at = (utcnow() + timedelta(days=1)).replace(microsecond=0, second=0)
    form = {CSRF_FIELD: csrf_token(await editor.open(POSTS)), "ids": post_id, "action": "reschedule"}
    answer = await editor.client.post(f"{POSTS}/bulk", data=form)
    assert answer.status_code == 422
    assert "Choose a day and a time first." in text_of(answer.text)
    answer = await editor.client.post(f"{POSTS}/bulk", data=form | {"at": at.strftime("%Y-%m-%dT%H:%M")})
    assert "1 post is moved." in text_of(answer.text)
    async with sqlite_resources.read() as session:
        assert (await get_post(session, sqlite_resources.settings, post_id)).scheduled_at == at


async def test_an_unclear_post_is_not_sent_again_with_many(editor: Editor, sqlite_resources: Resources) -> None:
    ids = await make_newsroom(sqlite_resources)
    form = {CSRF_FIELD: csrf_token(await editor.open(POSTS)), "action": "retry"}
    assert (await editor.client.post(f"{POSTS}/bulk", data=form)).status_code == 422
    chosen = [ids[PostState.unconfirmed], ids[PostState.failed]]
    answer = await editor.client.post(f"{POSTS}/bulk", data=form | {"ids": chosen})
    assert "1 post is sent now." in text_of(answer.text)
    assert "decide it on its own page" in text_of(answer.text)
    assert (await state_of(sqlite_resources, chosen[0]))[0] == "unconfirmed"
