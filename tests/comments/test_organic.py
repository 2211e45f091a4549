"""Comments under a business account's own posts: in the same inbox, by asking and by TikTok's events."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.accounts.connect.disconnect import disconnect_account
from app.accounts.models import Account
from app.comments.models import CommentFeed
from app.comments.sync import business_account, due_places
from app.kit.clock import utcnow
from tests.ads.conftest import TikTok
from tests.ads.desk import OPERATOR, control, records
from tests.comments.inbox import open_inbox
from tests.comments.own_posts import OwnPosts, open_own_posts


async def test_comments_of_ads_and_of_own_posts_stand_in_one_inbox_and_each_says_where(
    tmp_path: Path, database_url: str, tiktok: TikTok
):
    async with open_own_posts(tmp_path, database_url, tiktok, OPERATOR) as posts:
        inbox = posts.inbox
        [ad] = await inbox.make_ads(1)
        await inbox.say(ad, "Under the ad?", seconds_ago=60)
        item_id = await posts.make_post("Көпір ашылды")
        first = await posts.say(item_id, "Қашан?", seconds_ago=30)
        for number in range(5):
            await posts.say(item_id, f"answer {number}", answers=first)
        await inbox.sync()
        both = (await inbox.get())["items"]
        assert [(one["text"], one["source"]) for one in both] == [("Қашан?", "organic"), ("Under the ad?", "ad")]
        own = both[0]
        assert (own["account_id"], own["advertiser_id"], own["ad_id"]) == (posts.account.id, None, None)
        assert (own["item_id"], own["item_caption"]) == (item_id, "Көпір ашылды")
        assert own["item_url"].endswith(item_id)
        # A list shows three answers; the rest is asked for.
        assert (own["replies"], len(own["thread"])) == (5, 5)
        assert await inbox.texts(source="organic") == await inbox.texts(account_id=posts.account.id) == ["Қашан?"]
        assert await inbox.texts(source="ad") == ["Under the ad?"]
        assert await inbox.texts(item_id=item_id, language="kk") == ["Қашан?"]
        assert await inbox.texts(language="ru") == []


async def test_what_is_new_edited_and_deleted_is_seen_by_asking(posts: OwnPosts):
    inbox = posts.inbox
    item_id = await posts.make_post()
    edited = await posts.say(item_id, "I love it", seconds_ago=600)
    gone = await posts.say(item_id, "soon gone", seconds_ago=500)
    answer = await posts.say(item_id, "soon gone too", seconds_ago=400, answers=edited)
    for number in range(40):
        await posts.say(item_id, f"number {number}", seconds_ago=300 - number)
    await inbox.sync()
    assert len(await inbox.texts(limit=200)) == 42
    await posts.say(item_id, "new")
    before = await inbox.count("business/comment/list/")
    await inbox.sync()
    assert (await inbox.texts())[0] == "new"
    assert await inbox.count("business/comment/list/") - before == 2
    await posts.change(edited, text="I hate it", likes=3)
    await posts.change(gone, deleted=True)
    await posts.change(answer, deleted=True)
    await inbox.sync(whole_at=utcnow() - timedelta(minutes=25))
    [one] = [each for each in (await inbox.get(limit=200))["items"] if each["comment_id"] == edited]
    assert (one["text"], one["text_before"], one["likes"], one["thread"]) == ("I hate it", "I love it", 3, [])
    deleted = (await inbox.get(status="DELETED"))["items"]
    assert {each["comment_id"] for each in deleted} == {gone, answer}


async def test_a_quiet_post_is_left_alone_until_tiktok_counts_more_comments_there(posts_on_one: OwnPosts):
    posts, inbox = posts_on_one, posts_on_one.inbox
    item_id = await posts.make_post(figures={"comments": 0})
    await inbox.sync()
    long_ago = utcnow() - timedelta(days=40)
    await inbox.sync(begins_on=long_ago, newest_at=None)
    asked = await inbox.count("business/comment/list/")
    await posts.say(item_id, "late")
    await inbox.sync()
    assert await inbox.count("business/comment/list/") == asked
    await control(inbox.tiktok, f"posts/{item_id}", figures={"comments": 1})
    async with inbox.app.transaction() as session:
        await session.exec(sa.update(CommentFeed).values(places_at=None))
    await inbox.sync()
    assert await inbox.texts() == ["late"]


async def test_a_long_first_reading_lets_new_comments_of_known_posts_go_first(posts_on_one: OwnPosts, monkeypatch):
    posts, inbox = posts_on_one, posts_on_one.inbox
    known = await posts.make_post(days=1)
    await inbox.sync()
    for days in (30, 20):
        await posts.say(await posts.make_post(days=days), f"of {days} days")
    await posts.say(known, "new")
    async with inbox.app.transaction() as session:
        await session.exec(sa.update(CommentFeed).values(places_at=None))
    # As after many other posts: the sweep has gone on for as long as lies between two of them.
    monkeypatch.setattr(business_account, "EVERY", timedelta(0))
    await inbox.sync()
    assert await inbox.texts() == ["new"]
    monkeypatch.undo()
    await inbox.sync()
    assert sorted(await inbox.texts()) == ["new", "of 20 days", "of 30 days"]


async def test_posts_are_read_for_the_first_time_from_the_newest_on(posts_on_one: OwnPosts, monkeypatch):
    posts, inbox = posts_on_one, posts_on_one.inbox
    monkeypatch.setattr(due_places, "AT_ONCE", 1)
    made = {days: await posts.make_post(days=days) for days in (9, 1, 40, 3)}
    await inbox.sync()
    log = (await posts.tiktok.http.get("/_emulator/business/log", params={"limit": 100})).json()["items"]
    read = [one for one in sorted(log, key=lambda one: one["at"]) if one["endpoint"] == "business/comment/list/"]
    asked = [json.loads(one["request"])["video_id"] for one in read]
    assert asked == [made[days] for days in (1, 3, 9, 40)]


async def test_an_answer_is_said_once_however_often_and_a_lost_one_is_found_in_the_thread(posts: OwnPosts):
    inbox = posts.inbox
    item_id = await posts.make_post()
    asked = await posts.say(item_id, "Is it true?", seconds_ago=60)
    await inbox.sync()
    [one] = (await inbox.get())["items"]
    assert (one["can_reply"], one["state"]) == (True, "unread")
    await inbox.tiktok.fail_next("business/comment/reply/create/", phase="after", cut=True)
    lost = await inbox.post(f"{one['id']}/reply", text="Иә.")
    assert (lost.status_code, lost.json()["state"]) == (201, "done")
    again = await inbox.post(f"{one['id']}/reply", text="Иә.")
    assert again.json()["replayed"] is True
    assert await inbox.count("business/comment/reply/create/") == 1
    await inbox.sync()
    shown = await inbox.get(f"/{one['id']}")
    assert [(each["text"], each["is_own"]) for each in shown["thread"]] == [("Иә.", True)]
    assert shown["state"] == "done"
    written, *_ = [row for row in await records(inbox.app) if row.operation == "comments.reply"]
    assert (written.payload["account_id"], written.payload["text"]) == (posts.account.id, "Иә.")
    # A long one is taken here, and not under ads.
    assert (await inbox.post(f"{one['id']}/reply", text="а" * 1200)).status_code == 201
    assert (await inbox.post(f"{one['id']}/reply", text="а" * 1201)).status_code == 422
    await posts.say(item_id, "Really?", answers=asked)
    await inbox.sync()
    assert (await inbox.get(f"/{one['id']}"))["state"] == "unread"


async def test_a_sweep_finds_what_was_lost_together_with_its_process(posts_on_one: OwnPosts):
    posts, inbox = posts_on_one, posts_on_one.inbox
    await posts.say(await posts.make_post(), "Is it true?")
    await inbox.sync()
    [one] = (await inbox.get())["items"]
    await inbox.post(f"{one['id']}/reply", text="Yes.")
    await inbox.lose_sender()
    await inbox.run("comments.settle_replies")
    [settled] = await inbox.replies()
    assert (settled.state.value, settled.reply_comment_id is not None) == ("done", True)


async def test_hiding_pinning_liking_and_deleting_are_done_at_tiktok_and_undone(posts: OwnPosts):
    inbox = posts.inbox
    item_id = await posts.make_post()
    for number in range(3):
        await posts.say(item_id, f"comment {number}", seconds_ago=60 - number)
    await inbox.sync()
    ids = [one["id"] for one in (await inbox.get())["items"]]
    done: dict[str, Any] = {}
    for action, field in (("hide", "status"), ("like", "liked"), ("pin", "pinned")):
        done[action] = (await inbox.post("bulk", action=action, ids=ids[:2])).json()
        assert all(one["ok"] for one in done[action]["results"])
        there = {one["text"]: one[field] for one in await posts.there(item_id)}
        # A post has one pinned comment: the other goes down.
        changed = ["comment 1"] if action == "pin" else ["comment 1", "comment 2"]
        assert [text for text, value in sorted(there.items()) if value in {"HIDDEN", True}] == changed
    assert [one["is_pinned"] for one in (await inbox.get(state="unread"))["items"]] == [False, True, False]
    for action in ("pin", "like", "hide"):
        for step in done[action]["undo"]:
            assert all(one["ok"] for one in (await inbox.post("bulk", **step)).json()["results"])
    assert {(one["status"], one["liked"], one["pinned"]) for one in await posts.there(item_id)} == {
        ("PUBLIC", False, False)
    }
    await inbox.post(f"{ids[0]}/reply", text="Thanks.")
    [own] = (await inbox.get(f"/{ids[0]}"))["thread"]
    assert (await inbox.post(f"{own['id']}/pin")).json()["code"] == "only_first_pinned"
    assert (await inbox.http.delete(f"/api/comments/{ids[1]}")).json()["code"] == "not_own"
    for _ in range(2):
        assert (await inbox.http.delete(f"/api/comments/{own['id']}")).status_code == 204
    await inbox.sync()
    assert (await inbox.get(f"/{ids[0]}"))["thread"] == []


async def test_undoing_a_pin_pins_what_was_pinned_before(posts: OwnPosts):
    inbox = posts.inbox
    item_id = await posts.make_post()
    for number in range(2):
        await posts.say(item_id, f"comment {number}", seconds_ago=60 - number)
    await inbox.sync()
    ids = {one["text"]: one["id"] for one in (await inbox.get())["items"]}
    await inbox.post("bulk", action="pin", ids=[ids["comment 0"]])
    done = (await inbox.post("bulk", action="pin", ids=[ids["comment 1"]])).json()
    for step in done["undo"]:
        assert all(one["ok"] for one in (await inbox.post("bulk", **step)).json()["results"])
    assert [one["text"] for one in await posts.there(item_id) if one["pinned"]] == ["comment 0"]


@pytest.mark.parametrize("verb", ["reply", "pin", "like"])
async def test_what_is_done_to_a_comment_that_is_gone_is_refused_in_our_words(posts: OwnPosts, verb: str):
    inbox = posts.inbox
    comment_id = await posts.say(await posts.make_post(), "soon gone")
    await inbox.sync()
    [row] = (await inbox.get())["items"]
    await posts.change(comment_id, deleted=True)
    refused = await inbox.post(f"{row['id']}/{verb}", **({"text": "Too late."} if verb == "reply" else {}))
    assert (refused.status_code, refused.json()["code"]) == (409, "comment_gone")
    assert (await inbox.get(f"/{row['id']}"))["why_not"] == "comment_gone"


async def test_a_comment_under_an_ad_is_neither_pinned_nor_liked(tmp_path: Path, sqlite_url: str, tiktok: TikTok):
    async with open_inbox(tmp_path, sqlite_url, tiktok, OPERATOR) as inbox:
        [ad] = await inbox.make_ads(1)
        await inbox.say(ad, "hello")
        await inbox.sync()
        [one] = (await inbox.get())["items"]
        for verb in ("pin", "like"):
            refused = await inbox.post(f"{one['id']}/{verb}")
            assert (refused.status_code, refused.json()["code"]) == (409, "not_under_ads")


async def test_an_event_brings_a_comment_at_once_and_each_change_of_it(posts: OwnPosts):
    inbox = posts.inbox
    item_id = await posts.make_post()
    await inbox.sync()
    first = await posts.say(item_id, "Жаңа", silent=False)
    answer = await posts.say(item_id, "an answer", answers=first, silent=False)
    assert await posts.deliver() == 2
    [one] = (await inbox.get())["items"]
    assert (one["text"], [each["comment_id"] for each in one["thread"]]) == ("Жаңа", [answer])
    # TikTok delivers at least once.
    assert await posts.deliver() == 0
    await inbox.post(f"{one['id']}/hide")
    await posts.change(first, deleted=True)
    assert await posts.deliver() == 2
    assert await inbox.texts() == []
    assert {each["comment_id"] for each in (await inbox.get(status="DELETED"))["items"]} == {first, answer}
    assert {event.outcome for event in await posts.events()} == {"seen"}


async def test_an_answer_to_a_comment_that_was_never_read_brings_it_along(posts_on_one: OwnPosts):
    posts, inbox = posts_on_one, posts_on_one.inbox
    item_id = await posts.make_post(days=400)
    old = await posts.say(item_id, "very old", seconds_ago=300 * 86_400)
    await inbox.sync()
    assert await inbox.texts() == []
    await posts.say(item_id, "new", answers=old, silent=False)
    await posts.deliver()
    [one] = (await inbox.get())["items"]
    assert (one["text"], [each["text"] for each in one["thread"]]) == ("very old", ["new"])


async def test_many_events_about_one_post_are_one_question(posts_on_one: OwnPosts):
    posts, inbox = posts_on_one, posts_on_one.inbox
    item_id = await posts.make_post()
    await inbox.sync()
    for number in range(25):
        await posts.say(item_id, f"comment {number}", silent=False)
    before = await inbox.count("business/comment/list/")
    await posts.deliver()
    assert await inbox.count("business/comment/list/") - before == 1
    assert len(await inbox.texts(limit=200)) == 25


async def test_an_event_that_cannot_be_followed_now_is_made_up_for_by_the_next_sweep(posts_on_one: OwnPosts):
    posts, inbox = posts_on_one, posts_on_one.inbox
    item_id = await posts.make_post()
    old = await posts.say(item_id, "old", seconds_ago=2 * 86_400)
    await inbox.sync()
    await posts.say(item_id, "a late answer", answers=old, silent=False)
    await inbox.tiktok.fail_next("business/comment/list/", code=40100, message="Too many requests")
    await inbox.tiktok.fail_next("business/comment/list/", code=40002, message="out of order")
    await posts.deliver()
    assert {event.outcome for event in await posts.events()} == {"read_later"}
    await inbox.sync()
    [one] = (await inbox.get())["items"]
    assert [each["text"] for each in one["thread"]] == ["a late answer"]


async def test_a_forged_event_changes_nothing(posts_on_one: OwnPosts):
    posts, inbox = posts_on_one, posts_on_one.inbox
    item_id = await posts.make_post()
    first = await posts.say(item_id, "hello")
    await inbox.sync()
    await posts.change(first, deleted=True)
    body = posts.event_body(item_id, first, "delete")
    assert (await posts.send_event(body, secret="another-secret")).status_code == 401
    assert await posts.events() == []
    assert await inbox.texts() == ["hello"]
    assert (await posts.send_event(body)).status_code == 200


async def test_what_stands_in_the_way_is_said_by_name_before_anything_is_sent(posts_on_one: OwnPosts):
    posts, inbox = posts_on_one, posts_on_one.inbox
    item_id = await posts.make_post()
    await posts.say(item_id, "hello")
    await inbox.sync()
    [one] = (await inbox.get())["items"]
    for change, why in (
        ({"scopes": ["comment.list"]}, "not_granted"), ({"state": "reconnect", "scopes": []}, "no_account"),
    ):  # fmt: skip
        async with inbox.app.transaction() as session:
            await session.exec(sa.update(Account).values(**change))
        shown = await inbox.get(f"/{one['id']}")
        assert (shown["can_reply"], shown["why_not"]) == (False, why)
        for verb, body in (("reply", {"text": "x"}), ("hide", {}), ("pin", {})):
            refused = await inbox.post(f"{one['id']}/{verb}", **body)
            assert (refused.status_code, refused.json()["code"]) == (409, why)
    assert await inbox.count("business/comment/reply/create/") == 0


async def test_a_consent_without_comments_is_told_and_a_new_token_is_fetched(posts_on_one: OwnPosts):
    posts, inbox = posts_on_one, posts_on_one.inbox
    item_id = await posts.make_post()
    await posts.say(item_id, "hello")
    await inbox.tiktok.fail_next("business/video/list/", code=40105, message="Access token is incorrect")
    await inbox.sync()
    assert await inbox.texts() == ["hello"]
    assert await inbox.count("tt_user/oauth2/refresh_token/") == 1
    async with inbox.app.transaction() as session:
        await session.exec(sa.update(Account).values(scopes=["video.list"]))
    await inbox.sync()
    [feed] = (await inbox.get("/feeds"))["items"]
    assert (feed["source"], feed["owner_id"]) == ("organic", posts.account.id)
    assert "does not cover comments" in feed["trouble"]


async def test_a_disconnected_account_is_swept_no_more_and_its_comments_stay(posts_on_one: OwnPosts):
    posts, inbox = posts_on_one, posts_on_one.inbox
    await posts.say(await posts.make_post(), "hello")
    await inbox.sync()
    await disconnect_account(inbox.app, posts.account.id)
    await inbox.sync()
    assert (await inbox.get("/feeds"))["items"] == []
    [one] = (await inbox.get())["items"]
    assert one["why_not"] == "no_account"
