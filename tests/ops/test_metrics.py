"""What is counted, how it is stored, and what `/metrics`, the alerts and the manual say of it."""

import dataclasses
import json
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from app import meters
from app.accounts.models import AccountState
from app.articles.adapters.standard_webhooks import sign_delivery
from app.config import ROOT
from app.db import Database
from app.jobs import WorkerHeartbeat
from app.kit import metrics as kit
from app.kit.clock import utcnow
from app.kit.metrics import METERS, OTHER, Counter, Histogram
from app.limits.budgets import STATUS_FETCH, Ask, take
from app.ops.metrics.gauges import GAUGES
from app.posts.models import PostState
from app.posts.transitions import advance
from app.process.counts import read_counts, store_counts, storing_counts
from app.process.heartbeat import Heartbeat
from app.queue import ArqQueue
from app.resources import Resources
from app.webhooks.models import WebhookEvent
from tests.builders import make_account, make_article, make_attempt, make_post, make_source
from tests.support.manual import MANUAL
from tests.support.whole_app import log_in_program, make_admin, mark_as_migrated, open_client

ALERTS = ROOT / "app" / "ops" / "metrics" / "alerts.yml"


@pytest.fixture(autouse=True)
def _nothing_counted_yet() -> None:
    kit.take()


@pytest.fixture
def own_meters(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Counter, Histogram]]:
    """A counter and a histogram of a test's own."""
    monkeypatch.setattr(kit, "METERS", {})
    yield (
        Counter("newsreel_calls_total", "Calls", "endpoint"),
        Histogram("newsreel_wait_seconds", "Waits", "kind", bounds=(0.1, 1.0)),
    )
    kit.take()


async def page(resources: Resources) -> str:
    settings = resources.settings.model_copy(update={"metrics_public": True})
    async with open_client(dataclasses.replace(resources, settings=settings)) as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].count("charset") == 1
    return answer.text


async def samples(resources: Resources) -> dict[str, float]:
    """Read the page as Prometheus does."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(await page(resources)):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sample.labels.items())
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


# What is counted.


def test_the_number_of_series_of_one_name_is_bounded(own_meters):
    counter, _ = own_meters
    for number in range(1000):
        counter.count(f"endpoint-{number}")
    counter.count("x" * 65)
    taken = kit.take()
    assert len(taken) == 201
    assert taken["newsreel_calls_total", (OTHER,)] == 801


def test_a_count_under_other_labels_than_the_metrics_own_is_a_mistake(own_meters):
    counter, _ = own_meters
    with pytest.raises(ValueError, match="newsreel_calls_total"):
        counter.count("status_fetch", "ok")


def test_no_two_metrics_have_one_name(own_meters):
    with pytest.raises(RuntimeError):
        Counter("newsreel_calls_total", "Calls again")


async def test_counts_of_all_processes_add_up_and_outlive_them(resources):
    meters.deliveries.count("ghost", "created")
    await store_counts(resources)
    meters.deliveries.count("ghost", "created", by=2)
    meters.deliveries.count("ghost", "duplicate")
    meters.tiktok_call_seconds.observe(0.07, "status_fetch")
    meters.tiktok_call_seconds.observe(400.0, "status_fetch")
    await store_counts(resources)
    found = await samples(resources)
    assert found["newsreel_deliveries_total{kind=ghost,outcome=created}"] == 3
    assert found["newsreel_deliveries_total{kind=ghost,outcome=duplicate}"] == 1
    buckets = {
        le: found[f"newsreel_tiktok_call_seconds_bucket{{endpoint=status_fetch,le={le}}}"]
        for le in ("0.05", "0.1", "300.0", "+Inf")
    }
    assert buckets == {"0.05": 0, "0.1": 1, "300.0": 1, "+Inf": 2}
    assert found["newsreel_tiktok_call_seconds_count{endpoint=status_fetch}"] == 2
    assert found["newsreel_tiktok_call_seconds_sum{endpoint=status_fetch}"] == pytest.approx(400.07)


async def test_what_is_counted_by_several_at_once_is_stored_once(resources):
    other = Database(resources.settings.database_url.get_secret_value())
    meters.attempts.count("accepted")
    await store_counts(resources)
    meters.attempts.count("accepted")
    await store_counts(dataclasses.replace(resources, db=other))
    await store_counts(resources)
    await other.close()
    async with resources.read() as session:
        assert await read_counts(session) == {("newsreel_attempts_total", ("accepted",)): 2.0}


async def test_what_could_not_be_stored_is_counted_later(sqlite_resources, tmp_path):
    empty = Database(f"sqlite+aiosqlite:///{tmp_path}/empty.db")
    meters.attempts.count("refused")
    with pytest.raises(OperationalError):
        await store_counts(dataclasses.replace(sqlite_resources, db=empty))
    await empty.close()
    assert (await samples(sqlite_resources))["newsreel_attempts_total{outcome=refused}"] == 1


async def test_a_worker_stores_its_counts_with_its_heartbeat_and_at_its_end(sqlite_resources):
    heartbeat = Heartbeat(sqlite_resources)
    meters.media.count("photo", "ok")
    await heartbeat.beat(utcnow())
    meters.media.count("photo", "ok")
    await heartbeat.end()
    assert kit.take() == {}
    assert (await samples(sqlite_resources))["newsreel_media_total{kind=photo,result=ok}"] == 2


async def test_the_web_process_stores_the_rest_at_its_end(sqlite_resources):
    async with storing_counts(sqlite_resources):
        meters.job_errors.count("posts.publish")
    async with sqlite_resources.read() as session:
        assert await read_counts(session) == {("newsreel_job_errors_total", ("posts.publish",)): 1.0}


async def test_a_change_of_state_is_counted_once_it_is_on_disk(sqlite_resources):
    async with sqlite_resources.transaction() as session:
        post = await make_post(session)
    move: dict[str, Any] = {"expected": PostState.queued, "to": PostState.retryable, "why": "TikTok was away."}

    async def change_mind() -> None:
        async with sqlite_resources.transaction() as session:
            assert await advance(session, post.id, **move)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await change_mind()
    assert kit.take() == {}
    async with sqlite_resources.transaction() as session:
        assert await advance(session, post.id, **move)
        assert not await advance(session, post.id, **move)
    assert kit.take() == {("newsreel_post_moves_total", ("queued", "retryable")): 1.0}


# What stands in the database.


async def test_counts_posts_and_accounts_by_state(resources):
    await mark_as_migrated(resources)
    async with resources.transaction() as session:
        session.add(WorkerHeartbeat(id="worker", seen_at=utcnow() - timedelta(seconds=30)))
        session.add(WorkerHeartbeat(id="gone", seen_at=utcnow() - timedelta(minutes=3)))
        for state in (PostState.unconfirmed, PostState.published, PostState.published):
            await make_post(session, state=state)
    found = await samples(resources)
    assert found["newsreel_posts{state=unconfirmed}"] == 1
    assert found["newsreel_posts{state=published}"] == 2
    assert found["newsreel_posts{state=failed}"] == 0
    assert found["newsreel_accounts{state=connected}"] == 3
    assert found["newsreel_accounts{state=reconnect}"] == 0
    assert found["newsreel_queue_length"] == 0
    assert found["newsreel_workers"] == 1
    assert 30 <= found["newsreel_worker_heartbeat_age_seconds"] < 90
    assert found["newsreel_data_free_bytes"] > 0


async def test_tells_how_long_articles_wait_and_for_what(resources):
    now = utcnow()
    async with resources.transaction() as session:
        for minutes, state, at in (
            (10, PostState.queued, None),
            (20, PostState.retryable, None),
            (30, PostState.scheduled, now + timedelta(hours=1)),
            (40, PostState.scheduled, None),
            (50, PostState.published, None),
        ):
            await make_post(session, state=state, scheduled_at=at, created_at=now - timedelta(minutes=minutes))
    found = await samples(resources)
    ages = {
        what: found[f"newsreel_oldest_unposted_article_seconds{{waits_for={what}}}"]
        for what in ("engine", "time", "person")
    }
    assert {what: round(age / 60) for what, age in ages.items()} == {"engine": 20, "time": 30, "person": 40}


async def test_tells_what_settled_the_attempts_whose_answer_was_lost(resources):
    async with resources.transaction() as session:
        for evidence in ("webhook", "webhook", "none", None):
            post = await make_post(session, state=PostState.published)
            await make_attempt(session, post, evidence=evidence, outcome="accepted")
    found = await samples(resources)
    assert found["newsreel_evidence{kind=webhook}"] == 2
    assert found["newsreel_evidence{kind=none}"] == 1
    assert found["newsreel_evidence{kind=media}"] == 0


async def test_tells_how_late_polls_and_events_are(resources):
    now = utcnow()
    async with resources.transaction() as session:
        late = now - timedelta(seconds=90)
        await make_post(session, state=PostState.publishing, publish_id="p_1", next_check_at=late)
        await make_post(session, state=PostState.publishing, publish_id="p_1", next_check_at=now + timedelta(hours=1))
        for key, handled in (("a", None), ("b", now)):
            event: dict[str, Any] = {
                "dedup_key": key,
                "event": "post.publish.complete",
                "kind": "complete",
                "handled_at": handled,
            }
            session.add(WebhookEvent(**event, received_at=now - timedelta(minutes=10)))
    found = await samples(resources)
    assert 90 <= found["newsreel_poll_lateness_seconds"] < 200
    assert 600 <= found["newsreel_unhandled_event_seconds"] < 700


async def test_tells_when_the_first_login_ends(resources):
    now = utcnow()
    async with resources.transaction() as session:
        for days in (100, 20):
            ends = {"expires_at": now + timedelta(hours=days), "refresh_expires_at": now + timedelta(days=days)}
            await make_account(session, **ends)
    found = await samples(resources)
    assert found["newsreel_token_expiry_seconds{token=access}"] == pytest.approx(20 * 3600, abs=60)
    assert found["newsreel_token_expiry_seconds{token=refresh}"] == pytest.approx(20 * 86400, abs=60)


async def test_tells_which_source_went_silent(resources):
    now = utcnow()
    async with resources.transaction() as session:
        silent, busy = await make_source(session, slug="silent"), await make_source(session, slug="busy")
        await make_source(session, slug="new")
        for source, since in ((silent, 60), (busy, 1)):
            for number in range(12, 0, -1):
                received = now - timedelta(hours=since + 10 * number)
                await make_article(session, source_id=source.id, received_at=received)
        burst = await make_source(session, slug="burst")
        for number in range(30):
            await make_article(session, source_id=burst.id, received_at=now - timedelta(minutes=15, seconds=number))
        short = await make_source(session, slug="short")
        for number in range(12):
            await make_article(session, source_id=short.id, received_at=now - timedelta(hours=15 - number))
        for number in range(20):
            received = now - timedelta(hours=1, seconds=20 - number)
            await make_article(session, source_id=busy.id, received_at=received)
    found = await samples(resources)
    assert "newsreel_source_silence_ratio{source=burst}" not in found, "minutes after a burst nobody is silent"
    assert "newsreel_source_silence_ratio{source=short}" not in found, "its nights are not known yet"
    assert found["newsreel_source_silence_ratio{source=silent}"] == pytest.approx(7, abs=0.3)
    assert found["newsreel_source_silence_ratio{source=busy}"] == pytest.approx(0.1, abs=0.03)
    assert "newsreel_source_silence_ratio{source=new}" not in found


async def test_tells_how_much_of_tiktoks_limits_is_in_use(resources):
    async with resources.transaction() as session:
        account = await make_account(session)
    async with resources.transaction() as session:
        await take(session, STATUS_FETCH, {account.id: Ask(STATUS_FETCH.burst)})
    found = await samples(resources)
    assert 0.5 < found["newsreel_call_budget_used_ratio{limit=status_fetch}"] <= 1
    assert found["newsreel_call_budget_used_ratio{limit=creator_info}"] == 0


async def test_tells_of_a_redis_and_a_worker_that_are_away(sqlite_resources, tmp_path):
    queue = ArqQueue(f"unix://{tmp_path}/nothing")
    found = await samples(dataclasses.replace(sqlite_resources, queue=queue))
    await queue.close()
    assert found["newsreel_queue_length"] == -1
    assert found["newsreel_worker_heartbeat_age_seconds"] == float("inf")


# Who may read it, and what is said about it.


async def test_is_503_while_the_database_is_away(sqlite_resources):
    db = Database("postgresql+asyncpg://u:canary-password@127.0.0.1:1/news")
    settings = sqlite_resources.settings.model_copy(update={"metrics_public": True})
    async with open_client(dataclasses.replace(sqlite_resources, db=db, settings=settings)) as client:
        answer: httpx.Response = await client.get("/metrics")
    await db.close()
    assert answer.status_code == 503


async def test_wants_a_login_unless_the_setting_opens_it(sqlite_resources):
    await make_admin(sqlite_resources)
    async with open_client(sqlite_resources) as client:
        assert (await client.get("/metrics")).status_code == 401
        await log_in_program(client, sqlite_resources)
        assert (await client.get("/metrics")).status_code == 200


async def test_shows_nothing_of_the_settings(sqlite_resources):
    text = await page(sqlite_resources)
    assert sqlite_resources.settings.client_secret.get_secret_value() not in text
    assert str(sqlite_resources.settings.data_dir) not in text


def exported() -> set[str]:
    return {gauge.name for gauge in GAUGES} | set(METERS)


async def test_every_metric_is_declared_and_every_declared_one_is_on_the_page(sqlite_resources):
    typed = re.findall(r"^# TYPE (\S+) (?:gauge|counter|histogram)$", await page(sqlite_resources), re.MULTILINE)
    assert set(typed) == exported()


def test_every_metric_is_explained_in_the_manual():
    explained = re.findall(r"^\| `(newsreel_\w+)(?:\{[\w, ]*\})?` \|", MANUAL["metrics"], re.MULTILINE)
    assert sorted(explained) == sorted(exported())


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_every_alert_says_how_bad_it_is_what_it_means_and_what_to_do():
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) > 10
    for rule in rules():
        assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}, rule["alert"]
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert set(rule["annotations"]) == {"summary", "cure"}
        assert re.fullmatch(r"\d+[smhd]", rule.get("for", "1m"))
        assert rule["expr"].count("(") == rule["expr"].count(")")
        assert rule["expr"].count("{") == rule["expr"].count("}")


def test_alerts_ask_only_for_metrics_and_labels_that_there_are():
    labels = {gauge.name: {gauge.label} for gauge in GAUGES} | {name: set(m.labels) for name, m in METERS.items()}
    for rule in rules():
        used = re.findall(r"(newsreel_\w+)(?:\{([^}]*)\})?", rule["expr"])
        assert used, rule["alert"]
        for name, selector in used:
            assert name in labels, f"{rule['alert']} asks for {name}"
            assert set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", selector)) <= labels[name], rule["alert"]


def test_alerts_ask_only_for_states_that_there_are():
    states = {"newsreel_posts": PostState, "newsreel_post_moves_total": PostState, "newsreel_accounts": AccountState}
    asked = re.findall(r'(newsreel_\w+)\{(?:to_)?state="(\w+)"', ALERTS.read_text(encoding="utf-8"))
    assert {name for name, _ in asked} == set(states)
    assert [(name, state) for name, state in asked if state not in states[name].__members__] == []


async def test_deliveries_are_counted_by_kind_and_outcome_and_refused_ones_by_their_code(resources):
    async with open_client(resources) as client:
        await make_admin(resources)
        await log_in_program(client, resources)
        made = (await client.post("/api/sources", json={"name": "News", "kind": "generic"})).json()
        path = urlsplit(made["webhook_url"]).path
        data = {"id": "1", "url": "https://news.example/1", "title": "Жаңалық"}
        body = json.dumps({"type": "article.published", "data": data}).encode()
        for number in (1, 2):
            headers = sign_delivery(made["secret"], f"msg_{number}", int(time.time()), body)
            assert (await client.post(path, content=body, headers=headers)).status_code == 202
        assert (await client.post(path, content=body + b" ", headers=headers)).status_code == 401
    found = await samples(resources)
    assert found["newsreel_deliveries_total{kind=generic,outcome=created}"] == 1
    assert found["newsreel_deliveries_total{kind=generic,outcome=duplicate}"] == 1
    assert found["newsreel_deliveries_total{kind=generic,outcome=signature_refused}"] == 1
