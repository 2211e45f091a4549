"""Comments of the newsroom's own under its posts: written once, found when lost; and what readers answer to them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.accounts.models import Account
from app.ads import commands
from app.comments.commands import (
    answer_comment,
    change_comments,
    export_comments,
    show_comments,
    show_posts,
    write_comment,
)
from app.comments.models import CommentFeed, CommentSource, CommentSweep
from app.comments.sync import run
from app.comments.sync.feeds import EVERY
from app.comments.sync.pace import read_pace
from app.comments.sync.under_posts import PostVisit
from app.kit.clock import utcnow
from app.tiktok_business import sending
from app.tiktok_business.errors import NoPlace
from tests.ads.conftest import TikTok
from tests.ads.desk import OPERATOR, records
from tests.comments.own_posts import OwnPosts, open_own_posts

CREATE, LIST = "business/comment/create/", "business/comment/list/"


@pytest.mark.both_databases
async def test_a_comment_of_our_own_is_written_once_however_often_and_a_lost_one_is_found(posts: OwnPosts):
    inbox = posts.inbox
    item_id = await posts.make_post("Көпір")
    await posts.say(item_id, "first", seconds_ago=60)
    await inbox.sync()
    path = f"posts/{item_id}/comment"
    await inbox.tiktok.fail_next(CREATE, phase="after", cut=True)
    lost = await inbox.post(path, text="Толығырақ сайтта.")
    assert (lost.status_code, lost.json()["state"], lost.json()["replayed"]) == (201, "done", False)
    again = await inbox.post(path, text=" Толығырақ  сайтта. ")
    assert (again.json()["replayed"], again.json()["comment_id"]) == (True, lost.json()["comment_id"])
    assert await inbox.count(CREATE) == 1
    assert (await inbox.post(path, text="Толығырақ сайтта.", again=True)).json()["replayed"] is False
    await inbox.sync()
    [second, first, reader] = (await inbox.get(state="unread,open,done"))["items"]
    assert {(one["text"], one["is_own"], one["state"]) for one in (first, second)} == {
        ("Толығырақ сайтта.", True, "done")
    }
    assert reader["is_own"] is False
    assert len(await posts.there(item_id)) == 3
    written = [row for row in await records(inbox.app) if row.operation == "comments.comment"]
    assert {row.payload["video_id"] for row in written} == {item_id}
    # What is our own is deleted as answers are.
    assert (await inbox.http.delete(f"/api/comments/{second['id']}")).status_code == 204
    assert len(await posts.there(item_id)) == 2
    # One of the two stands there still; when it is gone too, the same words are meant.
    assert (await inbox.post(path, text="Толығырақ сайтта.")).json()["replayed"] is True
    await inbox.http.delete(f"/api/comments/{first['id']}")
    assert (await inbox.post(path, text="Толығырақ сайтта.")).json()["replayed"] is False
    assert [one["text"] for one in await posts.there(item_id)] == ["first", "Толығырақ сайтта."]


async def test_a_comment_that_nobody_knows_of_is_listed_as_such_and_looked_for_by_the_clock(posts_on_one: OwnPosts):
    posts, inbox = posts_on_one, posts_on_one.inbox
    item_id = await posts.make_post()
    await inbox.sync()
    await inbox.tiktok.fail_next(CREATE, phase="before", cut=True)
    unknown = await inbox.post(f"posts/{item_id}/comment", text="Is it there?")
    assert (unknown.status_code, unknown.json()["code"]) == (409, "outcome_unknown")
    [shown] = (await inbox.get("/posts"))["items"]
    assert [(one["text"], one["state"]) for one in shown["pending"]] == [("Is it there?", "unknown")]
    await inbox.run("comments.settle_replies")
    assert [one.state.value for one in await inbox.own_comments()] == ["unknown"]
    await inbox.post(f"posts/{item_id}/comment", text="It is there.")
    await inbox.lose_sender()
    async with inbox.app.transaction() as session:
        await session.exec(sa.text("UPDATE own_comments SET looked_at = NULL"))  # type: ignore[call-overload]
    await inbox.run("comments.settle_replies")
    states = {one.text: (one.state.value, one.comment_id is not None) for one in await inbox.own_comments()}
    assert states == {"Is it there?": ("unknown", False), "It is there.": ("done", True)}
    assert await inbox.count(CREATE) == 2


async def test_nothing_is_sent_where_it_cannot_be_and_the_reason_is_said(posts_on_one: OwnPosts):
    posts, inbox = posts_on_one, posts_on_one.inbox
    item_id = await posts.make_post()
    await inbox.sync()
    path = f"posts/{item_id}/comment"
    assert (await inbox.post("posts/7499999999999999999/comment", text="x")).json()["code"] == "own_post_not_found"
    for text in ("", "а" * 1201):
        assert (await inbox.post(path, text=text)).status_code == 422
    async with inbox.app.transaction() as session:
        await session.exec(sa.text("UPDATE comment_posts SET is_gone = true"))  # type: ignore[call-overload]
    assert (await inbox.post(path, text="x")).json()["code"] == "post_gone"
    for change, why in ((["comment.list"], "not_granted"), ([], "not_granted")):
        async with inbox.app.transaction() as session:
            await session.exec(sa.update(Account).values(scopes=change))
        assert (await inbox.post(path, text="x")).json()["code"] == why
    assert await inbox.count(CREATE) == 0


async def test_what_a_reader_answers_to_our_own_comment_waits_and_can_be_answered(posts: OwnPosts):
    inbox = posts.inbox
    item_id = await posts.make_post()
    await inbox.sync()
    ours = (await inbox.post(f"posts/{item_id}/comment", text="Ask us here.")).json()["comment_id"]
    await inbox.sync()
    assert await inbox.texts(state="unread,open") == []
    # Of two within one second the reader's counts as the later.
    await posts.say(item_id, "When?", answers=ours, seconds_ago=2)
    await inbox.sync()
    [one] = (await inbox.get(state="unread"))["items"]
    assert (one["comment_id"], one["is_own"], one["can_reply"]) == (ours, True, True)
    assert (await inbox.post(f"{one['id']}/reply", text="Tomorrow.")).status_code == 201
    shown = await inbox.get(f"/{one['id']}")
    assert ([each["text"] for each in shown["thread"]], shown["state"]) == (["When?", "Tomorrow."], "done")


async def test_a_comment_of_a_picture_tells_where_tiktok_has_the_picture(posts_on_one: OwnPosts, capsys):
    posts, inbox = posts_on_one, posts_on_one.inbox
    await posts.say(await posts.make_post(), None)
    await inbox.sync()
    [one] = (await inbox.get())["items"]
    assert (one["text"], one["can_reply"]) == ("", True)
    assert one["image_url"].startswith("http")
    capsys.readouterr()
    await commands.run(inbox.app, partial(show_comments, filters={}, limit=5, is_fresh=False, as_json=False))
    assert "(a picture)" in capsys.readouterr().out


async def test_an_event_that_comes_during_a_whole_reading_is_seen_at_the_next_tick(
    posts: OwnPosts, monkeypatch: pytest.MonkeyPatch
):
    inbox = posts.inbox
    item_id = await posts.make_post()
    old = await posts.say(item_id, "old", seconds_ago=2 * 86_400)
    await posts.say(item_id, "newer", seconds_ago=3_600)
    await inbox.sync()
    read = PostVisit.read_down

    async def read_and_be_told(self: PostVisit, *args: object, **options: object):
        newest = await read(self, *args, **options)  # type: ignore[arg-type]
        monkeypatch.undo()
        await posts.say(item_id, "an answer to what was read already", answers=old, silent=False)
        await inbox.tiktok.fail_next("business/comment/list/", code=40002, message="out of order")
        await posts.deliver()
        return newest

    monkeypatch.setattr(PostVisit, "read_down", read_and_be_told)
    await inbox.sync(whole_at=None)
    assert {event.outcome for event in await posts.events()} == {"read_later"}
    async with inbox.app.read() as session:
        [feed] = (await session.exec(select(CommentFeed))).all()
        [sweep] = (await session.exec(select(CommentSweep))).all()
    assert feed.next_at <= utcnow()
    assert sweep.next_at <= utcnow()
    await inbox.run("comments.sync", feed.id)
    [thread] = [one["thread"] for one in (await inbox.get())["items"] if one["comment_id"] == old]
    assert [each["text"] for each in thread] == ["an answer to what was read already"]


async def test_many_lively_posts_are_read_more_rarely_and_half_of_the_calls_are_left_to_others(
    tmp_path: Path, sqlite_url: str, tiktok: TikTok
):
    async with open_own_posts(tmp_path, sqlite_url, tiktok, business_tier="basic") as posts:
        inbox = posts.inbox
        for days in (0.1, 60):
            await posts.make_post(days=days)
        await inbox.sync()
        assert (await read_pace(inbox.app)).listing == EVERY
        assert (await read_pace(inbox.app)).wait_of(timedelta(days=2)) == timedelta(0)
        async with inbox.app.transaction() as session:
            [feed] = (await session.exec(select(CommentFeed))).all()
            later = utcnow() + timedelta(days=1)
            rows = [
                CommentSweep(feed_id=feed.id, place_id=f"{number}", begins_on=utcnow(), next_at=later)
                for number in range(1199)
            ]
            session.add_all(rows)
        pace = await read_pace(inbox.app)
        waits = [pace.wait_of(timedelta(hours=hours)).total_seconds() for hours in (1, 12, 48)]
        assert waits == pytest.approx([240, 480, 960], abs=1)
        # Sixty pages, and one more of the account, in a tenth of the minute's calls.
        assert pace.listing == EVERY
        await inbox.sync()
        async with inbox.app.read() as session:
            read = select(CommentSweep).where(col(CommentSweep.whole_at).is_not(None))
            pauses = [one.next_at - utcnow() for one in (await session.exec(read)).all()]
        assert sorted(pause > timedelta(minutes=5) for pause in pauses) == [False, True]
        assert min(pauses) > timedelta(minutes=3)


async def test_whoever_got_no_turn_in_our_own_line_is_in_no_trouble_and_goes_on_soon(
    posts_on_one: OwnPosts, monkeypatch: pytest.MonkeyPatch
):
    inbox = posts_on_one.inbox
    await inbox.sync()

    for seconds, is_trouble in ((12.0, False), (300.0, True)):
        no_place = AsyncMock(side_effect=NoPlace("business/comment/list/", seconds))
        monkeypatch.setitem(run.SWEEPS, CommentSource.organic, no_place)
        await inbox.sync()
        [feed] = (await inbox.get("/feeds"))["items"]
        assert (feed["trouble"] is not None) is is_trouble


async def test_a_second_that_was_too_full_leaves_no_account_alone_for_minutes(posts_on_one: OwnPosts):
    inbox = posts_on_one.inbox
    item_id = await posts_on_one.make_post()
    await posts_on_one.say(item_id, "Read soon", seconds_ago=60)
    await inbox.tiktok.fail_next(LIST, times=sending.MOST_TRIES, code=40100, message="QPS limit reached.")
    await inbox.sync()
    assert await inbox.texts() == []
    async with inbox.app.read() as session:
        [feed] = (await session.exec(select(CommentFeed).where(CommentFeed.source == CommentSource.organic))).all()
    assert (feed.trouble, feed.next_at <= utcnow()) == (None, True)
    await inbox.run("comments.sync", feed.id)
    assert await inbox.texts() == ["Read soon"]


async def test_the_command_line_knows_own_posts_as_well_as_ads(tmp_path: Path, sqlite_url: str, tiktok: TikTok, capsys):
    async with open_own_posts(tmp_path, sqlite_url, tiktok, OPERATOR) as posts:
        inbox = posts.inbox
        [ad] = await inbox.make_ads(1)
        await inbox.say(ad, "Under the ad", seconds_ago=60)
        item_id = await posts.make_post("Көпір")
        asked = await posts.say(item_id, "Under the post", seconds_ago=30)

        async def told(work: Callable[..., Awaitable[None]], *args: Any, code: int = 0, **options: Any) -> str:
            capsys.readouterr()
            assert await commands.run(inbox.app, lambda app: work(app, *args, **options)) == code
            return str(capsys.readouterr().out)

        shown = partial(told, show_comments, limit=9, is_fresh=False, as_json=False)
        both = await told(show_comments, {}, 9, is_fresh=True, as_json=False)
        assert "Under the ad" in both
        assert "Under the post" in both
        for filters in ({"account": "daily.bulletin"}, {"source": "organic"}, {"item_id": item_id}):
            listed = await shown(filters)
            assert "Under the post" in listed
            assert "Under the ad" not in listed
        assert "Under the post" not in await shown({"source": "ad"})
        await shown({"account": "nobody"}, code=2)
        assert "Көпір" in await told(show_posts, "", 9, as_json=False)
        assert "HIDDEN" in await told(change_comments, (asked,), "hide", as_json=False)
        assert "PUBLIC" in await told(change_comments, (asked,), "show", as_json=False)
        await told(answer_comment, asked, "Yes.", again=False, as_json=False)
        assert "done" in await told(write_comment, item_id, "Ask us.", again=False, as_json=False)
        await told(write_comment, "404", "Ask us.", again=False, as_json=False, code=1)
        await inbox.tiktok.fail_next(CREATE, phase="before", cut=True)
        await told(write_comment, item_id, "Lost.", again=False, as_json=False, code=3)
        [own] = [one["comment_id"] for one in (await inbox.get(state="done"))["items"] if one["is_own"]]
        assert "yes" in await told(change_comments, (own,), "delete", as_json=False)
        await told(change_comments, (asked,), "delete", as_json=False, code=1)
        file = tmp_path / "comments.csv"
        await told(export_comments, {"source": "organic", "state": "done"}, str(file))
        [_, line] = file.read_text().splitlines()
        assert "Under the post" in line
