"""Prepared answers, blocked words and the rule, without script."""

import re

from tests.admin.comments.desk import FIRST, HOME, InboxDesk
from tests.admin.support import text_of
from tests.ads.desk import ANALYST

CANNED, WORDS = "/social/canned", "/social/words"


async def test_a_prepared_answer_is_filled_in_for_the_comment_its_language_first(desk: InboxDesk):
    await desk.connect()
    ad = await desk.make_ad()
    await desk.say(ad, "Когда откроют мост через реку?", user_name="Айгүл <b>")
    await desk.sync()
    for title, text, language in (("Thanks", "Thank you, {author}!", "en"), ("Спасибо", "Спасибо, {author}!", "ru")):
        made = await desk.send(CANNED, CANNED, title=title, text=text, language=language)
        assert made.headers["location"] == f"{CANNED}?notice=canned_saved"
    row = await desk.row("Когда откроют мост через реку?")
    page = await desk.html(f"{HOME}?comment={row.id}")
    assert "<b>" not in page
    offered = re.findall(r'data-insert="([^"]+)"', page)
    assert offered == ["Спасибо, Айгүл &lt;b&gt;!", "Thank you, Айгүл &lt;b&gt;!"]
    link = re.search(r'href="([^"]+canned=[^"]+)#answer"', page)
    assert link
    assert ">Спасибо, Айгүл &lt;b&gt;!</textarea>" in await desk.html(link[1].replace("&amp;", "&"))


async def test_a_prepared_answer_is_changed_and_forgotten(desk: InboxDesk):
    bad = await desk.send(CANNED, CANNED, title="Thanks", text="Thank you, {name}!")
    assert bad.status_code == 422
    assert "There is no variable {name}" in text_of(bad.text)
    assert "Thank you, {name}!</textarea>" in bad.text
    assert (await desk.send(CANNED, CANNED, title=" ", text="x")).status_code == 422
    await desk.send(CANNED, CANNED, title="Thanks", text="Thank you!")
    page = await desk.html(CANNED)
    canned_id = re.search(r"edit=([0-9a-f-]{36})", page)
    assert canned_id
    assert 'value="Thanks"' in await desk.html(f"{CANNED}?edit={canned_id[1]}")
    await desk.send(f"{CANNED}/{canned_id[1]}", CANNED, title="Thanks", text="Thanks a lot!", language="en")
    assert "Thanks a lot!" in await desk.text(CANNED)
    await desk.send(f"{CANNED}/{canned_id[1]}/delete", CANNED)
    assert "There are none yet." in await desk.text(CANNED)
    gone = await desk.send(f"{CANNED}/{canned_id[1]}", CANNED, title="Thanks", text="x")
    assert gone.status_code == 404


async def test_blocked_words_are_added_to_what_tiktok_has_and_say_what_they_hid(desk: InboxDesk):
    assert "First, connect TikTok" in await desk.text(WORDS)
    await desk.connect()
    ad = await desk.make_ad()
    await desk.sync()
    await desk.send(WORDS, WORDS, advertiser_id=FIRST, add="спам\nреклама <b>\n\n")
    page = await desk.html(WORDS)
    assert "<b>" not in page
    assert "реклама <b>" in text_of(page)
    await desk.say(ad, "Это спам")
    await desk.sync()
    assert "has hidden 1 comment" in await desk.text(WORDS)
    row = await desk.row("Это спам")
    assert "TikTok has hidden it for the word спам" in await desk.text(f"{HOME}?comment={row.id}")
    await desk.send(WORDS, WORDS, advertiser_id=FIRST, drop="реклама <b>")
    assert "реклама" not in await desk.html(WORDS)
    long = await desk.send(WORDS, WORDS, advertiser_id=FIRST, add="x" * 101)
    assert long.status_code == 422
    assert "A word has 100 characters at most" in text_of(long.text)
    foreign = await desk.send(WORDS, WORDS, advertiser_id="1", add="x")
    assert foreign.status_code == 404


async def test_an_analyst_is_told_before_words_are_changed(desk: InboxDesk):
    await desk.connect(ANALYST)
    page = await desk.html(WORDS)
    assert "As an Analyst at this ad account you may look, and change nothing." in page
    refused = await desk.send(WORDS, WORDS, advertiser_id=FIRST, add="x")
    assert refused.status_code == 403


async def test_the_rule_is_set_as_a_whole(desk: InboxDesk):
    page = await desk.html(CANNED)
    assert len(re.findall(r'id="(?:negative|questions)"[^>]* checked', page)) == 2
    await desk.send("/social/rule", CANNED, every="true", words="суд\nмост")
    page = await desk.html(CANNED)
    assert len(re.findall(r'id="(?:negative|questions)"[^>]* checked', page)) == 0
    assert re.search(r'id="every"[^>]* checked', page)
    assert "суд\nмост</textarea>" in page
