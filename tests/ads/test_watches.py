"""Watches as an admin sets them up: what they see at TikTok, what is told of it, once, and why one cannot look."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.ads import jobs  # noqa: F401 - they register themselves
from app.ads.models import AdsWatch, WatchKind, WatchLevel
from app.ads.watches.look import EVERY, look
from app.ads.watches.sights import Sight, View, compare, review_of
from app.jobs import JOBS
from app.kit.clock import utcnow
from app.notifications.wording import Writer
from app.outbox.models import OutboxEvent
from app.outbox.models_endpoints import Channel, NotificationEndpoint
from app.resources import Resources, open_resources
from tests.ads.conftest import ADVERTISER, TOKEN, TikTok
from tests.ads.desk import ANALYST, app_settings, consent, control, refused_reservations, wake_nobody
from tests.support import serving
from tests.support.whole_app import log_in_program, make_admin, open_app


@dataclass
class Newsroom:
    """An admin's way to the watches, somebody who listens, and the worker's jobs by hand."""

    http: httpx.AsyncClient
    app: Resources
    tiktok: TikTok
    asgi: Any

    async def watch(self, **body: Any) -> str:
        answer = await self.http.post("/api/ads/watches", json={"advertiser_id": ADVERTISER, **body})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def look(self, watch_id: str) -> None:
        """Let the next look come, as the sweep would in five minutes."""
        async with self.app.transaction() as session:
            await session.exec(sa.update(AdsWatch).where(col(AdsWatch.id) == watch_id).values(next_at=utcnow()))
        await JOBS["ads.watch"].run({"app": self.app}, watch_id)

    async def show(self, watch_id: str, **headers: str) -> dict[str, Any]:
        answer = await self.http.get(f"/api/ads/watches/{watch_id}", headers=headers)
        shown: dict[str, Any] = answer.json()
        return shown

    async def log(self, watch_id: str, language: str = "en") -> list[dict[str, Any]]:
        answer = await self.http.get(f"/api/ads/watches/{watch_id}/events", headers={"accept-language": language})
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def told(self) -> list[OutboxEvent]:
        async with self.app.read() as session:
            return list((await session.exec(select(OutboxEvent).order_by(col(OutboxEvent.id)))).all())

    async def ask(self, path: str, **body: Any) -> dict[str, Any]:
        answer = await self.tiktok.http.post(
            f"/open_api/v1.3/{path}", json={"advertiser_id": ADVERTISER, **body}, headers={"Access-Token": TOKEN}
        )
        assert answer.json()["code"] == 0, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    async def make_campaign(self, name: str) -> str:
        made = await self.ask(
            "campaign/create/", campaign_name=name, objective_type="TRAFFIC", budget_mode="BUDGET_MODE_INFINITE"
        )
        return str(made["campaign_id"])


@pytest.fixture
async def newsroom(tmp_path: Path, database_url: str, tiktok: TikTok) -> AsyncIterator[Newsroom]:
    settings = app_settings(tmp_path, database_url, tiktok.address)
    async with open_resources(settings) as opened, open_app(opened) as caller:
        wake_nobody(opened)
        await make_admin(opened)
        await log_in_program(caller.http, opened)
        async with opened.transaction() as session:
            session.add(
                NotificationEndpoint(channel=Channel.webhook, address="https://x.example", events=["ads.watch"])
            )
        yield Newsroom(caller.http, opened, tiktok, caller.app)


async def test_a_status_that_changes_is_told_once_and_what_was_there_before_is_no_news(newsroom: Newsroom):
    campaign = await newsroom.make_campaign("Көктем")
    watch = await newsroom.watch(kind="status", level="campaign", name="Spring")
    await newsroom.look(watch)
    assert await newsroom.log(watch) == []
    await newsroom.make_campaign("Жаз")
    await newsroom.look(watch)
    assert await newsroom.log(watch) == []
    await newsroom.ask("campaign/status/update/", campaign_ids=[campaign], operation_status="DISABLE")
    for _ in range(2):
        await newsroom.look(watch)
    (found,) = await newsroom.log(watch)
    assert (found["object_id"], found["object_name"]) == (campaign, "Көктем")
    assert (found["before"], found["after"]) == ("CAMPAIGN_STATUS_ENABLE", "CAMPAIGN_STATUS_DISABLE")
    assert "«Көктем»" in (await newsroom.log(watch, "ru"))[0]["detail"]
    assert "нысан" in (await newsroom.log(watch, "kk"))[0]["detail"]
    (event,) = await newsroom.told()
    assert (event.type, event.subject, event.data["title"]) == ("ads.watch", f"ads_watch:{watch}", "Spring")
    item = {"at": event.at.isoformat(), "subject": event.subject, "data": event.data}
    letter = Writer(NotificationEndpoint(channel=Channel.email, address="a@b.kz", language="ru"), "https://n.example")
    assert "CAMPAIGN_STATUS_DISABLE" in letter.paragraph("ads.watch", item).lines[0]
    assert letter.page(item) == "https://n.example/admin/ads/watches"
    await newsroom.ask("campaign/status/update/", campaign_ids=[campaign], operation_status="DELETE")
    await newsroom.look(watch)
    assert (await newsroom.log(watch))[0]["before"] == "CAMPAIGN_STATUS_DISABLE"
    assert len(await newsroom.told()) == 2


async def test_two_who_look_at_once_tell_once_and_a_look_that_is_not_due_asks_nothing(newsroom: Newsroom):
    campaign = await newsroom.make_campaign("Көктем")
    watch = await newsroom.watch(kind="status", level="campaign", object_ids=[campaign])
    await newsroom.look(watch)
    await newsroom.ask("campaign/status/update/", campaign_ids=[campaign], operation_status="DISABLE")
    async with newsroom.app.transaction() as session:
        await session.exec(sa.update(AdsWatch).values(next_at=utcnow()))
    await asyncio.gather(*(look(newsroom.app, watch) for _ in range(4)))
    assert len(await newsroom.log(watch)) == 1
    before = len(await newsroom.tiktok.calls("campaign/get/"))
    await JOBS["ads.watch"].run({"app": newsroom.app}, watch)
    assert len(await newsroom.tiktok.calls("campaign/get/")) == before
    shown = await newsroom.show(watch)
    assert shown["next_at"] > shown["checked_at"]
    async with newsroom.app.read() as session:
        row = await session.get_one(AdsWatch, watch)
    assert row.checked_at is not None
    assert EVERY * 0.8 < row.next_at - row.checked_at < EVERY * 1.2


async def test_a_sweep_wakes_a_worker_for_what_is_due_and_for_nothing_else(newsroom: Newsroom):
    due = await newsroom.watch(kind="status", level="campaign")
    later = await newsroom.watch(kind="status", level="advertiser")
    async with newsroom.app.transaction() as session:
        put_off = sa.update(AdsWatch).where(col(AdsWatch.id) == later).values(next_at=utcnow() + EVERY)
        await session.exec(put_off)
    woken: list[str] = []

    async def wake(name: str, *args: str, job_id: str | None = None) -> None:
        woken.append(f"{name} {args[0]}")

    newsroom.app.queue.wake = wake  # type: ignore[method-assign]
    await JOBS["ads.watches_due"].run({"app": newsroom.app})
    assert woken == [f"ads.watch {due}"]


async def test_a_balance_is_told_once_until_it_has_risen_again(newsroom: Newsroom):
    balance = (await newsroom.http.get(f"/api/ads/{ADVERTISER}/balance")).json()["account_balance"]
    watch = await newsroom.watch(kind="balance", threshold=balance)
    for _ in range(2):
        await newsroom.look(watch)
    assert await newsroom.log(watch) == []
    move = {"bc_id": "7100000000000000001", "cash_amount": 10}
    await newsroom.ask("bc/transfer/", transfer_type="REFUND", **move)
    for _ in range(2):
        await newsroom.look(watch)
    (found,) = await newsroom.log(watch)
    assert float(found["after"]) == balance - 10
    await newsroom.ask("bc/transfer/", transfer_type="RECHARGE", **move)
    await newsroom.look(watch)
    await newsroom.ask("bc/transfer/", transfer_type="REFUND", **move)
    await newsroom.look(watch)
    assert len(await newsroom.log(watch)) == len(await newsroom.told()) == 2


async def test_spending_is_told_once_a_day_for_each_object(newsroom: Newsroom):
    await control(newsroom.tiktok, "history", advertiser_id=ADVERTISER, campaigns=2, days=3, deposit=100_000)
    watch = await newsroom.watch(kind="spend", level="campaign", threshold="0.01", period="lifetime")
    high = await newsroom.watch(kind="spend", level="advertiser", threshold=10_000_000, period="lifetime")
    for one in (watch, high):
        for _ in range(2):
            await newsroom.look(one)
    found = await newsroom.log(watch)
    assert len(found) == len({row["object_id"] for row in found}) == 2
    assert await newsroom.log(high) == []


async def test_spending_of_reservations_counts_too(newsroom: Newsroom):
    for buying_type in ("AUCTION", "RESERVATION_RF"):
        await control(newsroom.tiktok, "history", advertiser_id=ADVERTISER, campaigns=1, days=3, deposit=100_000,
                      buying_type=buying_type)  # fmt: skip
    spent = {
        lane: Decimal(row["metrics"]["spend"])
        for lane in ("AUCTION", "RESERVATION")
        for row in (await newsroom.tiktok.ask(
            "report/integrated/get/", advertiser_id=ADVERTISER, report_type="BASIC", service_type=lane,
            data_level=f"{lane}_ADVERTISER", dimensions='["advertiser_id"]', metrics='["spend"]', query_lifetime="true",
        ))["list"]
    }  # fmt: skip
    assert all(amount > 0 for amount in spent.values())
    both = sum(spent.values())
    watch = await newsroom.watch(kind="spend", level="advertiser", threshold=str(both), period="lifetime")
    campaigns = await newsroom.watch(kind="spend", level="campaign", threshold="0.01", period="lifetime")
    for one in (watch, campaigns):
        await newsroom.look(one)
    assert [row["after"] for row in await newsroom.log(watch)] == [f"{both:f}"]
    assert len(await newsroom.log(campaigns)) == 2


async def test_spending_is_watched_where_tiktok_refuses_the_question_about_reservations(newsroom: Newsroom):
    await control(newsroom.tiktok, "history", advertiser_id=ADVERTISER, campaigns=1, days=3, deposit=100_000)
    watch = await newsroom.watch(kind="spend", level="campaign", threshold="0.01", period="lifetime")
    with refused_reservations(newsroom.tiktok):
        await newsroom.look(watch)
    assert (await newsroom.show(watch))["trouble"] is None
    assert len(await newsroom.log(watch)) == 1


async def test_a_watch_that_cannot_look_says_why_and_after_half_an_hour_that_is_told_once(newsroom: Newsroom):
    await consent(newsroom.app, newsroom.tiktok, ANALYST)
    watch = await newsroom.watch(kind="status", level="campaign")
    await newsroom.look(watch)
    await newsroom.tiktok.fail_next("campaign/get/", code=40001)
    await newsroom.look(watch)
    shown = await newsroom.show(watch, **{"accept-language": "ru"})
    assert "TikTok" in shown["trouble"]
    assert await newsroom.told() == []
    async with newsroom.app.transaction() as session:
        await session.exec(sa.update(AdsWatch).values(failing_since=utcnow() - timedelta(minutes=31)))
    for _ in range(2):
        await newsroom.tiktok.fail_next("campaign/get/", code=40001)
        await newsroom.look(watch)
    (event,) = await newsroom.told()
    assert "cannot look" in event.data["why"]["text"]
    await newsroom.look(watch)
    assert (await newsroom.show(watch))["trouble"] is None


@pytest.mark.both_databases
async def test_tiktok_tells_of_a_suspension_and_the_watch_looks_at_once_without_believing_a_word(newsroom: Newsroom):
    from app.emulator.server import configured

    async with serving.serve(configured(newsroom.asgi, "127.0.0.1", 0)) as address:
        newsroom.app.settings.public_url = address
        watch = await newsroom.watch(kind="status", level="advertiser")
        await newsroom.look(watch)
        assert (await newsroom.show(watch))["told_by_tiktok"] == 1
        # An answer that was lost before does not make a second subscription.
        async with newsroom.app.transaction() as session:
            await session.exec(sa.update(AdsWatch).values(subscriptions={}))
        await newsroom.look(watch)
        assert (await newsroom.show(watch))["told_by_tiktok"] == 1
        assert len(await newsroom.tiktok.calls("subscription/subscribe/")) == 1
        path = f"/tiktok/ads-notices/{watch}/{ADVERTISER}"
        lie = await newsroom.http.post(path, json={"object": 4, "entry": [{"status": "STATUS_LIMIT"}]})
        assert lie.status_code == 200
        assert await newsroom.log(watch) == []
        assert (await newsroom.http.post(path.replace(watch, "nobody"), json={})).status_code == 404
        async with newsroom.app.transaction() as session:
            long_ago = utcnow() - timedelta(minutes=1)
            await session.exec(sa.update(AdsWatch).values(checked_at=long_ago, next_at=utcnow() + EVERY))
        woken = asyncio.Event()

        async def wake(name: str, *args: str, job_id: str | None = None) -> None:
            if name == "ads.watch":
                woken.set()

        newsroom.app.queue.wake = wake  # type: ignore[method-assign]
        suspended = await newsroom.tiktok.http.post(
            f"/_emulator/business/advertisers/{ADVERTISER}", json={"status": "STATUS_LIMIT"}
        )
        assert suspended.is_success, suspended.text
        async with asyncio.timeout(30):
            await woken.wait()
        await JOBS["ads.watch"].run({"app": newsroom.app}, watch)
        (found,) = await newsroom.log(watch)
        assert found["after"] == "STATUS_LIMIT"
        assert (await newsroom.http.delete(f"/api/ads/watches/{watch}")).status_code == 204
        assert len(await newsroom.tiktok.calls("subscription/unsubscribe/")) == 1
    assert (await newsroom.http.get(f"/api/ads/watches/{watch}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"kind"}),
        ({"kind": "status", "threshold": 5, "period": "day"}, {"level", "threshold", "period"}),
        ({"kind": "review", "level": "campaign", "object_ids": []}, {"level", "object_ids"}),
        ({"kind": "spend", "level": "advertiser", "object_ids": ["7"]}, {"threshold", "object_ids"}),
        ({"kind": "balance", "threshold": 1e308, "colour": "red"}, {"threshold", "colour"}),
        ({"kind": "balance", "threshold": "-1", "advertiser_id": 7.4e18}, {"threshold", "advertiser_id"}),
    ],
)  # fmt: skip
async def test_what_makes_no_sense_is_refused_with_every_fault(
    newsroom: Newsroom, body: dict[str, Any], fields: set[str]
):
    answer = await newsroom.http.post("/api/ads/watches", json={"advertiser_id": ADVERTISER, **body})
    assert answer.status_code == 422
    assert {one["field"] for one in answer.json()["errors"]} == fields
    assert (await newsroom.http.get("/api/ads/watches")).json()["items"] == []


def _review(looks: int, seen: dict[str, str]) -> AdsWatch:
    return AdsWatch(mode="real", advertiser_id="1", kind=WatchKind.review, level=WatchLevel.ad, looks=looks, seen=seen)


def test_a_review_is_told_when_it_ends_also_of_an_ad_that_came_since_the_last_look():
    view = View([Sight("1", "a", "approved"), Sight("2", "b", "rejected"), Sight("3", "c", "waiting")])
    seen, findings = compare(_review(1, {"1": "waiting"}), view)
    assert [(one.object_id, one.before, one.after) for one in findings] == [
        ("1", "waiting", "approved"), ("2", "waiting", "rejected"),
    ]  # fmt: skip
    assert compare(_review(2, seen), view)[1] == []
    assert compare(_review(0, {}), view)[1] == []
    # Where TikTok did not show all, nothing is called gone, nor forgotten.
    kept, findings = compare(_review(2, seen), View([], is_whole=False))
    assert (kept, findings) == (seen, [])


@pytest.mark.parametrize(
    ("status", "review"),
    [
        ("AD_STATUS_AUDIT", "waiting"), ("AD_STATUS_AUDIT_DENY", "rejected"), ("AD_STATUS_DELIVERY_OK", "approved"),
        ("ADGROUP_STATUS_CREATE", "waiting"), ("AD_STATUS_DELETE", None), ("", None), ("AD_STATUS_DISABLE", "approved"),
    ],
)  # fmt: skip
def test_a_review_is_read_from_tiktok_s_word(status: str, review: str | None):
    assert review_of(status) == review
