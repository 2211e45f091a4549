"""Comments come into the inbox: all of them, soon, once; edits and deletions are seen; limits are kept."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from app.comments.sync.places import windows
from app.kit.clock import utcnow
from tests.ads.conftest import TikTok
from tests.ads.desk import FIRST, OPERATOR, control
from tests.comments.inbox import Inbox, open_inbox

_DAY = 86_400.0


@pytest.fixture
async def inbox(tmp_path: Path, database_url: str, tiktok: TikTok) -> AsyncIterator[Inbox]:
    async with open_inbox(tmp_path, database_url, tiktok, OPERATOR) as opened:
        yield opened


def test_days_are_cut_into_windows_that_tiktok_takes():
    today = utcnow().date()
    cut = list(windows(today - timedelta(days=64), today))
    assert cut[0][1] == today
    assert cut[-1][0] == today - timedelta(days=64)
    assert [(last - first).days + 1 for first, last in cut] == [30, 30, 5]
    assert all(older[1] == newer[0] - timedelta(days=1) for newer, older in pairwise(cut))


async def test_what_was_there_comes_with_its_threads_and_what_is_new_comes_next(inbox: Inbox):
    ad, other = await inbox.make_ads(2, days=70)
    old = await inbox.say(ad, "Ескі пікір", seconds_ago=65 * _DAY)
    await inbox.say(ad, "Согласен", answers=old, seconds_ago=64 * _DAY)
    await inbox.say(other, "Когда откроют мост?", seconds_ago=_DAY, likes=4)
    await inbox.sync()
    page = await inbox.get()
    assert [one["text"] for one in page["items"]] == ["Когда откроют мост?", "Ескі пікір"]
    assert [one["text"] for one in page["items"][1]["thread"]] == ["Согласен"]
    first = page["items"][0]
    assert (first["language"], first["likes"], first["state"], first["can_reply"]) == ("ru", 4, "unread", True)
    assert (first["advertiser_id"], first["ad_id"], first["source"]) == (FIRST, other["ad_id"], "ad")
    assert page["items"][1]["thread"][0]["why_not"] == "not_first_level"
    await inbox.say(ad, "Жаңа пікір")
    before = await inbox.count("comment/list/")
    await inbox.sync()
    assert await inbox.texts() == ["Жаңа пікір", "Когда откроют мост?", "Ескі пікір"]
    assert await inbox.count("comment/list/") - before == 2
    assert await inbox.texts(ad_id=ad["ad_id"]) == ["Жаңа пікір", "Ескі пікір"]


async def test_what_tiktok_shows_late_is_not_missed(inbox: Inbox):
    [ad] = await inbox.make_ads(1)
    await inbox.say(ad, "newest")
    await inbox.sync()
    await inbox.say(ad, "ten minutes late", seconds_ago=600)
    await inbox.say(ad, "hours late", seconds_ago=5 * 3600)
    await inbox.sync()
    assert "ten minutes late" in await inbox.texts()
    await inbox.sync(whole_at=utcnow() - timedelta(minutes=25))
    assert await inbox.texts() == ["newest", "ten minutes late", "hours late"]
    await inbox.say(ad, "days late", seconds_ago=2.9 * _DAY)
    await inbox.sync(deep_at=utcnow() - timedelta(hours=25))
    assert (await inbox.texts())[-1] == "days late"


async def test_edits_and_deletions_are_seen_and_said(inbox: Inbox):
    [ad] = await inbox.make_ads(1, days=10)
    edited = await inbox.say(ad, "I love it", seconds_ago=3600)
    gone = await inbox.say(ad, "soon gone", seconds_ago=2 * 3600)
    await inbox.say(ad, "an answer to it", answers=gone, seconds_ago=3000)
    await inbox.sync()
    await inbox.change(edited, text="I hate it", likes=3)
    await inbox.change(gone, deleted=True)
    await inbox.sync(whole_at=utcnow() - timedelta(minutes=25))
    [one] = (await inbox.get())["items"]
    assert (one["text"], one["text_before"], one["likes"]) == ("I hate it", "I love it", 3)
    [deleted] = [each for each in (await inbox.get(status="DELETED"))["items"] if each["comment_id"] == gone]
    assert (deleted["can_reply"], deleted["why_not"]) == (False, "comment_gone")
    assert deleted["why_not_text"].startswith("The comment is no longer there")


async def test_a_thread_that_goes_on_is_unread_again_and_an_answered_one_is_done(inbox: Inbox):
    [ad] = await inbox.make_ads(1)
    asked = await inbox.say(ad, "Is it true?", seconds_ago=300)
    await inbox.sync()
    [one] = (await inbox.get())["items"]
    assert (await inbox.post(f"{one['id']}/reply", text="Yes.")).status_code == 201
    assert (await inbox.get(f"/{one['id']}"))["state"] == "done"
    await inbox.say(ad, "Really?", answers=asked)
    await inbox.sync()
    assert (await inbox.get(f"/{one['id']}"))["state"] == "unread"


@pytest.mark.both_databases
async def test_upgraded_smart_plus_and_a_lost_permission_are_named_and_nothing_else_stops(inbox: Inbox):
    [ad] = await inbox.make_ads(1)
    await inbox.make_ads(1, smart_plus=True)
    await inbox.say(ad, "hello")
    await inbox.sync()
    assert await inbox.texts() == ["hello"]
    ads = (await inbox.get("/ads", advertiser_id=FIRST))["items"]
    assert {(one["smart_plus"], one["comments"]) for one in ads} == {(False, 1), (True, 0)}
    await inbox.tiktok.fail_next("comment/list/", code=40001, message="advertiser does not grant /comment/list/:GET")
    await inbox.sync()
    [feed] = (await inbox.get("/feeds"))["items"]
    assert feed["trouble"].startswith("Whoever consented has no access to this account, or gave no permission")
    assert "does not grant" in feed["trouble"]
    assert feed["failing_since"]
    await inbox.sync()
    assert (await inbox.get("/feeds"))["items"][0]["trouble"] is None


async def test_a_deleted_ad_takes_no_answer_and_says_so(inbox: Inbox):
    [ad] = await inbox.make_ads(1)
    await inbox.say(ad, "hello")
    await inbox.sync()
    await inbox.tiktok.http.post(
        "/open_api/v1.3/ad/status/update/", headers={"Access-Token": "emulated-business-token"},
        json={"advertiser_id": FIRST, "ad_ids": [ad["ad_id"]], "operation_status": "DELETE"},
    )  # fmt: skip
    await control(inbox.tiktok, "history", campaigns=1, days=0)
    async with inbox.app.transaction() as session:
        from sqlalchemy import update

        from app.comments.models import CommentFeed

        await session.exec(update(CommentFeed).values(places_at=None))
    await inbox.sync()
    [one] = (await inbox.get())["items"]
    assert one["why_not"] == "ad_ended"
    refused = await inbox.post(f"{one['id']}/reply", text="hi")
    assert (refused.status_code, refused.json()["code"]) == (409, "ad_ended")
    assert await inbox.count("comment/post/") == 0


async def test_the_words_that_hide_are_kept_and_named(inbox: Inbox):
    [ad] = await inbox.make_ads(1)
    await inbox.sync()
    set_ = await inbox.put("blocked-words", advertiser_id=FIRST, words=["спам", "Реклама", "спам", " "])
    assert set_.json() == {"advertiser_id": FIRST, "words": ["спам", "Реклама"]}
    await inbox.say(ad, "Тут одна реклама")
    await inbox.sync()
    [one] = (await inbox.get())["items"]
    assert (one["is_blocked"], one["hit_word"]) == (True, "Реклама")
    assert (await inbox.put("blocked-words", advertiser_id=FIRST, words=["спам"])).json()["words"] == ["спам"]
    assert (await inbox.get("/blocked-words", advertiser_id=FIRST))["words"] == ["спам"]
