"""The desk's first page."""

import re
from datetime import timedelta

from sqlmodel import select

from app.accounts.models import AccountState
from app.auth.models import Admin, Role
from app.kit.clock import utcnow
from app.posts.models import PostState
from app.resources import Resources
from tests.admin.support import Editor, make_newsroom, text_of
from tests.builders import make_account, make_article, make_post, make_source


async def test_empty_desk_says_what_to_do_first(editor: Editor, sqlite_resources: Resources) -> None:
    assert "The way to the first post" in text_of(await editor.open("/admin/"))
    async with sqlite_resources.transaction() as session:
        person = (await session.exec(select(Admin))).one()
        person.role = Role.editor
        session.add(person)
    assert "First, connect a TikTok account" in text_of(await editor.open("/admin/"))
    async with sqlite_resources.transaction() as session:
        await make_account(session)
    assert "Now tell your CMS where to send articles" in text_of(await editor.open("/admin/"))
    async with sqlite_resources.transaction() as session:
        await make_source(session)
    page = text_of(await editor.open("/admin/"))
    for words in ("Nothing waits for you.", "Nothing is on its way.", "Nothing has gone out today."):
        assert words in page


async def test_what_needs_a_person_stands_first_with_a_way_to_it(editor: Editor, sqlite_resources: Resources) -> None:
    ids = await make_newsroom(sqlite_resources)
    needs = _part(await editor.open("/admin/"), "needs")
    for state in (PostState.awaiting_approval, PostState.unconfirmed, PostState.failed):
        assert f'href="/admin/posts/{ids[state]}"' in needs, state
        all_of_them = "approvals" if state is PostState.awaiting_approval else f"posts?state={state}"
        assert f'href="/admin/{all_of_them}"' in needs, state
    assert f'href="/admin/posts/{ids[PostState.queued]}"' not in needs


async def test_an_old_failure_is_no_news_and_a_lost_account_is(editor: Editor, sqlite_resources: Resources) -> None:
    async with sqlite_resources.transaction() as session:
        await make_source(session)
        long_ago = utcnow() - timedelta(days=4)
        old = await make_post(session, state=PostState.failed, finalized_at=long_ago, title="Long ago")
        await make_account(session, state=AccountState.reconnect, display_name="Қалалық жаңалықтар")
    needs = _part(await editor.open("/admin/"), "needs")
    assert old.id not in needs
    assert "Must be reconnected" in needs
    assert "Қалалық жаңалықтар" in needs


async def test_what_goes_out_next_stands_in_its_order(editor: Editor, sqlite_resources: Resources) -> None:
    async with sqlite_resources.transaction() as session:
        account, source = await make_account(session), await make_source(session)
        made = {}
        for name, hours in (("later", 5), ("sooner", 2)):
            article = await make_article(session, source_id=source.id)
            made[name] = await make_post(
                session, article_id=article.id, account_id=account.id, state=PostState.scheduled,
                state_reason="daily_cap", scheduled_at=utcnow() + timedelta(hours=hours),
            )  # fmt: skip
        article = await make_article(session, source_id=source.id)
        made["now"] = await make_post(session, article_id=article.id, account_id=account.id, state=PostState.queued)
    ahead = _part(await editor.open("/admin/"), "ahead")
    order = re.findall(r'href="/admin/posts/([0-9a-f-]{36})"', ahead)
    assert order == [made[name].id for name in ("now", "sooner", "later")]
    assert "The account has used up its posts for 24 hours." in text_of(ahead)


async def test_headlines_are_words_and_never_markup(editor: Editor, sqlite_resources: Resources) -> None:
    async with sqlite_resources.transaction() as session:
        await make_post(session, state=PostState.failed, finalized_at=utcnow(), title="<img src=x onerror=alert(1)>")
    page = await editor.open("/admin/")
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


async def test_desk_is_sent_anew_only_when_something_has_changed(editor: Editor, sqlite_resources: Resources) -> None:
    await make_newsroom(sqlite_resources)
    seen = re.search(r"overview/live\?seen=([0-9a-f]+)", await editor.open("/admin/"))
    assert seen is not None
    address = f"/admin/overview/live?seen={seen[1]}"
    assert (await editor.client.get(address)).status_code == 204
    async with sqlite_resources.transaction() as session:
        post = await make_post(session, state=PostState.unconfirmed)
    assert post.id in await editor.open(address)


async def test_figures_can_be_asked_for_by_api(editor: Editor, sqlite_resources: Resources) -> None:
    async with sqlite_resources.transaction() as session:
        await make_post(session, state=PostState.published, finalized_at=utcnow())
    await editor.log_in()
    answer = await editor.client.get("/api/stats", params={"timezone": "Asia/Almaty"})
    days = answer.json()["days"]
    assert (len(days), days[-1]["published"], answer.json()["timezone"]) == (14, 1, "Asia/Almaty")
    for query in ({"timezone": "../../etc/passwd"}, {"from": "0001-01-01"}, {"to": "9999-12-31", "from": "9999-12-31"}):
        refused = await editor.client.get("/api/stats", params=query)
        assert (refused.status_code, refused.json()["code"][:8]) == (422, "invalid_"), query


def _part(page: str, name: str) -> str:
    found = re.search(rf'aria-labelledby="{name}-heading".*?</section>', page, re.DOTALL)
    assert found, name
    return found[0]
