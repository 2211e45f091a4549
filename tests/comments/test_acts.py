"""What a newsroom does with comments: answered once, hidden, handed over; each for itself and many at once."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.ads import commands
from app.comments.act import saying
from app.comments.commands import answer_comment, show_comments
from app.comments.face.exporting import safe_cell
from app.comments.models_said import CommentReply
from app.kit.clock import utcnow
from app.outbox.models_endpoints import Channel, NotificationEndpoint
from tests.ads.conftest import TikTok
from tests.ads.desk import ANALYST, FIRST, OPERATOR, records
from tests.comments.inbox import Inbox, open_inbox


@pytest.fixture
async def inbox(tmp_path: Path, database_url: str, tiktok: TikTok) -> AsyncIterator[Inbox]:
    async with open_inbox(tmp_path, database_url, tiktok, OPERATOR) as opened:
        yield opened


@pytest.fixture
async def inbox_on_one(tmp_path: Path, sqlite_url: str, tiktok: TikTok) -> AsyncIterator[Inbox]:
    async with open_inbox(tmp_path, sqlite_url, tiktok, OPERATOR) as opened:
        yield opened


async def one_comment(inbox: Inbox, text: str = "Is it true?") -> tuple[dict[str, str], str]:
    [ad] = await inbox.make_ads(1)
    await inbox.say(ad, text)
    await inbox.sync()
    return ad, str((await inbox.get())["items"][0]["id"])


async def test_the_same_answer_at_the_same_moment_and_later_is_one_and_again_is_another(inbox: Inbox):
    ad, row_id = await one_comment(inbox)
    answers = await asyncio.gather(*(inbox.post(f"{row_id}/reply", text="Yes,  it is.") for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert sorted(answer.json()["replayed"] for answer in answers) == [False, True, True, True]
    later = await inbox.post(f"{row_id}/reply", text="Yes, it is.")
    assert (later.json()["replayed"], later.json()["id"]) == (True, answers[0].json()["id"])
    assert await inbox.count("comment/post/") == 1
    again = await inbox.post(f"{row_id}/reply", text="Yes, it is.", again=True)
    assert (again.status_code, again.json()["replayed"]) == (201, False)
    await inbox.sync()
    shown = await inbox.get(f"/{row_id}")
    assert [(one["text"], one["is_own"]) for one in shown["thread"]] == [("Yes, it is.", True)] * 2
    assert (shown["replies"], len(await inbox.there(ad))) == (2, 3)
    written = [row for row in await records(inbox.app) if row.operation == "ads.comments.reply"]
    assert written[0].payload["text"] == "Yes, it is."


async def test_a_lost_answer_is_found_in_the_thread_and_nothing_is_said_twice(inbox: Inbox):
    _, row_id = await one_comment(inbox)
    await inbox.tiktok.fail_next("comment/post/", phase="after", cut=True)
    found = await inbox.post(f"{row_id}/reply", text="Yes.")
    assert (found.status_code, found.json()["state"]) == (201, "done")
    assert await inbox.count("comment/post/") == 1


async def test_an_answer_that_is_lost_for_good_stays_unknown_until_a_look_finds_it(inbox: Inbox):
    ad, row_id = await one_comment(inbox)
    await inbox.tiktok.fail_next("comment/post/", phase="before", cut=True)
    lost = await inbox.post(f"{row_id}/reply", text="Yes.")
    assert (lost.status_code, lost.json()["code"]) == (409, "outcome_unknown")
    again = await inbox.post(f"{row_id}/reply", text="Yes.")
    assert again.json()["code"] == "outcome_unknown"
    assert [one["state"] for one in (await inbox.get(f"/{row_id}"))["pending_replies"]] == ["unknown"]
    assert (await inbox.count("comment/post/"), len(await inbox.there(ad))) == (1, 1)
    meant = await inbox.post(f"{row_id}/reply", text="Yes.", again=True)
    assert meant.status_code == 201
    # What stands in the thread is the second's: it settles nothing of the first.
    await inbox.run("comments.settle_replies")
    assert [row.state.value for row in await inbox.replies()] == ["unknown", "done"]


async def test_a_sweep_settles_what_was_lost_together_with_its_process(inbox: Inbox):
    _, row_id = await one_comment(inbox)
    await inbox.post(f"{row_id}/reply", text="Yes.")
    await inbox.lose_sender()
    await inbox.run("comments.settle_replies")
    [settled] = await inbox.replies()
    assert (settled.state.value, settled.reply_comment_id is not None) == ("done", True)


async def test_who_repeats_what_a_lost_process_said_finds_it_and_does_not_say_it_twice(
    inbox_on_one: Inbox, monkeypatch: pytest.MonkeyPatch
):
    inbox = inbox_on_one
    _, row_id = await one_comment(inbox)
    await inbox.post(f"{row_id}/reply", text="Yes.")
    await inbox.lose_sender()
    async with inbox.app.transaction() as session:
        await session.exec(sa.update(CommentReply).values(lease_until=utcnow() + timedelta(seconds=60)))
    monkeypatch.setattr(saying, "LONGEST_WAIT_SECONDS", 0.1)
    # It may still arrive: not even who means it again says it beside it.
    under_way = await inbox.post(f"{row_id}/reply", text="Yes.", again=True)
    assert (under_way.status_code, under_way.json()["code"]) == (409, "in_progress")
    await inbox.lose_sender()
    found = await inbox.post(f"{row_id}/reply", text="Yes.")
    assert (found.status_code, found.json()["replayed"], found.json()["state"]) == (201, True, "done")
    assert await inbox.count("comment/post/") == 1


async def test_what_tiktok_refuses_can_be_said_anew(inbox: Inbox):
    _, row_id = await one_comment(inbox)
    await inbox.tiktok.fail_next("comment/post/", code=40002, message="text: not allowed")
    refused = await inbox.post(f"{row_id}/reply", text="Yes.")
    assert (refused.status_code, refused.json()["tiktok_message"]) == (422, "text: not allowed")
    assert (await inbox.post(f"{row_id}/reply", text="Yes.")).json()["replayed"] is False
    for text, words in (("", "Write an answer"), ("а" * 151, "150")):
        wrong = await inbox.post(f"{row_id}/reply", text=text)
        assert wrong.status_code == 422
        assert words in wrong.json()["errors"][0]["message"]


async def test_an_analyst_reads_and_is_refused_by_name_before_anything_is_sent(
    tmp_path: Path, sqlite_url: str, tiktok: TikTok
):
    async with open_inbox(tmp_path, sqlite_url, tiktok, ANALYST) as inbox:
        _, row_id = await one_comment(inbox)
        shown = await inbox.get(f"/{row_id}")
        assert (shown["can_reply"], shown["why_not"]) == (False, "role_forbids")
        for path, body in (("reply", {"text": "Yes."}), ("hide", {}), ("hide-author", {})):
            refused = await inbox.post(f"{row_id}/{path}", **body)
            if path == "hide-author":
                assert refused.json()["results"][0]["error"]["code"] == "role_forbids"
            else:
                assert (refused.status_code, refused.json()["code"]) == (403, "role_forbids")
        assert (await inbox.put("blocked-words", advertiser_id="7200000000000000001", words=["a"])).status_code == 403
        assert [await inbox.count(f"comment/{one}/") for one in ("post", "status/update")] == [0, 0]
        assert await inbox.replies() == []


async def test_an_answer_to_what_its_reader_has_deleted_is_refused_in_our_words_and_the_comment_is_marked(inbox: Inbox):
    [ad] = await inbox.make_ads(1)
    comment_id = await inbox.say(ad, "soon gone")
    await inbox.sync()
    [row] = (await inbox.get())["items"]
    await inbox.change(comment_id, deleted=True)
    refused = await inbox.post(f"{row['id']}/reply", text="Too late.")
    assert (refused.status_code, refused.json()["code"]) == (409, "comment_gone")
    assert "TikTok said" not in refused.json()["detail"]
    shown = await inbox.get(f"/{row['id']}")
    assert (shown["can_reply"], shown["why_not"], shown["deleted_at"] is not None) == (False, "comment_gone", True)
    assert await inbox.texts(status="DELETED") == ["soon gone"]


async def test_hiding_showing_and_deleting_are_done_at_tiktok_and_undone(inbox: Inbox):
    [ad] = await inbox.make_ads(1)
    for number in range(23):
        await inbox.say(ad, f"comment {number}", user_name="troll")
    await inbox.say(ad, "mine", user_name="reader")
    await inbox.sync()
    items = (await inbox.get(limit=200))["items"]
    ids = [one["id"] for one in items]
    gone = items[3]
    await inbox.change(gone["comment_id"], deleted=True)
    told = (await inbox.post("bulk", action="hide", ids=[*ids, "no-such-row"])).json()
    by_id = {one["id"]: one for one in told["results"]}
    assert by_id["no-such-row"]["error"]["code"] == "comment_not_found"
    assert by_id[gone["id"]]["error"]["code"] == "comment_gone"
    assert sum(one["changed"] for one in told["results"]) == 23
    assert {one["comment_status"] for one in await inbox.there(ad)} == {"HIDDEN"}
    assert len(await inbox.texts(status="HIDDEN", limit=200)) == 23
    [undo] = told["undo"]
    undone = (await inbox.post("bulk", **undo)).json()
    assert all(one["ok"] for one in undone["results"])
    assert {one["comment_status"] for one in await inbox.there(ad)} == {"PUBLIC"}
    reply = (await inbox.post(f"{ids[0]}/reply", text="Thanks.")).json()
    own = (await inbox.get(f"/{ids[0]}"))["thread"][0]
    assert own["comment_id"] == reply["comment_id"]
    assert (await inbox.http.delete(f"/api/comments/{ids[1]}")).json()["code"] == "not_own"
    for _ in range(2):
        assert (await inbox.http.delete(f"/api/comments/{own['id']}")).status_code == 204
    assert (await inbox.get(f"/{ids[0]}"))["thread"] == []


async def test_all_that_somebody_wrote_is_hidden_at_once(inbox_on_one: Inbox):
    inbox = inbox_on_one
    ad, row_id = await one_comment(inbox)
    async with inbox.app.transaction() as session:
        from app.comments.models import Comment

        await session.exec(sa.update(Comment).values(author_id="7001"))
    hidden = (await inbox.post(f"{row_id}/hide-author")).json()
    assert [one["changed"] for one in hidden["results"]] == [True]
    assert hidden["undo"][0]["action"] == "show"
    assert [one["comment_status"] for one in await inbox.there(ad)] == ["HIDDEN"]


@pytest.mark.both_databases
async def test_work_is_shared_out_and_each_sees_who_answers(inbox: Inbox):
    _, row_id = await one_comment(inbox)
    assert (await inbox.get("/counts")) == {"unread": 1, "open": 0}
    assert (await inbox.put(f"{row_id}/answering")).json() == {"answering": []}
    assert (await inbox.get("/counts")) == {"unread": 0, "open": 1}
    async with inbox.app.transaction() as session:
        from app.comments.models import CommentViewer

        until = utcnow() + timedelta(seconds=30)
        session.add(CommentViewer(comment_row_id=row_id, viewer_id="other", name="aigul@newsroom.example", until=until))
    assert (await inbox.get(f"/{row_id}"))["answering"] == ["aigul@newsroom.example"]
    me = (await inbox.http.get("/api/users")).json()["items"][0]["id"]
    given = (await inbox.put(f"{row_id}/assignee", assigned_to=me)).json()
    assert (given["assigned_to"], given["assignee"]) == (me, "editor@newsroom.example")
    assert len(await inbox.texts(assigned_to="me")) == 1
    assert await inbox.texts(assigned_to="none") == []
    assert (await inbox.put(f"{row_id}/assignee", assigned_to="nobody")).json()["code"] == "no_such_person"
    done = (await inbox.post("bulk", action="done", ids=[row_id])).json()
    assert done["undo"] == [{"action": "open", "ids": [row_id], "assigned_to": None}]
    assert await inbox.texts(state="unread,open") == []
    assert len(await inbox.texts(state="done")) == 1


async def test_pages_stay_in_place_while_comments_come_and_words_are_found(inbox: Inbox):
    [ad] = await inbox.make_ads(1)
    for number in range(7):
        await inbox.say(ad, f"Көпір туралы пікір {number}", seconds_ago=100 - number)
    await inbox.say(ad, "Ещё о ёлке", user_name="Данияр")
    await inbox.sync()
    page = await inbox.get(limit=3, q="пікір")
    await inbox.say(ad, "жаңа пікір")
    await inbox.sync()
    texts = [one["text"] for one in page["items"]]
    while page["next_cursor"]:
        page = await inbox.get(limit=3, q="пікір", cursor=page["next_cursor"])
        texts += [one["text"] for one in page["items"]]
    assert texts == [f"Көпір туралы пікір {number}" for number in range(6, -1, -1)]
    assert await inbox.texts(q="елке данияр") == ["Ещё о ёлке"]
    assert await inbox.texts(q="жоқ сөз") == []
    wrong = await inbox.http.get("/api/comments", params={"state": "lost"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "state")


async def test_the_newsroom_is_told_by_rule_and_not_by_flood(inbox_on_one: Inbox):
    inbox = inbox_on_one
    async with inbox.app.transaction() as session:
        session.add(NotificationEndpoint(channel=Channel.webhook, address="https://x.example/", events=["comment.new"]))
    [ad] = await inbox.make_ads(1)
    await inbox.sync()
    assert (await inbox.put("rule", words=["көпір"], negative=True, questions=True)).json()["words"] == ["көпір"]
    for text in ("Көпір ашылды", "Это позор", "Где проход?", "Спасибо", "Не верю вам совсем"):
        await inbox.say(ad, text)
    for number in range(15):
        await inbox.say(ad, f"Когда {number}?")
    await inbox.say(ad, "Is it old?", seconds_ago=2 * 86_400)
    await inbox.sync()
    told = [row.data for row in await inbox.told()]
    assert len(told) == 11
    assert told[-1]["count"] == 8
    assert {one["text"] for one in told[:-1]} <= {"Көпір ашылды", "Это позор", "Где проход?"} | {
        f"Когда {number}?" for number in range(15)
    }
    await inbox.put("rule", words=[], negative=False, questions=False)
    await inbox.say(ad, "Really?")
    await inbox.sync()
    assert len(await inbox.told()) == 11


async def test_prepared_answers_are_filled_in_and_unknown_variables_refused(inbox_on_one: Inbox):
    inbox = inbox_on_one
    _, row_id = await one_comment(inbox, "Скажите, когда откроют новый мост через реку?")
    made = await inbox.post("canned-replies", title="Рахмет", text="{author}, рахмет!", language="kk")
    assert made.status_code == 201
    await inbox.post("canned-replies", title="Спасибо", text="{author}, спасибо за вопрос.", language="ru")
    wrong = await inbox.post("canned-replies", title="x", text="{auhtor}", language="ru")
    assert (wrong.status_code, "{author}" in wrong.json()["errors"][0]["message"]) == (422, True)
    found = (await inbox.get("/canned-replies", comment_id=row_id))["items"]
    assert [(one["language"], one["filled"]) for one in found] == [
        ("ru", "reader, спасибо за вопрос."), ("kk", "reader, рахмет!"),
    ]  # fmt: skip
    changed = await inbox.http.patch(f"/api/comments/canned-replies/{made.json()['id']}", json={"title": "Алғыс"})
    assert (changed.json()["title"], changed.json()["text"]) == ("Алғыс", "{author}, рахмет!")
    assert (await inbox.http.delete(f"/api/comments/canned-replies/{made.json()['id']}")).status_code == 204


async def test_the_file_holds_everything_and_carries_out_nothing(inbox_on_one: Inbox):
    inbox = inbox_on_one
    [ad] = await inbox.make_ads(1)
    for text in ('=HYPERLINK("http://x")', "@SUM(A1)", "+7 701", "- no", 'plain, "quoted"\nline'):
        await inbox.say(ad, text)
    await inbox.sync()
    answer = await inbox.http.get("/api/comments/export", params={"format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert len(rows) == 5
    assert {row["text"][0] for row in rows} == {"'", "p"}
    assert safe_cell("  =1") == "'  =1"


async def test_the_command_line_lists_and_answers_with_exit_codes(inbox_on_one: Inbox, capsys):
    inbox = inbox_on_one
    [ad] = await inbox.make_ads(1)
    comment_id = await inbox.say(ad, "Көпір қашан ашылады?")
    listed = partial(
        show_comments, filters={"advertiser_id": FIRST, "q": "көпір"}, limit=5, is_fresh=True, as_json=True
    )
    capsys.readouterr()
    assert await commands.run(inbox.app, listed) == 0
    out = capsys.readouterr().out
    [one] = json.loads(out[out.index("{") :])["items"]
    assert (one["comment_id"], one["can_reply"]) == (comment_id, True)
    said = partial(answer_comment, comment_id=comment_id, text="Ертең.", again=False, as_json=False)
    assert await commands.run(inbox.app, said) == 0
    assert "Ертең." in capsys.readouterr().out
    for text, code in (("", 2), ("Ертең.", 0)):
        say = partial(answer_comment, comment_id=comment_id, text=text, again=False, as_json=True)
        assert await commands.run(inbox.app, say) == code
    missing = partial(answer_comment, comment_id="404", text="x", again=False, as_json=True)
    assert await commands.run(inbox.app, missing) == 1
    await inbox.tiktok.fail_next("comment/post/", phase="before", cut=True)
    lost = partial(answer_comment, comment_id=comment_id, text="Кеше.", again=False, as_json=True)
    assert await commands.run(inbox.app, lost) == 3
    assert await inbox.count("comment/post/") == 2
