"""The inbox without script: first steps, the queue, answers that are said once, and what is told before a click."""

import re

from app.comments.models import CommentFeed, CommentSource, CommentSweep
from app.kit.clock import utcnow
from tests.admin.comments.desk import FIRST, HOME, InboxDesk, shown_texts
from tests.admin.support import text_of
from tests.ads.desk import ANALYST, consent, control

NASTY = "<img src=x onerror=alert(1)> {{ 7 * 7 }}"


async def test_a_first_reading_says_how_far_it_is(desk: InboxDesk):
    await desk.connect()
    assert "Newsreel looks which ads and posts there are." in await desk.text()
    now = utcnow()
    async with desk.app.transaction() as session:
        feed = CommentFeed(mode=desk.app.business.mode, source=CommentSource.organic, owner_id="1", swept_at=now)
        session.add(feed)
        await session.flush()
        for number, read_at in enumerate((now, None, None)):
            session.add(CommentSweep(feed_id=feed.id, place_id=str(number), begins_on=now, back_to=read_at))
    page = await desk.text()
    assert "1 of 3 posts and ad groups have been read, the newest first. The rest takes a minute at least." in page
    assert "Nobody has commented yet" not in page


async def test_a_consent_that_opens_nothing_is_told_with_what_it_lacks(desk: InboxDesk):
    await consent(desk.app, desk.tiktok, scopes=[200, 201], advertiser_ids=[])
    page = await desk.text()
    assert "The consent opens no ad account" in page
    assert "First, connect TikTok" not in page
    assert "(15010100)" in page.partition("Missing permissions:")[2]
    assert 'href="/social/connect/TT/"' in await desk.html()


async def test_each_first_step_leads_on_to_the_next(desk: InboxDesk):
    page = await desk.html()
    steps = re.findall(r'class="setup-step( is-done)?"', page)
    assert [bool(done) for done in steps] == [True, *[False] * 6]
    assert 'href="/social/connect/TT/"' in page
    assert "First, connect TikTok" in page
    await desk.connect()
    assert "The comments are read for the first time" in await desk.text()
    await desk.sync()
    assert "There are no ads yet" in await desk.text()
    ad = await desk.make_ad()
    await desk.sync_anew()
    assert "Nobody has commented yet" in await desk.text()
    await desk.say(ad, "Когда откроют мост?")
    await desk.sync()
    page = await desk.html(f"{HOME}?advertiser_id={FIRST}")
    assert shown_texts(page) == ["Когда откроют мост?"]
    assert [bool(done) for done in re.findall(r'class="setup-step( is-done)?"', page)] == [*[True] * 6, False]
    row = await desk.row("Когда откроют мост?")
    await desk.send(f"/social/comments/{row.id}/reply", f"{HOME}?comment={row.id}", text="Завтра.")
    page = await desk.html()
    assert [bool(done) for done in re.findall(r'class="setup-step( is-done)?"', page)] == [True] * 7
    assert "Nothing waits" in page
    assert "Every comment is done." in page


async def test_foreign_words_are_text_and_the_address_says_what_is_shown(desk: InboxDesk):
    await desk.connect()
    ad = await desk.make_ad()
    for number, text in enumerate((NASTY, "Қайда?", "Рахмет")):
        await desk.say(ad, text, user_name='"><b onload=x>', seconds_ago=900 - number)
    await desk.sync()
    page = await desk.html()
    assert shown_texts(page) == ["Рахмет", "Қайда?", NASTY]
    row = await desk.row(NASTY)
    page = await desk.html(f"{HOME}?comment={row.id}")
    assert NASTY not in page
    assert '"><b onload=x>' not in page
    assert text_of(page).count(NASTY) == 2
    assert shown_texts(await desk.html(f"{HOME}?q=рахм")) == ["Рахмет"]
    assert "No comment holds all the words of" in await desk.text(f"{HOME}?q=zzz")
    assert shown_texts(await desk.html(f"{HOME}?state=done")) == []
    assert len(shown_texts(await desk.html(f"{HOME}?state=all&ad_id={ad['ad_id']}&advertiser_id={FIRST}"))) == 3
    assert shown_texts(await desk.html(f"{HOME}?ad_id=1&state=nonsense&status=nonsense")) == []
    assert "There is no such comment." in await desk.text(f"{HOME}?comment=nothing")
    assert '/api/comments/export?q=zzz&amp;state=open%2Cunread&amp;format=csv"' in await desk.html(f"{HOME}?q=zzz")
    exported = await desk.editor.client.get("/api/comments/export?q=рахм&state=open,unread&format=csv")
    assert "Рахмет" in exported.text
    assert "Қайда?" not in exported.text


async def test_answering_goes_on_to_the_next_and_the_same_words_are_said_once(desk: InboxDesk):
    await desk.connect()
    ad = await desk.make_ad()
    for number, text in enumerate(("third", "second", "first")):
        await desk.say(ad, text, seconds_ago=900 - number)
    await desk.sync()
    first, second = await desk.row("first"), await desk.row("second")
    here = f"{HOME}?comment={first.id}"
    page = await desk.html(here)
    assert f'name="next" value="{second.id}"' in page
    form = {"query": here, "next": second.id, "then": "next", "text": "Thank you!"}
    answer = await desk.send(f"/social/comments/{first.id}/reply", here, **form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{HOME}?comment={second.id}&said=answered")
    page = await desk.html(answer.headers["location"])
    assert "TikTok has the answer." in page
    assert shown_texts(page) == ["second", "third"]
    again = await desk.send(f"/social/comments/{first.id}/reply", here, **form | {"then": "stay"})
    assert again.headers["location"].endswith("said=was_there")
    assert [one["content"] for one in await desk.there(ad)].count("Thank you!") == 1
    page = await desk.html(again.headers["location"])
    assert "The same words had been said before, and were not said again." in page
    assert "Ours" in text_of(page)
    own = await desk.row("Thank you!")
    gone = await desk.send("/social/act", here, query=here, ids=own.id, action="delete")
    assert "Deleted: 1 comment" in text_of(gone.text)
    assert "Thank you!" not in [one["content"] for one in await desk.there(ad)]


async def test_what_is_no_answer_comes_back_with_its_words(desk: InboxDesk):
    _, row = await desk.hear("hello")
    here = f"{HOME}?comment={row.id}"
    long = await desk.send(f"/social/comments/{row.id}/reply", here, query=here, text="<x>" + "long " * 40)
    assert long.status_code == 422
    assert "An answer has 150 characters at most" in text_of(long.text)
    assert "&lt;x&gt;long long" in long.text
    empty = await desk.send(f"/social/comments/{row.id}/reply", here, query=here, text="  ")
    assert "Write an answer" in text_of(empty.text)
    missing = await desk.send("/social/comments/nothing/reply", here, query=here, text="x")
    assert missing.status_code == 404
    assert len(await desk.tiktok.calls("comment/post/")) == 0


async def test_a_lost_answer_is_told_as_what_it_is(desk: InboxDesk):
    _, row = await desk.hear("hello")
    here = f"{HOME}?comment={row.id}"
    await desk.tiktok.fail_next("comment/post/", phase="before", cut=True)
    answer = await desk.send(f"/social/comments/{row.id}/reply", here, query=here, text="Thank you!")
    assert answer.status_code == 409
    assert "we do not know yet whether this was said" in text_of(answer.text)
    assert "Say it once more all the same" in text_of(answer.text)
    assert "again: true" not in answer.text
    page = await desk.text(here)
    assert "Not known yet" in page
    assert "nothing is said twice" in page


async def test_hiding_has_a_way_back_also_of_many_and_of_all_of_an_author(desk: InboxDesk):
    await desk.connect()
    ad = await desk.make_ad()
    for number, (who, text) in enumerate((("troll", "bad"), ("troll", "worse"), ("reader", "good"))):
        await desk.say(ad, text, user_name=who, seconds_ago=900 - number)
    await desk.sync()
    rows = [await desk.row(text) for text in ("bad", "worse", "good")]
    none = await desk.send("/social/act", HOME, action="hide")
    assert none.status_code == 422
    assert "tick them in the list" in text_of(none.text)
    done = await desk.send("/social/act", HOME, action="hide", ids=[row.id for row in rows[:2]], query=HOME)
    assert "Hidden: 2 comments" in text_of(done.text)
    assert shown_texts(await desk.html(f"{HOME}?status=HIDDEN")) == ["worse", "bad"]
    steps = re.findall(r'name="steps" value="([^"]+)"', done.text)
    back = await desk.send("/social/undo", HOME, steps=steps, query=HOME)
    assert "Brought back: 2 comments" in text_of(back.text)
    assert shown_texts(await desk.html(f"{HOME}?status=HIDDEN")) == []
    author = await desk.send(f"/social/comments/{rows[0].id}/hide-author", HOME, query=HOME)
    assert author.status_code == 200
    assert "bad" in shown_texts(await desk.html(f"{HOME}?status=HIDDEN"))
    nonsense = await desk.send("/social/undo", HOME, steps=["drop|x|y", "hide||"], query=HOME)
    assert nonsense.status_code == 200


async def test_comments_are_handed_over_finished_and_left_unread(desk: InboxDesk):
    _, row = await desk.hear("hello")
    here = f"{HOME}?comment={row.id}"
    me = re.search(r'name="assigned_to" value="([^"]+)"', await desk.html(here))
    assert me
    await desk.send("/social/act", here, query=here, ids=row.id, action="assign", assigned_to=me[1])
    assert shown_texts(await desk.html(f"{HOME}?assigned_to=me")) == ["hello"]
    assert shown_texts(await desk.html(f"{HOME}?assigned_to=none")) == []
    looked = await desk.send(f"/social/comments/{row.id}/look", here)
    assert looked.status_code == 200
    assert (await desk.row("hello")).state == "open"
    unread = await desk.send("/social/act", here, query=here, ids=row.id, action="unread")
    assert 'id="answering"' not in unread.text
    assert (await desk.row("hello")).state == "unread"
    await desk.send("/social/act", here, query=here, ids=row.id, action="done")
    assert "Nothing waits" in await desk.text()
    refused = await desk.send("/social/act", here, query=here, ids=row.id, action="assign", assigned_to="nobody")
    assert "There is no such person on the team" in text_of(refused.text)


async def test_what_moves_is_told_and_the_rows_stay_where_they_are(desk: InboxDesk):
    await desk.connect()
    ad = await desk.make_ad()
    await desk.say(ad, "old", seconds_ago=900)
    await desk.sync()
    page = await desk.html()
    found = re.search(r'hx-get="(/social/live[^"]*)"', page)
    assert found
    live = found[1].replace("&amp;", "&")
    assert (await desk.editor.client.get(live)).status_code == 204
    row = await desk.row("old")
    await desk.send("/social/act", HOME, ids=row.id, action="done", query=HOME)
    part = await desk.html(live, is_part=True)
    assert f'id="chips-{row.id}" hx-swap-oob="true"' in part
    assert "Done" in text_of(part)
    await desk.say(ad, "new")
    await desk.sync()
    assert "1 new comment: show it" in text_of(await desk.html(live, is_part=True))
    assert (await desk.editor.client.get(f"{live}&top=nonsense")).status_code == 400


async def test_why_one_cannot_answer_stands_in_the_place_of_the_form(desk: InboxDesk):
    await desk.connect(ANALYST)
    ad = await desk.make_ad()
    comment_id = await desk.say(ad, "hello")
    await desk.say(ad, "an answer to it", answers=comment_id)
    await desk.sync()
    row = await desk.row("hello")
    here = f"{HOME}?comment={row.id}"
    page = await desk.html(here)
    assert 'data-why="role_forbids"' in page
    assert 'id="reply"' not in page
    assert 'value="hide" type="submit" data-key' not in page
    refused = await desk.send(f"/social/comments/{row.id}/reply", here, query=here, text="x")
    assert refused.status_code == 403
    hidden = await desk.send("/social/act", here, query=here, ids=row.id, action="hide")
    assert "Nothing was done about 1 comment" in text_of(hidden.text)
    assert len(await desk.tiktok.calls("comment/status/update/")) == 0
    answer = await desk.row("an answer to it")
    assert 'data-why="role_forbids"' in await desk.html(f"{HOME}?comment={answer.id}")


async def test_an_editor_works_in_the_inbox_and_an_admin_connects(desk: InboxDesk):
    await desk.become_editor()
    page = await desk.html()
    assert 'href="/social/connect/TT/"' not in page
    assert "An admin of Newsreel has to do this." in page
    assert 'href="/social/"' in page
    _, row = await desk.hear("hello")
    here = f"{HOME}?comment={row.id}"
    answer = await desk.send(f"/social/comments/{row.id}/reply", here, query=here, text="Hi!")
    assert answer.status_code == 303
    assert (await desk.editor.client.get("/social/connect/TT/")).status_code == 403
    asked = await desk.send("/social/sync", HOME, query=HOME)
    assert asked.headers["location"] == f"{HOME}?notice=comments_asked"


async def test_an_answer_to_a_comment_that_is_gone_is_not_lost_and_the_reason_stands_there_once(desk: InboxDesk):
    ad, row = await desk.hear("soon gone")
    [there] = await desk.there(ad)
    await control(desk.tiktok, f"comments/{there['comment_id']}", deleted=True)
    answer = await desk.send(f"/social/comments/{row.id}/reply", text="Көктем көшесінде, 5.", then="stay")
    page = text_of(answer.text)
    assert "Your answer was not sent. The comment is no longer there" in page
    assert page.count("The comment is no longer there") == 1
    assert re.search(r'<textarea id="unsent"[^>]* readonly[^>]*>Көктем көшесінде, 5.</textarea>', answer.text)
    later = await desk.text(f"{HOME}?state=all&comment={row.id}")
    assert "It cannot be answered. The comment is no longer there" in later
    assert "What you wrote" not in later
