"""What is told, to whom, in which order: from the transaction that makes the news to the receiver's door."""

from contextlib import suppress

import pytest
import sqlalchemy as sa
from sqlmodel import col

from app.accounts.models import AccountState
from app.accounts.tokens.reconnect import mark_reconnect
from app.kit.clock import rfc3339, utcnow
from app.messages import publishing, timeline
from app.messages.message import Message
from app.notifications.retries import TRIED_FOR, next_attempt
from app.notifications.wording import page_of
from app.outbox.emit import emit
from app.outbox.models import EventType
from app.posts.models import Post, PostState
from app.posts.news import announce
from app.posts.plan.moves import TAKE_DOWN_WITHIN
from app.posts.transitions import advance
from tests.notifications.support import Desk, verified

S = PostState


async def test_what_happens_to_a_post_is_told_signed_with_its_facts(desk: Desk):
    _, secret = await desk.listen(language="kk")
    post = await desk.post(share_url="https://www.tiktok.com/@aimaq/photo/7512345678901234567")
    await desk.move(post, S.published, post_ids=["7512345678901234567"])
    await desk.tell()
    (heard,) = desk.receiver.heard
    told = verified(heard, secret)
    assert told["type"] == "post.published"
    data = told["data"]
    assert (data["post_id"], data["title"], data["state"]) == (post.id, "Жаңа мектеп ашылды", "published")
    assert data["post_ids"] == ["7512345678901234567"]
    assert data["url"] == f"{desk.app.settings.public_url}/admin/posts/{post.id}"
    assert data["message"] != str(publishing.PUBLISHED)
    assert data["message_code"] == publishing.PUBLISHED.code
    assert (await desk.messages())[0].tries[0]["text"] == "thanks"


@pytest.mark.parametrize(
    ("states", "event"),
    [
        ((S.publishing, S.failed), "post.failed"),
        ((S.publishing, S.unconfirmed), "post.unconfirmed"),
        ((S.queued, S.awaiting_approval), "post.waiting_for_approval"),
    ],
)
async def test_each_state_that_needs_somebody_is_told(sqlite_desk: Desk, states: tuple[S, S], event: str):
    await sqlite_desk.listen()
    post = await sqlite_desk.post(state=states[0])
    await sqlite_desk.move(post, states[1])
    await sqlite_desk.tell()
    assert [told["type"] for told in sqlite_desk.receiver.documents] == [event]


async def test_nothing_is_written_where_nobody_listens_and_nothing_is_told_that_was_rolled_back(desk: Desk):
    await desk.listen(events=["post.failed"])
    await desk.listen(enabled=False)
    await desk.move(await desk.post(), S.published)
    assert await desk.events() == []
    post = await desk.post()
    with suppress(RuntimeError):
        async with desk.app.transaction() as session:
            assert await advance(session, post.id, expected=S.publishing, to=S.failed, why=publishing.NO_VERDICT)
            raise RuntimeError
    assert await desk.events() == []


async def test_an_account_is_told_of_where_it_is_asked_for(desk: Desk):
    mine = await desk.post()
    other = await desk.post()
    await desk.listen(accounts=[mine.account_id])
    await desk.move(other, S.failed)
    await desk.move(mine, S.failed)
    async with desk.app.transaction() as session:
        assert await mark_reconnect(session, mine.account_id, "access_token_invalid")
        assert not await mark_reconnect(session, mine.account_id, "access_token_invalid")
    await desk.tell()
    told = {(one["type"], one["data"]["account_id"]) for one in desk.receiver.documents}
    assert told == {("post.failed", mine.account_id), ("account.reconnect", mine.account_id)}


async def test_a_flood_of_one_kind_becomes_one_message_a_minute(desk: Desk):
    _, secret = await desk.listen(language="ru")
    posts = [await desk.post() for _ in range(5)]
    await desk.move(posts[0], S.failed)
    await desk.tell()
    for post in posts[1:]:
        await desk.move(post, S.failed)
        await desk.tell()
    assert len(desk.receiver.heard) == 1
    await desk.let_pass(seconds=61)
    await desk.tell()
    first, digest = (verified(heard, secret) for heard in desk.receiver.heard)
    assert first["data"]["post_id"] == posts[0].id
    assert digest["data"]["count"] == 4
    assert [item["post_id"] for item in digest["data"]["items"]] == [post.id for post in posts[1:]]
    assert "ещё 3" in digest["data"]["summary"]


async def test_a_program_may_have_each_event_alone(sqlite_desk: Desk):
    await sqlite_desk.listen(digest=False)
    for _ in range(3):
        await sqlite_desk.move(await sqlite_desk.post(), S.failed)
    await sqlite_desk.tell()
    assert len(sqlite_desk.receiver.heard) == 3


async def test_what_happens_to_one_post_is_told_in_its_order(desk: Desk):
    await desk.listen()
    early, late = await desk.post(), await desk.post()
    await desk.move(early, S.published)
    await desk.tell()
    # Its publication waits for the minute to be over; so does what happened to it afterwards, and nothing else.
    await desk.move(late, S.published)
    async with desk.app.transaction() as session:
        await emit(session, EventType.post_link_known, subject=f"post:{late.id}", data={"post_id": late.id})
    await desk.move(await desk.post(), S.unconfirmed)
    await desk.tell()
    assert [told["type"] for told in desk.receiver.documents] == ["post.published", "post.unconfirmed"]
    await desk.let_pass(seconds=61)
    await desk.tell()
    assert [told["type"] for told in desk.receiver.documents][2:] == ["post.published", "post.link_known"]


async def test_an_open_digest_takes_nothing_that_a_later_message_must_precede(sqlite_desk: Desk):
    """A link is never told before the publication, although a digest of links stood open first."""
    await sqlite_desk.listen()
    posts = [await sqlite_desk.post() for _ in range(3)]
    for post in posts[:2]:
        async with sqlite_desk.app.transaction() as session:
            await emit(session, EventType.post_link_known, subject=f"post:{post.id}", data={"post_id": post.id})
        await sqlite_desk.tell()
    sqlite_desk.receiver.answers = [(503, b"")]
    await sqlite_desk.move(posts[2], S.published)
    await sqlite_desk.tell()
    async with sqlite_desk.app.transaction() as session:
        await emit(session, EventType.post_link_known, subject=f"post:{posts[2].id}", data={"post_id": posts[2].id})
    sqlite_desk.receiver.answers = [(200, b"")]
    for _ in range(3):
        await sqlite_desk.tell()
        await sqlite_desk.let_pass(seconds=61)
    told = [(one["type"], one["data"].get("post_id")) for one in sqlite_desk.receiver.documents]
    assert told.index(("post.published", posts[2].id)) < told.index(("post.link_known", posts[2].id))


@pytest.mark.both_databases
async def test_a_post_that_waits_too_long_is_told_to_the_next_person(desk: Desk):
    await desk.listen(name="first", events=["post.waiting_for_approval"])
    await desk.listen(name="next", url=f"{desk.receiver.url}/next", approval_after_minutes=30)
    waits, approved = await desk.post(state=S.queued), await desk.post(state=S.queued)
    await desk.move(waits, S.awaiting_approval)
    await desk.move(approved, S.awaiting_approval, S.queued)
    await desk.tell()
    assert {heard.path for heard in desk.receiver.heard} == {"/hook"}
    await desk.let_pass(minutes=31)
    await desk.tell()
    (late,) = [heard for heard in desk.receiver.heard if heard.path == "/next"]
    assert (late.document["data"]["post_id"], late.document["data"]["escalated"]) == (waits.id, True)
    await desk.let_pass(minutes=31)
    await desk.tell()
    assert len([heard for heard in desk.receiver.heard if heard.path == "/next"]) == 1


async def test_a_withdrawn_article_s_post_that_nobody_deleted_is_told_of_again(desk: Desk):
    await desk.listen(events=["article.withdrawn_but_posted"], language="ru")
    kept, seen = await desk.post(state=S.published), await desk.post(state=S.published)
    by = utcnow() + TAKE_DOWN_WITHIN
    why = timeline.delete_by(time=by)
    for post in (kept, seen):
        async with desk.app.transaction() as session:
            await session.exec(sa.update(Post).where(col(Post.id) == post.id).values(take_down_by=by))
            await announce(session, post.id, EventType.article_withdrawn, why, more={"delete_by": rfc3339(by)})
    await desk.tell()
    async with desk.app.transaction() as session:
        await session.exec(sa.update(Post).where(col(Post.id) == seen.id).values(take_down_by=None))
    for _ in range(2):
        await desk.let_pass(minutes=61)
        await desk.tell()
    facts = [fact for one in desk.receiver.documents for fact in one["data"].get("items", [one["data"]])]
    told = [(one["post_id"], one["escalated"], one["delete_by"]) for one in facts]
    assert sorted(told[:2]) == sorted([(kept.id, False, rfc3339(by)), (seen.id, False, rfc3339(by))])
    assert told[2:] == [(kept.id, True, rfc3339(by))]


async def test_a_failure_is_told_with_cause_and_cure(sqlite_desk: Desk):
    await sqlite_desk.listen(language="ru")
    cure = Message("Words of nobody's.")
    await sqlite_desk.move(await sqlite_desk.post(), S.failed, fail_reason="spam_risk", fail_help=cure)
    await sqlite_desk.tell()
    data = sqlite_desk.receiver.documents[0]["data"]
    assert (data["message"], data["message_code"]) == ("Words of nobody's.", None)


def test_a_day_is_used_up_and_no_more():
    began = now = utcnow()
    tries = 1
    while now - began < TRIED_FOR:
        now = next_attempt(began, tries, now)
        tries += 1
    assert now - began == TRIED_FOR
    assert 10 <= tries <= 20
    assert next_attempt(began, 1, began, wait=3600) - began == TRIED_FOR / 24


def test_states_of_an_account_are_those_that_are_told():
    assert {state.value for state in AccountState} - {"connected"} == {
        event.partition(".")[2] for event in EventType if event.startswith("account.")
    }


@pytest.mark.parametrize(
    ("event", "subject", "path"),
    [
        (EventType.comment_new, "comment:01a2", "/social/?comment=01a2"),
        (EventType.comment_new, "comments:7200000000000000001", "/social/?advertiser_id=7200000000000000001"),
        (EventType.post_failed, "post:01a2", "/admin/posts/01a2"),
        (EventType.post_failed, "of tomorrow:1", "/admin/"),
    ],
)
def test_a_message_leads_to_what_it_tells_of(event: EventType, subject: str, path: str) -> None:
    assert page_of(event, subject) == path
