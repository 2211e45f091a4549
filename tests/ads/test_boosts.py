"""Boosts end to end: what stands in the way is said before, each thing is made once and off, and what stops it does."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from app.ads.access import mode_of
from app.ads.boosts import extending
from app.ads.boosts.counting import count_comments_with
from app.ads.models import Boost, InternalCall
from app.articles.models import Article, ArticleState
from app.audit.models import AuditEntry
from app.comments.models import Comment
from app.emulator.world.spark_codes import LentPost, write_spark_code
from app.kit.clock import utcnow
from app.notifications.wording import Writer
from app.outbox.models_endpoints import Channel, NotificationEndpoint
from app.posts.models import Post
from tests.ads.boosting import Newsroom, open_newsroom
from tests.ads.conftest import ADVERTISER, TikTok
from tests.ads.desk import ANALYST, consent, control, records


@pytest.fixture
async def newsroom(
    tmp_path: Path, database_url: str, tiktok: TikTok, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Newsroom]:
    async with open_newsroom(tmp_path, database_url, tiktok, monkeypatch, ads_max_daily_budget=100) as opened:
        yield opened


@pytest.fixture
async def sqlite_newsroom(
    tmp_path: Path, sqlite_url: str, tiktok: TikTok, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Newsroom]:
    async with open_newsroom(tmp_path, sqlite_url, tiktok, monkeypatch, ads_max_daily_budget=100) as opened:
        yield opened


async def test_a_post_is_boosted_started_spends_and_is_stopped(newsroom: Newsroom):
    post_id = await newsroom.publish()
    boost_id = await newsroom.begin(post_id, max_spend=500)
    begun = await newsroom.show(boost_id)
    assert (begun["state"], [step["state"] for step in begun["steps"]]) == ("preparing", ["waiting"] * 4)
    told = await newsroom.run(boost_id)
    assert told["state"] == "ready"
    assert [(step["name"], step["state"]) for step in told["steps"]] == [
        ("authorize", "done"), ("campaign", "done"), ("adgroup", "done"), ("ad", "done"),
    ]  # fmt: skip
    assert await newsroom.switches(told) == ["DISABLE"] * 3
    (campaign,) = await newsroom.there("campaign/get/")
    (adgroup,) = await newsroom.there("adgroup/get/")
    (ad,) = await newsroom.there("ad/get/")
    assert boost_id in campaign["campaign_name"]
    assert "🎉" not in campaign["campaign_name"]
    assert (campaign["objective_type"], campaign["budget_mode"]) == ("TRAFFIC", "BUDGET_MODE_INFINITE")
    assert (adgroup["budget"], adgroup["budget_mode"], adgroup["placements"]) == (
        25,
        "BUDGET_MODE_DAY",
        ["PLACEMENT_TIKTOK"],
    )
    assert adgroup["location_ids"] == ["1522867"]
    assert (ad["identity_type"], ad["tiktok_item_id"], ad["call_to_action"]) == (
        "AUTH_CODE",
        told["item_id"],
        "READ_MORE",
    )
    assert ad["landing_page_url"] == "https://news.example/a/1"

    await newsroom.pass_time(advance_hours=2)
    assert (await newsroom.run(boost_id))["paid"]["spend"] is None
    started = await newsroom.click(boost_id, "start")
    assert (started["state"], await newsroom.switches(started)) == ("running", ["ENABLE"] * 3)
    assert started["ends_at"] > started["started_at"]
    (adgroup,) = await newsroom.there("adgroup/get/")
    assert adgroup["schedule_end_time"] == started["ends_at"][:19].replace("T", " ")
    await newsroom.pass_time(advance_hours=5)
    seen = await newsroom.run(boost_id)
    spent = float(seen["paid"]["spend"])
    assert 0 < spent <= 25
    assert seen["paid"]["impressions"] > seen["paid"]["clicks"] > 0
    assert float(seen["paid"]["cost_per_thousand"]) == pytest.approx(
        spent * 1000 / seen["paid"]["impressions"], abs=0.006
    )
    assert float(seen["paid"]["cost_per_click"]) == pytest.approx(spent / seen["paid"]["clicks"], abs=0.006)

    stopped = await newsroom.click(boost_id, "stop")
    assert (stopped["state"], stopped["reason"]) == ("stopped", "stopped_by_person")
    assert await newsroom.switches(stopped) == ["DISABLE"] * 3
    await newsroom.pass_time(advance_hours=5)
    (row,) = await newsroom.there("campaign/get/")
    assert row["secondary_status"] == "CAMPAIGN_STATUS_DISABLE"


async def test_start_and_stop_twice_are_once_and_both_stand_in_the_audit_log(newsroom: Newsroom):
    boost_id = await newsroom.made(await newsroom.publish())
    for what in ("start", "start", "stop", "stop", "start", "stop"):
        told = await newsroom.click(boost_id, what)
    assert (told["state"], await newsroom.switches(told)) == ("stopped", ["DISABLE"] * 3)
    assert await newsroom.count("campaign/status/update/") == 4
    async with newsroom.app.read() as session:
        entries = (
            await session.exec(select(AuditEntry).where(AuditEntry.object_kind == "boost").order_by(col(AuditEntry.id)))
        ).all()
    assert [entry.action for entry in entries] == [
        "boost.made", "boost.started", "boost.stopped", "boost.started", "boost.stopped",
    ]  # fmt: skip
    assert {entry.actor_kind for entry in entries} == {"person"}
    writes: list[InternalCall] = [row for row in await records(newsroom.app) if row.operation.startswith("ads.boost")]
    assert [row.operation for row in writes[:4]] == [
        "ads.boost.authorize", "ads.boost.campaign", "ads.boost.adgroup", "ads.boost.ad",
    ]  # fmt: skip
    assert not [row for row in writes if not row.success]
    code = next(iter(newsroom.codes.values()))
    assert code not in repr([row.model_dump() for row in writes])


async def test_each_reason_is_said_before_a_click_and_a_refusal_calls_nothing(sqlite_newsroom: Newsroom):
    newsroom = sqlite_newsroom
    good = await newsroom.publish()
    told = (await newsroom.http.get(f"/api/posts/{good}/boost")).json()
    assert (told["can_boost"], told["needs_code"], told["advertiser_id"]) == (True, True, ADVERTISER)
    named = {one["name"]: one["ok"] for one in told["checks"]}
    assert named == {
        "published": True, "post_id": True, "public": True, "article": True, "advertiser": True, "balance": True,
        "guards": True, "boosted": True, "political": None, "code": None,
    }  # fmt: skip
    bad = {
        "published": await newsroom.publish(state="failed"),
        "post_id": await newsroom.publish(post_ids=[]),
        "public": await newsroom.publish(settings={"privacy_level": "SELF_ONLY"}),
    }
    withdrawn = await newsroom.publish()
    async with newsroom.app.transaction() as session:
        post = await session.get_one(Post, withdrawn)
        (await session.get_one(Article, post.article_id)).state = ArticleState.unpublished
    for name, post_id in {**bad, "article": withdrawn}.items():
        told = (await newsroom.http.get(f"/api/posts/{post_id}/boost", headers={"accept-language": "ru"})).json()
        (why,) = [one for one in told["checks"] if one["ok"] is False]
        assert (told["can_boost"], why["name"]) == (False, name)
        refused = await newsroom.boost(post_id)
        assert (refused.status_code, refused.json()["code"]) == (409, "cannot_boost"), refused.text
        assert [one["name"] for one in refused.json()["checks"]] == [name]
    for wrong, field in (
        ({"auth_code": None}, "auth_code"), ({"budget": 19.99}, "budget"), ({"days": 0}, "days"),
        ({"max_bad_comments": 3}, "bad_words"), ({"objective_type": "LEAD_GENERATION"}, "objective_type"),
        ({"colour": "red"}, "colour"), ({"auth_code": "two words"}, "auth_code"),
    ):  # fmt: skip
        refused = await newsroom.boost(good, **wrong)
        assert (refused.status_code, [one["field"] for one in refused.json()["errors"]]) == (422, [field]), refused.text
    guarded = await newsroom.boost(good, budget=101)
    assert (guarded.status_code, guarded.json()["code"], guarded.json()["confirm"]) == (
        409, "guard", "ADS_MAX_DAILY_BUDGET:101",
    )  # fmt: skip
    assert (await newsroom.boost(good, budget=101, confirm="ADS_MAX_DAILY_BUDGET:101")).status_code == 202
    again = await newsroom.boost(good)
    assert (again.status_code, again.json()["code"]) == (409, "boost_exists")
    assert [await newsroom.count(f"{kind}/create/") for kind in ("campaign", "adgroup", "ad")] == [0, 0, 0]
    assert (await newsroom.http.get("/api/boosts/nothing")).status_code == 404


async def test_an_analyst_s_consent_and_an_empty_account_are_reasons_too(sqlite_newsroom: Newsroom):
    newsroom = sqlite_newsroom
    post_id = await newsroom.publish()
    poor = await control(newsroom.tiktok, "advertisers", name="Poor", currency="USD", timezone="Etc/GMT")
    await newsroom.http.post("/api/ads/advertisers/sync")
    refused = await newsroom.boost(post_id, advertiser_id=poor.json()["advertiser_id"])
    assert (refused.status_code, refused.json()["checks"][0]["name"]) == (409, "balance"), refused.text
    await consent(newsroom.app, newsroom.tiktok, ANALYST)
    told = (await newsroom.http.get(f"/api/posts/{post_id}/boost", params={"advertiser_id": ADVERTISER})).json()
    (why,) = [one["why"] for one in told["checks"] if one["ok"] is False]
    assert "Analyst" in why


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"username": "city.office", "is_gpppa": True}, "political_account"), ({"item_id": "1"}, "code_of_other_post"),
     ({"code": "#nonsense"}, "code_refused")],
)  # fmt: skip
async def test_what_shows_only_once_the_post_is_lent_fails_the_boost_with_its_reason(
    sqlite_newsroom: Newsroom, changes: dict[str, Any], reason: str
):
    newsroom = sqlite_newsroom
    if changes.get("is_gpppa"):
        await control(newsroom.tiktok, "accounts", username="city.office", is_gpppa=True)
    post_id = await newsroom.publish(username=changes.get("username", "aimaq"))
    if "item_id" in changes:
        lent = LentPost("7490000000000009999", "aimaq", "VIDEO", int(utcnow().timestamp()), 30)
        newsroom.codes[post_id] = write_spark_code(lent)
    newsroom.codes[post_id] = changes.get("code", newsroom.codes[post_id])
    told = await newsroom.run(await newsroom.begin(post_id))
    assert (told["state"], told["reason"]) == ("failed", reason), told
    assert told["detail"]
    assert [step["state"] for step in told["steps"]] == ["failed", "waiting", "waiting", "waiting"]
    assert await newsroom.count("campaign/create/") == 0
    # The consent has nothing to do with it: the ad account is within reach as before.
    assert (await newsroom.http.get(f"/api/ads/{ADVERTISER}/campaigns")).status_code == 200
    if reason == "political_account":
        judged = (await newsroom.http.get(f"/api/posts/{post_id}/boost")).json()
        assert [one["name"] for one in judged["checks"] if one["ok"] is False] == ["political"]
    else:
        newsroom.codes[post_id] = write_spark_code(
            LentPost((await newsroom.show(told["id"]))["item_id"], "aimaq", "VIDEO", int(utcnow().timestamp()), 30)
        )
        await newsroom.made(post_id)


@pytest.mark.parametrize("endpoint", ["tt_video/authorize/", "campaign/create/", "adgroup/create/", "ad/create/"])
@pytest.mark.parametrize("phase", ["before", "after"])
async def test_a_lost_answer_is_looked_up_before_anything_is_sent_again(
    sqlite_newsroom: Newsroom, endpoint: str, phase: str
):
    newsroom = sqlite_newsroom
    post_id = await newsroom.publish()
    await newsroom.tiktok.fail_next(endpoint, phase=phase, cut=True, times=1)
    boost_id = await newsroom.begin(post_id)
    for _ in range(3):
        told = await newsroom.run(boost_id)
    assert told["state"] == "ready", told
    there = [len(await newsroom.there(f"{kind}/get/")) for kind in ("campaign", "adgroup", "ad")]
    assert there == [1, 1, 1]
    lent = await newsroom.tiktok.ask("tt_video/list/", advertiser_id=ADVERTISER)
    assert len(lent["list"]) == 1


@pytest.mark.parametrize(
    ("rule", "reason"),
    [({"max_spend": 0.01}, "max_spend"), ({"max_hours": 1}, "max_hours"),
     ({"max_bad_comments": 2, "bad_words": ["Жала", "fake"]}, "bad_comments"), ({"days": 1}, "days_over"),
     ({"withdrawn": True}, "article_withdrawn"), ({"gone": True}, "post_gone")],
)  # fmt: skip
async def test_what_stops_a_boost_stops_it_and_tells_the_newsroom_once(
    sqlite_newsroom: Newsroom, rule: dict[str, Any], reason: str
):
    newsroom = sqlite_newsroom

    async def count(_session: Any, boost: Boost) -> int:
        assert boost.bad_words == ["жала", "fake"]
        return 2

    count_comments_with(newsroom.app, count)
    post_id = await newsroom.publish()
    rules = {name: value for name, value in rule.items() if name not in {"withdrawn", "gone"}}
    boost_id = await newsroom.made(post_id, **rules)
    assert (await newsroom.click(boost_id, "start"))["state"] == "running"
    if reason not in {"bad_comments", "article_withdrawn", "post_gone"}:
        assert (await newsroom.run(boost_id))["state"] == "running"
    await newsroom.pass_time(advance_hours=3)
    async with newsroom.app.transaction() as session:
        row = await session.get_one(Boost, boost_id)
        assert row.started_at is not None
        assert row.ends_at is not None
        past = (
            timedelta(hours=2)
            if reason == "max_hours"
            else timedelta(days=1)
            if reason == "days_over"
            else timedelta(0)
        )
        row.started_at, row.ends_at = row.started_at - past, row.ends_at - past
        post = await session.get_one(Post, post_id)
        if "withdrawn" in rule:
            (await session.get_one(Article, post.article_id)).state = ArticleState.unpublished
        if "gone" in rule:
            post.post_ids = []
    for _ in range(3):
        told = await newsroom.run(boost_id)
    assert (told["state"], told["reason"]) == ("ended" if reason == "days_over" else "stopped", reason), told
    assert await newsroom.switches(told) == ["DISABLE"] * 3
    (event,) = await newsroom.told()
    assert (event.type, event.subject, event.data["reason"]) == ("ads.boost", f"boost:{boost_id}", reason)
    item = {"at": event.at.isoformat(), "subject": event.subject, "data": event.data}
    letter = Writer(NotificationEndpoint(channel=Channel.email, address="a@b.kz", language="kk"), "https://n.example")
    assert letter.page(item) == f"https://n.example/admin/ads/boosts/{boost_id}"
    assert letter.paragraph("ads.boost", item).lines[0] != told["detail"]
    if reason == "days_over":
        assert (await newsroom.click(boost_id, "start"))["state"] == "ended"


async def test_a_stop_is_done_in_the_end_though_tiktok_is_away_at_first(sqlite_newsroom: Newsroom):
    newsroom = sqlite_newsroom
    boost_id = await newsroom.made(await newsroom.publish())
    await newsroom.click(boost_id, "start")
    await newsroom.tiktok.fail_next("campaign/status/update/", phase="before", code=40001)
    told = await newsroom.click(boost_id, "stop")
    if told["state"] == "stopping":
        told = await newsroom.run(boost_id)
    assert (told["state"], await newsroom.switches(told)) == ("stopped", ["DISABLE"] * 3)
    assert await newsroom.count("campaign/status/update/") == 2


async def start_with_owner(newsroom: Newsroom, *, code_ends_at: datetime | None = None) -> str:
    """Start a boost of 40 days whose post's owner is connected; its code ends after 30, or when it is said."""
    post_id = await newsroom.publish()
    boost_id = await newsroom.made(post_id, days=40)
    await newsroom.connect_owner(post_id, boost_id)
    await newsroom.click(boost_id, "start")
    if code_ends_at is not None:
        async with newsroom.app.transaction() as session:
            (await session.get_one(Boost, boost_id)).code_ends_at = code_ends_at
    return boost_id


async def test_a_spark_code_that_ends_before_the_boost_is_extended_where_its_owner_is_connected(
    sqlite_newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
):
    newsroom = sqlite_newsroom
    boost_id = await start_with_owner(newsroom)
    # The code is one of 30 days.
    monkeypatch.setattr(extending, "ENDS_WITHIN", timedelta(days=31))
    for _ in range(2):
        assert (await newsroom.run(boost_id))["state"] == "running"
    assert await newsroom.count("business/post/authorize/") == 1
    (event,) = await newsroom.told()
    assert "extended" in event.data["why"]["text"]
    async with newsroom.app.read() as session:
        boost = await session.get_one(Boost, boost_id)
    assert boost.code_ends_at is not None
    assert boost.ends_at is not None
    assert boost.code_ends_at > boost.ends_at


async def test_a_code_that_its_owner_has_extended_is_not_extended_again(sqlite_newsroom: Newsroom):
    newsroom = sqlite_newsroom
    boost_id = await start_with_owner(newsroom, code_ends_at=utcnow() + timedelta(hours=30))
    assert (await newsroom.run(boost_id))["state"] == "running"
    assert await newsroom.count("business/post/authorize/") == 0
    async with newsroom.app.read() as session:
        ends_at = (await session.get_one(Boost, boost_id)).code_ends_at
    assert ends_at is not None
    assert ends_at > utcnow() + timedelta(days=20)


async def test_a_code_that_cannot_be_extended_is_told_as_any_other(sqlite_newsroom: Newsroom):
    newsroom = sqlite_newsroom
    boost_id = await start_with_owner(newsroom, code_ends_at=utcnow() + timedelta(hours=30))
    await newsroom.tiktok.fail_next("business/post/authorize/status/", code=40001)
    for _ in range(2):
        assert (await newsroom.run(boost_id))["state"] == "running"
    (event,) = await newsroom.told()
    assert "before the boost does" in event.data["why"]["text"]
    assert await newsroom.count("business/post/authorize/") == 0


async def test_a_spark_code_that_ends_before_the_boost_is_told_once(sqlite_newsroom: Newsroom):
    newsroom = sqlite_newsroom
    boost_id = await newsroom.made(await newsroom.publish(), days=40)
    await newsroom.click(boost_id, "start")
    async with newsroom.app.transaction() as session:
        (await session.get_one(Boost, boost_id)).code_ends_at = utcnow() + timedelta(hours=30)
    for _ in range(2):
        assert (await newsroom.run(boost_id))["state"] == "running"
    (event,) = await newsroom.told()
    assert "Spark" in event.data["why"]["text"]


async def test_what_boosts_cost_is_added_up_by_article_and_by_desk(newsroom: Newsroom):
    figures = {"spend": "12.50", "impressions": "1000", "clicks": "50"}
    other = await newsroom.publish(username="city")
    post_id = await newsroom.publish()
    async with newsroom.app.transaction() as session:
        posts = {one: await session.get_one(Post, one) for one in (post_id, other)}
        article = await session.get_one(Article, posts[post_id].article_id)
        article.category, article.title = "Қоғам", "Жаңа мектеп"
        for number, (one, currency, told, days_ago) in enumerate(
            ((post_id, "USD", figures, 1), (post_id, "USD", None, 1), (post_id, "EUR", figures, 40),
             (other, "USD", {**figures, "spend": "20"}, 1), (other, "USD", figures, None))
        ):  # fmt: skip
            post = posts[one]
            session.add(
                Boost(
                    mode=mode_of(newsroom.app), post_id=one, article_id=post.article_id, account_id=post.account_id,
                    advertiser_id=ADVERTISER, open_key=f"k{number}", item_id="1", currency=currency, budget="25",
                    days=3, objective_type="TRAFFIC", figures=told,
                    started_at=None if days_ago is None else utcnow() - timedelta(days=days_ago),
                )
            )  # fmt: skip

    async def spent(**query: Any) -> list[tuple[Any, ...]]:
        answer = await newsroom.http.get("/api/boosts/spend", params=query)
        assert answer.status_code == 200, answer.text
        return [
            (one["name"], one["currency"], float(one["paid"]["spend"]), one["boosts"], one["unknown"])
            for one in answer.json()["items"]
        ]

    by_category = await spent(by="category")
    assert by_category[0][2:] == (20.0, 1, 0)
    assert sorted(by_category[1:]) == [("Қоғам", "EUR", 12.5, 1, 0), ("Қоғам", "USD", 12.5, 2, 1)]
    assert ("Қоғам", "EUR", 12.5, 1, 0) not in await spent(by="category", days=30)
    assert [line[0] for line in await spent(by="article", days=30)][1] == "Жаңа мектеп"
    assert len(await spent(by="account")) == 3
    assert sum(line[3] for line in await spent(by="source")) == 4
    assert (await newsroom.http.get("/api/boosts/spend", params={"by": "desk"})).status_code == 400


async def test_an_article_s_posts_boosts_and_comments_stand_in_one_line_of_time(newsroom: Newsroom):
    post_id = await newsroom.publish()
    async with newsroom.app.transaction() as session:
        post = await session.get_one(Post, post_id)
        now, mode = utcnow(), mode_of(newsroom.app)
        session.add(
            Boost(
                mode=mode, post_id=post_id, article_id=post.article_id, account_id=post.account_id,
                advertiser_id=ADVERTISER, open_key="k", item_id=post.post_ids[0], ad_id="77", currency="USD",
                budget="25", days=3, objective_type="TRAFFIC", figures={"spend": "12.5"}, figures_at=now,
                created_at=now - timedelta(hours=5), started_at=now - timedelta(hours=4),
            )
        )  # fmt: skip
        for number, where in enumerate(({"item_id": post.post_ids[0]}, {"ad_id": "77"}, {"ad_id": "78"}, {})):
            at = now - timedelta(hours=3 - number)
            comment: dict[str, Any] = {"mode": mode, "source": "ad", "owner_id": ADVERTISER, "place_id": "1"}
            comment |= {"position": number + 1, "comment_id": str(number), "text": f"сөз {number}", "created_at": at}
            session.add(Comment(**(comment | where)))
    answer = await newsroom.http.get(f"/api/articles/{post.article_id}/timeline")
    assert answer.status_code == 200, answer.text
    told = [(one["kind"], one["text"] or (one["why"] or ""), one["spend"]) for one in answer.json()["items"]]
    assert [(kind, spend and float(spend)) for kind, _, spend in told] == [
        ("boost", 12.5), ("comment", None), ("comment", None), ("boost", None), ("boost", None),
    ]  # fmt: skip
    assert [text for kind, text, _ in told if kind == "comment"] == ["сөз 1", "сөз 0"]
    assert {one["post_id"] for one in answer.json()["items"]} == {post_id}
    assert (await newsroom.http.get("/api/articles/nothing/timeline")).status_code == 404
