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
