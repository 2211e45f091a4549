import re
from datetime import timedelta
from html import unescape
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import delete
from sqlmodel import col, update

from app.kit.clock import utcnow
from app.media.models import MediaAsset
from app.media.pictures.lasting import keep_lasting, lasting_dir, lasting_file, prune_lasting
from app.media.pictures.thumbs import SIZE
from app.media.service import retire_media, sweep_media
from app.messages import media_faults, timeline
from app.messages.kinds import Address
from app.messages.message import pack
from app.posts.face.views import get_post
from app.posts.models import FINAL_STATES, Post, PostEvent, PostState
from app.posts.sentences import event_sentence
from app.resources import Resources
from tests.admin.support import Editor, make_newsroom, text_of
from tests.builders import make_account, make_article, make_post, make_source


async def test_empty_list_says_what_to_do_next(editor: Editor, sqlite_resources: Resources) -> None:
    assert "First, connect a TikTok account" in text_of(await editor.open("/admin/posts"))
    async with sqlite_resources.transaction() as session:
        await make_account(session)
    assert "Now tell your CMS where to send articles" in text_of(await editor.open("/admin/posts"))
    async with sqlite_resources.transaction() as session:
        await make_source(session)
    assert "Publish an article in your CMS" in text_of(await editor.open("/admin/posts"))


async def test_list_shows_every_post_with_its_state_in_words(editor: Editor, sqlite_resources: Resources) -> None:
    ids = await make_newsroom(sqlite_resources)
    page = await editor.open("/admin/posts")
    for post_id in ids.values():
        assert f'href="/admin/posts/{post_id}"' in page
    for word in ("Waiting", "Needs your approval", "Preparing", "At TikTok", "Unclear", "Published", "Failed"):
        assert word in text_of(page)


async def test_list_is_filtered_by_state_and_account(editor: Editor, sqlite_resources: Resources) -> None:
    ids = await make_newsroom(sqlite_resources)
    async with sqlite_resources.transaction() as session:
        other = await make_post(session, state=PostState.failed, title="Of another account")
    page = await editor.open("/admin/posts?state=failed")
    assert set(_listed(page)) == {ids[PostState.failed], other.id}
    page = await editor.open(f"/admin/posts?state=failed&account={other.account_id}")
    assert _listed(page) == [other.id]
    assert "No posts here" in text_of(await editor.open("/admin/posts?state=cancelled&account=nobody"))


@pytest.mark.parametrize("query", ["state=nonsense", "cursor=%01", "account=%F0%9F%98%80", "state=%01&cursor=%ff"])
async def test_list_takes_any_address(editor: Editor, sqlite_resources: Resources, query: str) -> None:
    await make_newsroom(sqlite_resources)
    await editor.open(f"/admin/posts?{query}")


async def test_address_with_a_nul_is_malformed(editor: Editor) -> None:
    assert "The request is malformed" in text_of(await editor.open("/admin/posts?account=%00", 400))


async def test_list_continues_where_it_ended(editor: Editor, sqlite_resources: Resources) -> None:
    async with sqlite_resources.transaction() as session:
        account, source = await make_account(session), await make_source(session)
        ids = []
        for number in range(30):
            article = await make_article(session, source_id=source.id, title=f"Number {number}")
            ids.append((await make_post(session, article_id=article.id, account_id=account.id)).id)
    first = await editor.open("/admin/posts")
    more = re.search(r'href="(/admin/posts\?cursor=[^"]+)"', first)
    assert more
    rest = await editor.open(more[1], headers={"HX-Request": "true"})
    assert "<html" not in rest
    assert [*_listed(first), *_listed(rest)] == ids[::-1]
    assert "<html" in await editor.open(more[1])


@pytest.mark.parametrize("state", list(PostState))
async def test_post_in_any_state_is_shown(editor: Editor, sqlite_resources: Resources, state: PostState) -> None:
    ids = await make_newsroom(sqlite_resources)
    page = await editor.open(f"/admin/posts/{ids[state]}")
    assert "The article arrived." in text_of(page)
    assert 'src="/admin/posts/' in page


async def test_post_offers_what_its_state_allows(editor: Editor, sqlite_resources: Resources) -> None:
    ids = await make_newsroom(sqlite_resources)
    for state, post_id in ids.items():
        page = await editor.open(f"/admin/posts/{post_id}")
        offered = set(re.findall(rf'action="/admin/posts/{post_id}/(\w+)"', page))
        async with sqlite_resources.read() as session:
            allowed = set((await get_post(session, sqlite_resources.settings, post_id)).actions)
        if state is not PostState.failed:
            # The page's form for it also sends the post again.
            allowed.discard("revise")
        assert offered == allowed, state


async def test_failed_post_says_what_happened_and_what_helps(editor: Editor, sqlite_resources: Resources) -> None:
    ids = await make_newsroom(sqlite_resources)
    text = text_of(await editor.open(f"/admin/posts/{ids[PostState.failed]}?lang=ru"))
    assert "TikTok считает эту публикацию спамом. Не отправляйте это снова" in text
    assert "spam_risk" in text


async def test_published_post_links_to_tiktok_and_shows_the_alert(editor: Editor, sqlite_resources: Resources) -> None:
    ids = await make_newsroom(sqlite_resources)
    page = await editor.open(f"/admin/posts/{ids[PostState.published]}")
    assert 'href="https://www.tiktok.com/@aimaq/photo/7400000000000000001"' in page
    assert "Delete it in TikTok's app" in text_of(page)
    assert "TikTok fetched pictures 1 time" in text_of(page)
    assert "20261121A" in page


async def test_a_long_text_is_folded_and_a_short_one_is_not(editor: Editor, sqlite_resources: Resources) -> None:
    ids = await make_newsroom(sqlite_resources)
    for state, may_grow in ((PostState.published, False), (PostState.awaiting_approval, True)):
        for text, is_long in (("Сөз " * 900, True), ("a\n" * 7, True), ("Қысқа мәтін", False)):
            async with sqlite_resources.transaction() as session:
                await session.exec(update(Post).where(col(Post.id) == ids[state]).values(description=text))
            html = await editor.open(f"/admin/posts/{ids[state]}")
            caption = html.partition('id="preview-text"')[2].partition("</div>")[0]
            assert text.strip() in unescape(caption)
            fold = re.search(r'<details class="fold" data-fold( hidden)?>', caption)
            assert (fold is not None) is (is_long or may_grow)
            assert fold is None or (fold[1] is None) is is_long


async def test_picture_is_given_to_editors_only(editor: Editor, stranger: Editor, sqlite_resources: Resources) -> None:
    ids = await make_newsroom(sqlite_resources)
    answer = await editor.client.get(f"/admin/posts/{ids[PostState.queued]}/pictures/1")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.content.startswith(b"\xff\xd8")
    await editor.open(f"/admin/posts/{ids[PostState.queued]}/pictures/3", 404)
    await editor.open("/admin/posts/nothing/pictures/1", 404)
    editor.client.cookies.clear()
    assert 'action="/admin/login"' in await stranger.open(f"/admin/posts/{ids[PostState.queued]}/pictures/1")


async def test_post_whose_pictures_are_gone_says_so_and_leads_to_tiktok(
    editor: Editor, sqlite_resources: Resources
) -> None:
    ids = await make_newsroom(sqlite_resources)
    address = f"/admin/posts/{ids[PostState.published]}"
    assert 'class="carousel"' in await editor.open(address)
    async with sqlite_resources.transaction() as session:
        await session.exec(delete(MediaAsset))
    page = await editor.open(address)
    assert 'class="carousel"' not in page
    assert "kept here for seven days" in text_of(page)
    assert ">See them on TikTok</a>" in page


async def test_filter_counts_the_posts_of_the_chosen_account(editor: Editor, sqlite_resources: Resources) -> None:
    await make_newsroom(sqlite_resources)
    async with sqlite_resources.transaction() as session:
        account = await make_account(session)
        await make_post(session, account_id=account.id, state=PostState.failed)
    page = text_of(await editor.open(f"/admin/posts?account={account.id}"))
    assert "All 1 " in page
    assert "Failed 1 " in page
    assert "Published" not in page
    assert "All 11 " in text_of(await editor.open("/admin/posts"))


async def test_list_shows_small_pictures(editor: Editor, sqlite_resources: Resources) -> None:
    await make_newsroom(sqlite_resources)
    page = await editor.open("/admin/posts")
    shown = re.search(
        r'<img src="(/admin/posts/[^"]+/pictures/1/small\?v=\w+)" alt="" loading="lazy"[^>]* width=', page
    )
    assert shown
    answer = await editor.client.get(shown[1])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert Image.open(BytesIO(answer.content)).size == SIZE
    assert "immutable" in answer.headers["cache-control"]
    await editor.open(shown[1].replace("/1/small", "/9/small"), 404)


async def test_new_media_have_new_addresses_on_the_pages(editor: Editor, sqlite_resources: Resources) -> None:
    post_id = (await make_newsroom(sqlite_resources))[PostState.queued]
    before = re.findall(r"/pictures/1\?v=\w+", await editor.open(f"/admin/posts/{post_id}"))
    async with sqlite_resources.transaction() as session:
        (await session.get_one(Post, post_id)).preview_token = "another"
    after = re.findall(r"/pictures/1\?v=\w+", await editor.open(f"/admin/posts/{post_id}"))
    assert len(before) == len(after) == 1
    assert before != after


async def test_why_a_picture_is_left_out_is_said_in_the_editor_s_language(
    editor: Editor, sqlite_resources: Resources
) -> None:
    post_id = (await make_newsroom(sqlite_resources))[PostState.awaiting_approval]
    async with sqlite_resources.transaction() as session:
        line = media_faults.at(Address("https://news.example/4.gif"), media_faults.too_small(1, 1))
        post = await session.get_one(Post, post_id)
        post.media_problems, post.media_messages = [str(line)] * 165, [pack(line)] * 165
    shown = await editor.open(f"/admin/posts/{post_id}?lang=ru")
    first, _, others = shown.partition("<summary>ещё 160</summary>")
    assert (first.count("/4.gif"), others.count("/4.gif")) == (5, 160)
    page = text_of(shown)
    assert "https://news.example/4.gif : размер изображения всего 1 × 1 пикселей; нужно изображение побольше" in page


async def test_reason_that_the_help_repeats_is_said_once(editor: Editor, sqlite_resources: Resources) -> None:
    post_id = (await make_newsroom(sqlite_resources))[PostState.failed]
    async with sqlite_resources.transaction() as session:
        post = await session.get_one(Post, post_id)
        post.state_detail = post.fail_help
        post.fail_help = f"{post.fail_help} TikTok said: no more of this"
    page = text_of(await editor.open(f"/admin/posts/{post_id}"))
    assert page.count("TikTok takes this post for spam.") == 1
    assert "TikTok said: no more of this" in page


async def test_retry_sends_a_failed_post_again(editor: Editor, sqlite_resources: Resources) -> None:
    post_id = (await make_newsroom(sqlite_resources))[PostState.failed]
    answer = await editor.submit(f"/admin/posts/{post_id}/retry", f"/admin/posts/{post_id}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/admin/posts/{post_id}?notice=retried")
    page = text_of(await editor.open(answer.headers["location"]))
    assert "Sent again." in page
    assert "Retried by editor@newsroom.example." in page


async def test_cancel_stops_a_waiting_post(editor: Editor, sqlite_resources: Resources) -> None:
    post_id = (await make_newsroom(sqlite_resources))[PostState.scheduled]
    await editor.submit(f"/admin/posts/{post_id}/cancel", f"/admin/posts/{post_id}")
    assert "Отменено: editor@newsroom.example." in text_of(await editor.open(f"/admin/posts/{post_id}?lang=ru"))


async def test_move_that_came_too_late_is_explained(editor: Editor, sqlite_resources: Resources) -> None:
    post_id = (await make_newsroom(sqlite_resources))[PostState.published]
    answer = await editor.submit(f"/admin/posts/{post_id}/cancel", f"/admin/posts/{post_id}")
    assert answer.status_code == 409
    assert "The post has just moved on. Look at it again." in text_of(answer.text)
    assert f'href="/admin/posts/{post_id}?lang=ru"' in answer.text


async def test_person_says_that_the_post_is_there(editor: Editor, sqlite_resources: Resources) -> None:
    post_id = (await make_newsroom(sqlite_resources))[PostState.unconfirmed]
    link = "https://www.tiktok.com/@aimaq/photo/7400000000000000009"
    form = {"verdict": "posted", "url": f" {link} "}
    answer = await editor.submit(f"/admin/posts/{post_id}/resolve", f"/admin/posts/{post_id}", **form)
    assert answer.status_code == 303
    page = await editor.open(f"/admin/posts/{post_id}")
    assert "Published" in text_of(page)
    assert link in page


@pytest.mark.parametrize("url", ["javascript:alert(1)", "not a link"])
async def test_link_that_is_none_is_refused(editor: Editor, sqlite_resources: Resources, url: str) -> None:
    post_id = (await make_newsroom(sqlite_resources))[PostState.unconfirmed]
    form = {"verdict": "posted", "url": url}
    answer = await editor.submit(f"/admin/posts/{post_id}/resolve", f"/admin/posts/{post_id}", **form)
    assert answer.status_code == 422
    assert "That is not a link" in text_of(answer.text)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://www.tiktok.com/@other/photo/7400000000000000009", "Бұл @other жазбасы"),
        ("https://vm.tiktok.com/ZMabc123/", "Қысқа сілтемеден"),
        ("https://news.example/@aimaq/photo/7400000000000000009", "Бұл TikTok мекенжайы емес"),
    ],
)
async def test_link_of_another_place_changes_nothing(
    editor: Editor, sqlite_resources: Resources, url: str, said: str
) -> None:
    post_id = (await make_newsroom(sqlite_resources))[PostState.unconfirmed]
    form = {"verdict": "posted", "url": url}
    answer = await editor.submit(f"/admin/posts/{post_id}/resolve?lang=kk", f"/admin/posts/{post_id}", **form)
    assert answer.status_code == 422
    assert said in text_of(answer.text)
    assert "Unclear" in text_of(await editor.open(f"/admin/posts/{post_id}?lang=en"))


async def test_first_picture_of_an_old_post_stays_small(editor: Editor, sqlite_resources: Resources) -> None:
    post_id = (await make_newsroom(sqlite_resources))[PostState.published]
    async with sqlite_resources.transaction() as session:
        await retire_media(session, post_id, utcnow() - timedelta(seconds=1))
    await sweep_media(sqlite_resources)
    pictures = f"/admin/posts/{post_id}/pictures"
    small = await editor.client.get(f"{pictures}/1/small")
    assert (small.status_code, small.headers["content-type"]) == (200, "image/jpeg")
    assert Image.open(BytesIO(small.content)).size == SIZE
    assert [(await editor.client.get(f"{pictures}/{rest}")).status_code for rest in ("1", "2/small")] == [404, 404]
    folder = lasting_dir(sqlite_resources)
    newer = f"f{post_id[1:]}"
    assert keep_lasting(folder, [(newer, sqlite_resources.media_dir / "aa/0.jpg"), ("no-file", folder / "0.jpg")]) == 1
    assert prune_lasting(folder, most=1) == 1
    assert (lasting_file(folder, newer).exists(), lasting_file(folder, post_id).exists()) == (True, False)


async def test_live_part_is_sent_only_when_something_changed(editor: Editor, sqlite_resources: Resources) -> None:
    post_id = (await make_newsroom(sqlite_resources))[PostState.scheduled]
    live = _live_address(await editor.open(f"/admin/posts/{post_id}"))
    assert (await editor.client.get(live)).status_code == 204
    async with sqlite_resources.transaction() as session:
        session.add(PostEvent(post_id=post_id, from_state=None, to_state="scheduled", **event_sentence(timeline.DUE)))
    answer = await editor.client.get(live)
    assert "HX-Retarget" not in answer.headers
    assert 'id="story" hx-swap-oob="true"' in answer.text
    await editor.submit(f"/admin/posts/{post_id}/cancel", f"/admin/posts/{post_id}")
    answer = await editor.client.get(live)
    assert answer.headers["HX-Retarget"] == "#post-grid"
    assert "Cancelled" in answer.text
    assert "every 3s" not in answer.text
    assert f"/admin/posts/{post_id}/cancel" not in answer.text


async def test_who_waits_for_the_post_sees_pictures_and_form_come(editor: Editor, sqlite_resources: Resources) -> None:
    ids = await make_newsroom(sqlite_resources)
    post_id = ids[PostState.queued]
    page = await editor.open(f"/admin/posts/{post_id}")
    assert "then the post waits for approval" in page
    await _move(sqlite_resources, post_id, PostState.awaiting_approval)
    part = await editor.open(_live_address(page))
    assert f'action="/admin/posts/{post_id}/approve"' in part
    assert f"/admin/posts/{post_id}/pictures/1" in part
    await _move(sqlite_resources, post_id, PostState.published)
    part = await editor.open(_live_address(part))
    assert 'id="boost-panel"' in part
    assert "The post is not out" not in part


def _live_address(page: str) -> str:
    live = re.search(r'hx-get="(/admin/posts/[0-9a-f-]+/live\?seen=\w+&amp;was=\w+)" hx-trigger="every 3s"', page)
    assert live
    return unescape(live[1])


async def _move(resources: Resources, post_id: str, state: PostState) -> None:
    ended = utcnow() if state in FINAL_STATES else None
    async with resources.transaction() as session:
        await session.exec(update(Post).where(col(Post.id) == post_id).values(state=state, finalized_at=ended))


async def test_final_post_is_not_asked_about(editor: Editor, sqlite_resources: Resources) -> None:
    ids = await make_newsroom(sqlite_resources)
    for state in (PostState.published, PostState.failed, PostState.cancelled):
        assert "every 3s" not in await editor.open(f"/admin/posts/{ids[state]}")


def _listed(page: str) -> list[str]:
    return re.findall(r'class="post-title" href="/admin/posts/([0-9a-f-]+)"', page)


async def test_post_is_sent_back_with_a_comment_that_stays(editor: Editor, sqlite_resources: Resources) -> None:
    ids = await make_newsroom(sqlite_resources)
    path = f"/admin/posts/{ids[PostState.awaiting_approval]}"
    refused = await editor.submit(f"{path}/reject", path, comment="  ")
    assert (refused.status_code, "Say in at most 2,000 characters" in text_of(refused.text)) == (422, True)
    answer = await editor.submit(f"{path}/reject", path, comment="Тақырыпты қысқартыңыз <b>")
    assert answer.headers["location"] == f"{path}?notice=rejected"
    page = await editor.open(path)
    assert "Тақырыпты қысқартыңыз &lt;b&gt;" in page
    assert f'action="{path}/reject"' not in page
