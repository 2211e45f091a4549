"""Boosting by clicking alone: from a post's page to a boost that is made, started, followed and stopped."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from app.ads import jobs  # noqa: F401 - they register themselves
from app.ads.boosts import once
from app.ads.models import Boost
from app.articles.models import Article, ArticleState
from app.emulator.world.spark_codes import LentPost, write_spark_code
from app.jobs import JOBS
from app.kit.clock import utcnow
from app.messages.translator import LANGUAGES
from app.posts.models import Post
from tests.admin.ads.newsroom import FIRST, AdsNewsroom
from tests.admin.support import text_of
from tests.admin.test_no_codes import left_over
from tests.ads.desk import ANALYST, control
from tests.builders import make_account, make_post

ITEM = "7490000000000000001"
NASTY = "<b>Тақырып</b> & 1"


async def publish(newsroom: AdsNewsroom, item_id: str = ITEM) -> tuple[str, str]:
    async with newsroom.app.transaction() as session:
        account = await make_account(session, username="aimaq", privacy_level="PUBLIC_TO_EVERYONE")
        post = await make_post(
            session, account_id=account.id, state="published", kind="video", title=NASTY, post_ids=[item_id]
        )
    return post.id, write_spark_code(LentPost(item_id, "aimaq", "VIDEO", int(utcnow().timestamp()), 30))


async def work(newsroom: AdsNewsroom, boost_id: str) -> None:
    async with newsroom.app.transaction() as session:
        await session.exec(sa.update(Boost).where(col(Boost.id) == boost_id).values(next_at=utcnow()))
    await JOBS["ads.boost"].run({"app": newsroom.app}, boost_id)


async def test_a_post_is_boosted_by_clicking_alone(newsroom: AdsNewsroom, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(once, "SETTLED_AFTER", timedelta(0))
    await control(newsroom.tiktok, "settings", review_seconds=0)
    await newsroom.consent()
    post_id, code = await publish(newsroom)
    page, form = f"/admin/posts/{post_id}", f"/admin/posts/{post_id}/boost"
    panel = await newsroom.html(page)
    assert 'id="boost-panel"' in panel
    assert NASTY not in panel
    assert "Can it be boosted? Yes" in text_of(panel)
    assert f'action="{form}"' in panel
    wrong = await newsroom.send(form, form, advertiser_id=FIRST, budget="7", days="x", auth_code=code)
    assert wrong.status_code == 422
    assert "Days: " in text_of(wrong.text)
    assert 'value="7"' in wrong.text
    guarded = await newsroom.send(form, form, advertiser_id=FIRST, budget="1 000,50", days="2", auth_code=code)
    assert guarded.status_code == 409
    assert "A spending guard stands in the way" in text_of(guarded.text)
    (confirm,) = re.findall(r'name="confirm" value="([^"]+)"', guarded.text)
    assert confirm == "ADS_MAX_DAILY_BUDGET:1000.50"
    made = await newsroom.send(
        form, form, advertiser_id=FIRST, budget="25,5", days="2", auth_code=code, max_spend="40",
        max_bad_comments="3", bad_words="Жала\nfake",
    )  # fmt: skip
    assert made.status_code == 303, made.text
    boost = made.headers["location"]
    boost_id = boost.rpartition("/")[2]
    assert "Being made" in await newsroom.text(boost)
    await work(newsroom, boost_id)
    ready = await newsroom.text(boost)
    assert "spends nothing until somebody starts it" in ready
    assert "Stop when it has spent: 40 USD" in ready.replace("\u00a0", " ")
    assert code not in await newsroom.html(boost)
    started = await newsroom.send(f"{boost}/start", boost)
    assert (started.status_code, started.headers["location"]) == (303, boost)
    await control(newsroom.tiktok, "clock", advance_hours=20)
    await work(newsroom, boost_id)
    running = (await newsroom.text(boost)).replace("\u00a0", " ")
    assert "It is switched on and may spend money." in running
    assert re.search(r"Spent – [\d.]+ USD", running), running
    assert re.search(r"Cost of a click – [\d.]+ USD", running)
    part = await newsroom.html(boost, is_part=True)
    assert part.lstrip().startswith('<div class="boost-grid" id="boost" hx-get=')
    assert (await newsroom.send(f"{boost}/stop", boost)).status_code == 303
    stopped = await newsroom.html(boost)
    assert "Stopped by editor@newsroom.example." in text_of(stopped)
    assert "every 3s" not in stopped
    assert boost in await newsroom.html("/admin/ads/boosts")
    assert boost in await newsroom.html(page)
    again = await newsroom.html(form)
    assert "The post is lent already." in text_of(again)
    assert 'name="auth_code"' not in again
    async with newsroom.app.read() as session:
        article = f"/admin/articles/{(await session.get_one(Post, post_id)).article_id}"
    assert f'href="{article}"' in await newsroom.html(page)
    story = text_of(await newsroom.html(article)).replace("\u00a0", " ")
    assert (
        story.index("The boost has cost")
        < story.index("The boost was started.")
        < story.index("A boost was made: 25.5")
    )
    spend = "/admin/ads/boosts/spend"
    costs = await newsroom.html(spend)
    assert f'href="{article}"' in costs
    assert re.search(r"\d\d\.\d\d USD", text_of(costs).replace("\u00a0", " "))
    assert "Without a category" in await newsroom.text(f"{spend}?by=category&days=7")
    for language in LANGUAGES:
        for path in (boost, "/admin/ads/boosts", form, article, spend):
            html = await newsroom.html(f"{path}?lang={language}")
            main = html[html.index("<main") :].replace("editor@newsroom.example", "").replace(NASTY, "")
            main = re.sub(r"(?s)<bdi>.*?</bdi>|<textarea.*?</textarea>|\bfake\b", "", main)
            assert left_over(main, language) == [], (path, language)


async def test_lending_without_a_code_is_offered_first_where_the_account_is_linked(newsroom: AdsNewsroom):
    await newsroom.consent()
    item = (await control(newsroom.tiktok, "posts")).json()["item_id"]
    async with newsroom.app.transaction() as session:
        account = await make_account(session, username="daily.bulletin", privacy_level="PUBLIC_TO_EVERYONE")
        post = await make_post(
            session, account_id=account.id, state="published", kind="video", title=NASTY, post_ids=[item]
        )
    form = f"/admin/posts/{post.id}/boost"
    before = await newsroom.html(form)
    assert "No Spark code is needed" not in before
    missing = await newsroom.send(form, form, advertiser_id=FIRST, budget="25", days="2")
    assert (missing.status_code, "Spark code: The Spark code is missing" in text_of(missing.text)) == (422, True)
    await control(newsroom.tiktok, "links")
    page = await newsroom.html(form)
    told = text_of(page)
    assert "No Spark code is needed" in told
    assert "the post's account is linked to the ad account." in told
    assert page.index("No Spark code is needed") < page.index('name="auth_code"')
    made = await newsroom.send(form, form, advertiser_id=FIRST, budget="25", days="2")
    assert made.status_code == 303, text_of(made.text)


async def test_what_stands_in_the_way_is_said_and_no_editor_sees_it(newsroom: AdsNewsroom):
    await newsroom.consent(ANALYST)
    post_id, _ = await publish(newsroom)
    page = await newsroom.html(f"/admin/posts/{post_id}/boost")
    assert "Can it be boosted? No" in text_of(page)
    assert "As Analyst at this ad account one may only read." in text_of(page)
    assert "Make the boost" not in page
    assert (await newsroom.html("/admin/posts/nothing/boost", 404)) != ""
    assert (await newsroom.html("/admin/ads/boosts/nothing", 404)) != ""


async def test_who_approves_a_post_reads_whether_it_could_be_boosted(newsroom: AdsNewsroom):
    async with newsroom.app.transaction() as session:
        account = await make_account(session, username="aimaq", mode="approve")
        post = await make_post(session, account_id=account.id, state="awaiting_approval", mode="approve", title=NASTY)
    ahead = f"/admin/approvals/{post.id}/boost"
    assert f'hx-get="{ahead}"' in await newsroom.html(f"/admin/approvals/{post.id}")
    assert "once it is out? No" in await newsroom.text(ahead)
    await newsroom.consent()
    told = await newsroom.text(ahead)
    assert "once it is out? Yes" in told
    assert "that audience is chosen when it is sent off" in told
    assert "TikTok has not said that it is published" not in told
    async with newsroom.app.transaction() as session:
        (await session.get_one(Article, post.article_id)).state = ArticleState.unpublished
    assert "in the way The newsroom has withdrawn the article." in await newsroom.text(ahead)
    for language in LANGUAGES:
        assert left_over(await newsroom.html(f"{ahead}?lang={language}"), language) == []
