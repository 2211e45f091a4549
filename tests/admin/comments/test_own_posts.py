"""Comments under the newsroom's own posts, on the page of the inbox, and how many are unread, in the menu."""

import sqlalchemy as sa

from app.comments.models import CommentFeed, CommentSource
from app.messages import comments as said
from app.messages.message import keep_whole
from tests.admin.comments.desk import HOME, InboxDesk, shown_texts
from tests.admin.support import text_of
from tests.ads.desk import control
from tests.comments.own_posts import link_business


async def test_the_page_tells_own_posts_from_ads_and_is_narrowed_by_place_and_language(desk: InboxDesk):
    await desk.connect()
    account = await link_business(desk.app, desk.tiktok)
    ad = await desk.make_ad()
    await desk.say(ad, "Where is the bridge?", seconds_ago=120)
    wish = {"open_id": account.open_id, "caption": "Көпір <b>", "seconds_ago": 3_600}
    item_id = (await control(desk.tiktok, "posts", **wish)).json()["item_id"]
    await control(desk.tiktok, "organic-comments", item_id=item_id, text="Когда откроют?", silent=True)
    await desk.sync()
    page = await desk.html()
    assert shown_texts(page) == ["Когда откроют?", "Where is the bridge?"]
    assert "<b>" not in page
    assert "Own post: Көпір <b>" in text_of(page)
    for query, texts in (
        ("source=organic", ["Когда откроют?"]), ("source=ad", ["Where is the bridge?"]),
        ("language=ru", ["Когда откроют?"]), ("language=kk", []), (f"account_id={account.id}", ["Когда откроют?"]),
        (f"item_id={item_id}", ["Когда откроют?"]), ("source=nonsense&language=nonsense", shown_texts(page)),
    ):  # fmt: skip
        assert shown_texts(await desk.html(f"{HOME}?{query}")) == texts, query
    row = await desk.row("Когда откроют?")
    here = f"{HOME}?source=organic&comment={row.id}"
    one = await desk.html(here)
    assert "Under your own post" in text_of(one)
    assert 'data-limit="1200"' in one
    pinned = await desk.send("/social/act", here, query=here, ids=row.id, action="pin")
    assert "Pinned: 1 comment" in text_of(pinned.text)
    assert 'value="unpin"' in await desk.html(here)
    answered = await desk.send(f"/social/comments/{row.id}/reply", here, query=here, text="Ертең.")
    assert answered.status_code == 303
    assert "Ертең." in await desk.text(here)


async def menu_of(desk: InboxDesk) -> str:
    """The menu of a page that a browser asks for: parts and pictures have none."""
    page = text_of(await desk.editor.open("/admin/help", 200, {"Accept": "text/html"}))
    return page[: page.index("The manual")]


async def test_the_menu_counts_what_is_unread(desk: InboxDesk):
    assert "unread" not in await menu_of(desk)
    await desk.connect()
    ad = await desk.make_ad()
    for number in range(3):
        await desk.say(ad, f"comment {number}")
    await desk.sync()
    assert "Comments 3 unread" in await menu_of(desk)
    row = await desk.row("comment 1")
    await desk.send("/social/act", HOME, ids=row.id, action="done", query=HOME)
    assert "Comments 2 unread" in await menu_of(desk)


async def test_with_a_business_account_alone_nobody_is_asked_for_an_advertiser(desk: InboxDesk):
    await link_business(desk.app, desk.tiktok)
    await desk.sync()
    page = await desk.text()
    assert "First, connect TikTok" not in page
    assert "Nobody has commented yet" in page
    async with desk.app.transaction() as session:
        # That of an account which is there no more is nobody's trouble.
        session.add(CommentFeed(mode="real", source=CommentSource.organic, owner_id="left"))
        await session.flush()
        await session.exec(sa.update(CommentFeed).values(trouble=keep_whole(said.NOT_GRANTED)))
    shown = await desk.text()
    assert "The comments of this account cannot be read: Daily Bulletin" in shown
    assert shown.count("cannot be read:") == 1


async def make_post(desk: InboxDesk, caption: str) -> str:
    account = await link_business(desk.app, desk.tiktok)
    wish = {"open_id": account.open_id, "caption": caption, "seconds_ago": 3_600}
    return str((await control(desk.tiktok, "posts", **wish)).json()["item_id"])


async def test_first_steps_are_over_without_an_advertiser_once_a_comment_under_an_own_post_is_answered(
    desk: InboxDesk,
):
    item_id = await make_post(desk, "Көпір")
    await desk.sync()
    first = await desk.html()
    assert "setup-card" in first
    assert "Connect a TikTok business account – done" in text_of(first)
    assert "Check if comments under your posts are loaded – still to do" in text_of(first)
    assert "Select your advertiser account" not in text_of(first)
    await control(desk.tiktok, "organic-comments", item_id=item_id, text="When?", silent=True)
    await desk.sync()
    assert 'setup-card" open' in await desk.html()
    row = await desk.row("When?")
    here = f"{HOME}?comment={row.id}"
    await desk.send(f"/social/comments/{row.id}/reply", here, query=here, text="Tomorrow.")
    page = await desk.html()
    assert 'setup-card" open' not in page
    assert "Comments under ads come here too" in text_of(page)


async def test_a_comment_of_ones_own_is_written_on_the_page_of_own_posts(desk: InboxDesk):
    item_id = await make_post(desk, "Көпір <b>")
    assert "There are no posts yet" in await desk.text("/social/posts")
    await desk.sync()
    page = await desk.html("/social/posts")
    assert "<b>" not in page
    assert "Көпір <b>" in text_of(page)
    send = f"/social/posts/{item_id}/comment"
    empty = await desk.send(send, "/social/posts", text=" ")
    assert (empty.status_code, "Write an answer" in text_of(empty.text)) == (422, True)
    for word in ("written", "was_there"):
        written = await desk.send(send, "/social/posts", text="Ask us here.")
        assert written.headers["location"] == f"/social/posts?item_id={item_id}&notice=comment_{word}"
    await desk.tiktok.fail_next("business/comment/create/", phase="before", cut=True)
    lost = await desk.send(send, "/social/posts", text="Is it there?")
    assert lost.status_code == 409
    assert "we do not know yet whether this was said" in text_of(lost.text)
    assert 'name="again"' in lost.text
    assert "Not known yet" in await desk.text("/social/posts")
    row = await desk.row("Ask us here.")
    one = await desk.text(f"{HOME}?state=all&item_id={item_id}&comment={row.id}")
    assert "Ours" in one
    assert "Write a comment of your own" in one
    deleted = await desk.send("/social/act", f"{HOME}?state=all", ids=row.id, action="delete", query=HOME)
    assert "Deleted: 1 comment" in text_of(deleted.text)


async def test_a_picture_is_called_a_picture(desk: InboxDesk):
    item_id = await make_post(desk, "Көпір")
    await control(desk.tiktok, "organic-comments", item_id=item_id, silent=True)
    await desk.sync()
    assert "A picture without words" in await desk.text()
    row = await desk.row("")
    one = await desk.html(f"{HOME}?comment={row.id}")
    assert "look at it under the post. at TikTok" in text_of(one)
    # A reader's browser is sent nowhere that a reader has chosen.
    assert row.image_url not in one
