"""What the gateway gets, over the whole app and with the emulated Business API on the other side of a real wire."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from sqlmodel import col, select

from app.ads import jobs
from app.ads.internal import audit, keys
from app.ads.internal.gaps import note_gap
from app.ads.internal.registry import REGISTRY
from app.ads.internal.transfer_payload import TransferFunds
from app.ads.leases import LeaseLost
from app.ads.models import IdempotencyKey, InternalCall, KeyState, MoneyTransfer
from app.kit.clock import utcnow
from app.resources import open_resources
from app.tiktok_business.limiter import NoLimit, Place
from tests.ads.conftest import ADVERTISER, CENTER, KEY, OTHER_KEY, TOKEN, Gateway, TikTok, real_settings
from tests.support.manual import MANUAL
from tests.support.whole_app import log_in_program, make_admin, open_client

ANSWER = {
    "success", "provider", "operation", "mode", "data", "error", "requestId", "correlationId", "replayed", "durationMs",
}  # fmt: skip
ERROR = {"code", "message", "help", "tiktokCode", "retryable", "retryAfterSeconds", "outcome", "fields"}
RECHARGE = {"advertiserId": ADVERTISER, "type": "RECHARGE", "amount": "12.50"}
CAMPAIGN = {
    "advertiserId": ADVERTISER, "name": "Көктем", "objective": "TRAFFIC", "budgetMode": "BUDGET_MODE_DAY", "budget": 60,
}  # fmt: skip


async def count(tiktok: TikTok, endpoint: str) -> int:
    return len(await tiktok.calls(endpoint))


async def transactions(tiktok: TikTok) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await tiktok.ask("advertiser/transaction/get/", bc_id=CENTER))["transaction_list"]
    return found


async def test_what_the_manual_says_to_send_is_carried_out_to_the_letter(gateway: Gateway):
    page = MANUAL["marketing-api"]
    (first,) = re.findall(r"-d '(\{.*?\})'", page, re.DOTALL)[:1]
    body = json.loads(first)
    made = (await gateway.post(body)).json()
    assert made["success"], made
    rows = re.findall(r"^\| `(\w+)` \| `(\{.*\})` \|$", page, re.MULTILINE)
    for operation, payload in rows:
        wanted = json.loads(payload.replace("…", made["data"]["campaign"]["id"]))
        told = await gateway.execute(operation, wanted)
        assert told["success"], (operation, told)
        assert told["data"].get("campaigns") != [], operation
    named = {"TestPing", body["operation"], *(operation for operation, _ in rows)}
    assert named == {operation.name for operation in REGISTRY.operations}


async def test_every_operation_of_the_ten_is_carried_out(gateway: Gateway):
    assert (await gateway.execute("test_ping"))["data"]["status"] == "ok"
    advertisers = (await gateway.execute("ListAdvertisers"))["data"]["advertisers"]
    assert {"id", "name", "status", "currency", "timezone"} == set(advertisers[0])
    made = await gateway.execute("CreateCampaign", CAMPAIGN, correlationId="order-17")
    assert set(made) == ANSWER
    assert (made["mode"], made["correlationId"], made["error"], made["replayed"]) == ("real", "order-17", None, False)
    campaign = made["data"]["campaign"]
    assert (campaign["name"], campaign["budget"], campaign["status"]) == ("Көктем", 60, "active")
    assert campaign["createTime"].endswith("Z")
    assert campaign["raw"]["campaign_name"] == "Көктем"
    one = {"advertiserId": ADVERTISER, "campaignId": campaign["id"]}
    assert (await gateway.execute("GetCampaign", one))["data"]["campaign"]["id"] == campaign["id"]
    renamed = await gateway.execute("UpdateCampaign", one | {"name": "Жаз", "budget": "75.50"})
    assert (renamed["data"]["campaign"]["name"], renamed["data"]["campaign"]["budget"]) == ("Жаз", 75.5)
    paused = await gateway.execute("UpdateCampaignStatus", one | {"status": "paused"})
    assert paused["data"]["campaigns"] == [
        {"id": campaign["id"], "status": "paused", "operationStatus": "DISABLE", "error": None}
    ]
    listed = await gateway.execute("ListCampaigns", {"advertiserId": ADVERTISER, "filters": {"status": "paused"}})
    assert [row["id"] for row in listed["data"]["campaigns"]] == [campaign["id"]]
    assert listed["data"]["page"] == {"page": 1, "pageSize": 100, "totalNumber": 1, "totalPage": 1}
    moved = await gateway.execute("TransferFunds", RECHARGE)
    assert [(row["type"], row["amount"]) for row in moved["data"]["transactions"]] == [("RECHARGE", 12.5)]
    new = {
        "name": "Desk", "currency": "USD", "timezone": "Asia/Almaty", "company": "News", "industry": "290901",
        "registeredArea": "KZ", "promotionLink": "https://news.example",
    }  # fmt: skip
    assert (await gateway.execute("CreateAdvertiser", new))["data"]["advertiser"]["name"] == "Desk"


async def test_without_a_key_of_the_installation_s_all_of_it_is_not_there(sqlite_resources):
    async with open_client(sqlite_resources) as http:
        for method, path in (("POST", "execute"), ("GET", "health"), ("GET", "operations"), ("GET", "nonsense")):
            assert (await http.request(method, f"/internal/{path}")).status_code == 404


async def test_two_keys_are_good_and_others_are_not(gateway: Gateway):
    ping = {"provider": "tiktok", "operation": "Ping"}
    for key in (KEY, OTHER_KEY):
        assert (await gateway.post(ping, **{"X-Internal-Key": key})).status_code == 200
    for key in ("", "x", f"{KEY}, {OTHER_KEY}", KEY[:-1]):
        refused = await gateway.post(ping, **{"X-Internal-Key": key})
        assert refused.status_code == 401
        assert set(refused.json()) == ANSWER
        assert refused.json()["error"]["code"] == "UNAUTHORIZED"
    for path in ("health", "operations"):
        assert (await gateway.http.get(f"/internal/{path}")).status_code == 401
        assert (await gateway.http.get(f"/internal/{path}", headers={"X-Internal-Key": KEY})).status_code == 200


async def test_a_bad_request_has_the_form_of_all_answers_and_calls_nothing(gateway: Gateway, tiktok: TikTok):
    bad = [
        (b"{", 400, "INVALID_REQUEST"),
        (json.dumps({"provider": "meta", "operation": "Ping"}), 400, "INVALID_REQUEST"),
        (json.dumps({"provider": "tiktok", "operation": "Frobnicate"}), 400, "UNKNOWN_OPERATION"),
        (json.dumps({"provider": "tiktok", "operation": "CreateCampaign", "payload": {}}), 400, "INVALID_PAYLOAD"),
        (b'{"a":"' + b"x" * 1_100_000 + b'"}', 413, "TOO_LARGE"),
    ]
    for body, status, code in bad:
        answer = await gateway.post(body)
        assert answer.status_code == status
        told = answer.json()
        assert (set(told), set(told["error"])) == (ANSWER, ERROR)
        assert (told["error"]["code"], told["error"]["outcome"], told["success"]) == (code, "not_done", False)
    assert await count(tiktok, "campaign/create/") == 0


@pytest.mark.parametrize(
    ("code", "word", "retryable"),
    [
        (40105, "AUTH_FAILED", False),
        (40001, "NO_PERMISSION", False),
        (40002, "INVALID_PARAMETER", False),
        (40050, "CONFLICT", False),
        (40700, "PROVIDER_ERROR", False),
    ],
)
async def test_a_refusal_of_tiktok_s_is_http_200_with_its_code(gateway: Gateway, tiktok: TikTok, code, word, retryable):
    await tiktok.fail_next("campaign/get/", phase="before", code=code, message="as it says")
    told = await gateway.execute("ListCampaigns", {"advertiserId": ADVERTISER})
    error = told["error"]
    assert (error["code"], error["tiktokCode"], error["retryable"]) == (word, code, retryable)
    assert "as it says" in error["message"]
    assert error["help"]
    assert told["requestId"]


async def test_a_repeat_of_a_key_gets_the_stored_answer_and_another_body_a_conflict(
    gateway_on_both: Gateway, tiktok: TikTok
):
    gateway = gateway_on_both
    first = await gateway.execute("CreateCampaign", CAMPAIGN, idempotencyKey="k", correlationId="a")
    again = await gateway.execute(
        "create_campaign", {**CAMPAIGN, "budget": "60.00"}, idempotencyKey="k", correlationId="b"
    )
    assert again == first | {"replayed": True, "correlationId": "b", "durationMs": again["durationMs"]}
    assert await count(tiktok, "campaign/create/") == 1
    other = await gateway.post(
        {"provider": "tiktok", "operation": "CreateCampaign", "payload": {**CAMPAIGN, "budget": 61},
         "context": {"idempotencyKey": "k"}}
    )  # fmt: skip
    assert (other.status_code, other.json()["error"]["code"]) == (409, "IDEMPOTENCY_MISMATCH")


async def test_many_at_once_with_one_key_are_one_write(gateway_on_both: Gateway, tiktok: TikTok):
    told = await asyncio.gather(
        *(gateway_on_both.execute("TransferFunds", RECHARGE, idempotencyKey="once") for _ in range(20))
    )
    assert await count(tiktok, "bc/transfer/") == 1
    codes = {one["error"]["code"] for one in told if not one["success"]}
    assert codes <= {"IN_PROGRESS"}
    assert (await gateway_on_both.execute("TransferFunds", RECHARGE, idempotencyKey="once"))["replayed"]


@pytest.mark.parametrize("fault", [{"cut": True}, {"raw": "<html>"}, {"code": 50000}])
async def test_a_lost_transfer_is_looked_up_and_never_sent_again(gateway: Gateway, tiktok: TikTok, fault):
    await tiktok.fail_next("bc/transfer/", phase="after", **fault)
    lost = await gateway.execute("TransferFunds", RECHARGE, idempotencyKey="t")
    assert (lost["error"]["code"], lost["error"]["outcome"]) == ("OUTCOME_UNKNOWN", "unknown")
    found = await gateway.execute("TransferFunds", RECHARGE, idempotencyKey="t")
    assert (found["success"], found["replayed"]) == (True, True)
    assert found["data"]["transactions"][0]["amount"] == 12.5
    assert await count(tiktok, "bc/transfer/") == 1
    assert len(await transactions(tiktok)) == 1


async def test_a_transfer_that_did_not_happen_stays_unknown_and_is_not_sent_again(gateway: Gateway, tiktok: TikTok):
    await tiktok.fail_next("bc/transfer/", phase="before", cut=True)
    for _ in range(3):
        told = await gateway.execute("TransferFunds", RECHARGE, idempotencyKey="t")
        assert told["error"]["code"] == "OUTCOME_UNKNOWN"
    assert await count(tiktok, "bc/transfer/") == 1
    assert await transactions(tiktok) == []


async def test_another_transfer_just_like_it_is_not_taken_for_the_lost_one(gateway: Gateway, tiktok: TikTok):
    assert (await gateway.execute("TransferFunds", RECHARGE, idempotencyKey="other"))["success"]
    await tiktok.fail_next("bc/transfer/", phase="before", cut=True)
    for _ in range(2):
        told = await gateway.execute("TransferFunds", RECHARGE, idempotencyKey="lost")
        assert told["error"]["code"] == "OUTCOME_UNKNOWN"


async def test_the_sweep_settles_a_lost_transfer_without_the_gateway(gateway: Gateway, tiktok: TikTok):
    await tiktok.fail_next("bc/transfer/", phase="after", cut=True)
    await gateway.execute("TransferFunds", RECHARGE, idempotencyKey="t")
    await jobs.settle_internal(gateway.resources)
    async with gateway.resources.read() as session:
        row = (await session.exec(select(IdempotencyKey))).one()
        money = (await session.exec(select(MoneyTransfer))).one()
    assert (row.state, money.state) == (KeyState.done, "done")
    assert (await gateway.execute("TransferFunds", RECHARGE, idempotencyKey="t"))["success"]


async def test_a_transfer_whose_process_died_before_its_turn_was_surely_not_sent(
    gateway_on_both: Gateway, tiktok: TikTok
):
    app, payload = gateway_on_both.resources, TransferFunds.read(RECHARGE).canonical()
    row = keys.make_row("t", "TransferFunds", payload, CENTER, "c")
    row.state, row.sent_at = KeyState.sending, utcnow()
    money = MoneyTransfer(
        idempotency_key="t", amount="12.5", has_left=False, advertiser_id=ADVERTISER, business_center_id=CENTER,
        type="RECHARGE", kind="cash",
    )  # fmt: skip
    async with app.transaction() as session:
        session.add(row)
        session.add(money)
    told = await gateway_on_both.execute("TransferFunds", RECHARGE, idempotencyKey="t")
    assert told["success"], told
    assert await count(tiktok, "bc/transfer/") == 1
    async with app.read() as session:
        (kept,) = (await session.exec(select(MoneyTransfer))).all()
    assert (kept.state, kept.has_left) == ("done", True)


async def test_a_process_that_was_paused_before_its_turn_sends_nothing_once_another_has_its_key(
    gateway: Gateway, tiktok: TikTok, monkeypatch: pytest.MonkeyPatch
):
    """Its lease runs out while it waits for its turn, another takes the key over and sends, and then it wakes up."""
    app, is_there, may_go = gateway.resources, asyncio.Event(), asyncio.Event()
    turns = 0

    class Paused(NoLimit):
        async def wait(self, place: Place) -> None:
            nonlocal turns
            turns += 1
            if turns == 1:
                is_there.set()
                await may_go.wait()

    limiter = Paused()
    monkeypatch.setattr("app.ads.access.limiter_of", lambda _app: limiter)
    first = asyncio.create_task(gateway.execute("TransferFunds", RECHARGE, idempotencyKey="t"))
    async with asyncio.timeout(30):
        await is_there.wait()
    async with app.transaction() as session:
        await session.exec(sa.update(IdempotencyKey).values(lease_until=utcnow() - timedelta(seconds=1)))
    second = await gateway.execute("TransferFunds", RECHARGE, idempotencyKey="t")
    assert second["success"], second
    may_go.set()
    assert not (await first)["success"]
    assert await count(tiktok, "bc/transfer/") == 1
    assert (await gateway.execute("TransferFunds", RECHARGE, idempotencyKey="t"))["replayed"]


async def test_what_a_restored_backup_has_forgotten_is_not_sent_again_unless_somebody_says_so(
    gateway_on_both: Gateway, tiktok: TikTok
):
    gateway = gateway_on_both
    assert (await gateway.execute("TransferFunds", RECHARGE, idempotencyKey="kept"))["success"]
    body = {"bc_id": CENTER, "advertiser_id": ADVERTISER, "transfer_type": "RECHARGE", "cash_amount": 12.5}
    forgotten = await tiktok.http.post("/open_api/v1.3/bc/transfer/", json=body, headers={"Access-Token": TOKEN})
    assert forgotten.json()["code"] == 0
    new = {
        "name": "Desk", "currency": "USD", "timezone": "Asia/Almaty", "company": "News", "industry": "290901",
        "registeredArea": "KZ", "promotionLink": "https://news.example",
    }  # fmt: skip
    assert (await gateway.execute("CreateAdvertiser", new))["success"]
    async with gateway.resources.transaction() as session:
        note_gap(session, utcnow() - timedelta(minutes=1))
    again = await gateway.execute("TransferFunds", RECHARGE, idempotencyKey="forgotten")
    assert (again["error"]["code"], again["error"]["outcome"]) == ("GUARD", "not_done")
    assert "RESTORED_BACKUP" in again["error"]["message"]
    twice = await gateway.execute("CreateAdvertiser", new, idempotencyKey="a")
    assert (twice["error"]["code"], list(twice["error"]["fields"])) == ("GUARD", ["name"])
    assert (await count(tiktok, "bc/transfer/"), await count(tiktok, "bc/advertiser/create/")) == (2, 1)
    assert (await gateway.execute("TransferFunds", {**RECHARGE, "amount": 13}, idempotencyKey="other"))["success"]
    assert (await gateway.execute("CreateAdvertiser", {**new, "name": "Other"}, idempotencyKey="b"))["success"]
    meant = {"idempotencyKey": "forgotten", "confirm": "RESTORED_BACKUP:12.5"}
    assert (await gateway.execute("TransferFunds", RECHARGE, **meant))["success"]
    assert len(await transactions(tiktok)) == 4


async def test_a_lost_campaign_is_made_once(gateway: Gateway, tiktok: TikTok):
    await tiktok.fail_next("campaign/create/", phase="after", cut=True)
    told = await gateway.execute("CreateCampaign", CAMPAIGN, idempotencyKey="c")
    assert told["success"], told
    listed = await gateway.execute("ListCampaigns", {"advertiserId": ADVERTISER, "all": True})
    assert [row["id"] for row in listed["data"]["campaigns"]] == [told["data"]["campaign"]["id"]]


async def test_a_lost_advertiser_is_found_by_its_name(gateway: Gateway, tiktok: TikTok):
    new = {
        "name": "Desk", "currency": "USD", "timezone": "Asia/Almaty", "company": "News", "industry": "290901",
        "registeredArea": "KZ", "promotionLink": "https://news.example",
    }  # fmt: skip
    await tiktok.fail_next("bc/advertiser/create/", phase="after", cut=True)
    lost = await gateway.execute("CreateAdvertiser", new, idempotencyKey="a")
    assert lost["error"]["code"] == "OUTCOME_UNKNOWN"
    assert (await gateway.execute("CreateAdvertiser", new, idempotencyKey="a"))["success"]
    assert await count(tiktok, "bc/advertiser/create/") == 1


async def test_a_refusal_that_passes_later_sets_the_key_free_and_a_final_one_is_kept(gateway: Gateway, tiktok: TikTok):
    await tiktok.fail_next("bc/transfer/", phase="before", code=40202, message="busy")
    assert (await gateway.execute("TransferFunds", RECHARGE, idempotencyKey="t"))["error"]["retryable"]
    assert (await gateway.execute("TransferFunds", RECHARGE, idempotencyKey="t"))["success"]
    await tiktok.fail_next("bc/transfer/", phase="before", code=40002, message="no")
    for replayed in (False, True):
        told = await gateway.execute("TransferFunds", RECHARGE, idempotencyKey="u")
        assert (told["error"]["code"], told["replayed"]) == ("INVALID_PARAMETER", replayed)


async def test_a_key_whose_process_died_is_taken_over_when_its_lease_is_over(gateway: Gateway, tiktok: TikTok):
    row = keys.make_row("d", "TransferFunds", _canonical(RECHARGE), CENTER, "c")
    held = await keys.take(gateway.resources, row)
    assert isinstance(held, keys.Held)
    busy = await gateway.post(
        {"provider": "tiktok", "operation": "TransferFunds", "payload": RECHARGE, "context": {"idempotencyKey": "d"}}
    )
    assert (busy.status_code, busy.json()["error"]["code"]) == (409, "IN_PROGRESS")
    assert 0 < busy.json()["error"]["retryAfterSeconds"] <= 15
    async with gateway.resources.transaction() as session:
        past = utcnow() - timedelta(seconds=1)
        await session.exec(sa.update(IdempotencyKey).where(col(IdempotencyKey.key) == "d").values(lease_until=past))
    assert (await gateway.execute("TransferFunds", RECHARGE, idempotencyKey="d"))["success"]
    assert await count(tiktok, "bc/transfer/") == 1
    with pytest.raises(LeaseLost):
        await keys.mark_sending(gateway.resources, held)


def _canonical(given: dict[str, Any]) -> dict[str, Any]:
    from app.ads.internal.registry import REGISTRY

    made: dict[str, Any] = REGISTRY.find("TransferFunds").payload.read(given).canonical()
    return made


@pytest.mark.both_databases
async def test_a_settled_key_is_known_for_longer_than_thirty_days_and_forgotten_after_four_hundred(
    gateway_on_both: Gateway, tiktok: TikTok
):
    gateway = gateway_on_both
    first = await gateway.execute("TransferFunds", RECHARGE, idempotencyKey="k")
    for days in (30, 31, 399):
        await make_older(gateway, days)
        await jobs.sweep(gateway.resources)
        again = await gateway.execute("TransferFunds", RECHARGE, idempotencyKey="k")
        assert (again["replayed"], again["data"]) == (True, first["data"]), days
    # What nobody has found out is never forgotten: the next who asks must be told that it may have been done.
    await make_older(gateway, 401, state=KeyState.unknown)
    await jobs.sweep(gateway.resources)
    assert await known_keys(gateway) == ["k"]
    await make_older(gateway, 401, state=KeyState.done)
    await jobs.sweep(gateway.resources)
    assert await known_keys(gateway) == []
    assert len(await transactions(tiktok)) == 1
    anew = await gateway.execute("TransferFunds", RECHARGE, idempotencyKey="k")
    assert (anew["success"], anew["replayed"], len(await transactions(tiktok))) == (True, False, 2)


async def make_older(gateway: Gateway, days: int, **values: object) -> None:
    """Let all keys have been taken so many days ago."""
    at = utcnow() - timedelta(days=days)
    async with gateway.resources.transaction() as session:
        await session.exec(sa.update(IdempotencyKey).values(created_at=at, updated_at=at, sent_at=at, **values))
        await session.exec(sa.update(MoneyTransfer).values(sent_at=at, settled_at=at))


async def known_keys(gateway: Gateway) -> list[str]:
    async with gateway.resources.read() as session:
        return list((await session.exec(select(IdempotencyKey.key))).all())


async def test_over_twenty_campaigns_go_out_in_twenties_and_one_that_is_wrong_spoils_no_other(
    gateway: Gateway, tiktok: TikTok
):
    ids = [await gateway.create(f"c{number}") for number in range(22)]
    told = await gateway.execute(
        "UpdateCampaignStatus", {"advertiserId": ADVERTISER, "campaignIds": [*ids, "999"], "status": "DISABLE"}
    )
    rows = {row["id"]: row for row in told["data"]["campaigns"]}
    assert (told["success"], told["error"]["outcome"]) == (False, "partial")
    assert {rows[one]["status"] for one in ids} == {"paused"}
    assert rows["999"]["error"]["code"] == "NOT_FOUND"
    assert [row["id"] for row in told["data"]["campaigns"]] == [*ids, "999"]


async def test_guards_stop_a_write_before_it_is_sent_and_exactly_what_is_confirmed_passes(
    tmp_path: Path, sqlite_url: str, tiktok: TikTok
):
    settings = real_settings(tmp_path, sqlite_url, tiktok.address, ads_max_transfer=10, ads_max_daily_budget=100)
    async with open_resources(settings) as opened, open_client(opened) as http:
        gateway = Gateway(http, opened)
        told = await gateway.execute("TransferFunds", RECHARGE, idempotencyKey="g")
        assert (told["error"]["code"], told["error"]["outcome"]) == ("GUARD", "not_done")
        assert "ADS_MAX_TRANSFER:12.50" in told["error"]["help"]
        wrong = await gateway.execute("TransferFunds", RECHARGE, idempotencyKey="g", confirm="ADS_MAX_TRANSFER:12")
        assert wrong["error"]["code"] == "GUARD"
        passed = await gateway.execute("TransferFunds", RECHARGE, idempotencyKey="g", confirm="ADS_MAX_TRANSFER:12.5")
        assert passed["success"]
        daily = await gateway.execute("CreateCampaign", {**CAMPAIGN, "budget": 101})
        assert daily["error"]["fields"] == {"budget": "ADS_MAX_DAILY_BUDGET allows 100, and this is 101"}
        campaign_id = await gateway.create()
        change = {"advertiserId": ADVERTISER, "campaignId": campaign_id, "budget": 181}
        raised = await gateway.execute("UpdateCampaign", change, confirm=["ADS_MAX_DAILY_BUDGET:181"])
        assert list(raised["error"]["fields"]) == ["budget"]
        assert "ADS_MAX_RAISE_PERCENT:181" in raised["error"]["help"]
    assert await count(tiktok, "bc/transfer/") == 1
    assert await count(tiktok, "campaign/update/") == 0


async def test_every_call_is_on_record_and_no_secret_is(gateway: Gateway, tiktok: TikTok, caplog):
    await gateway.execute("TransferFunds", RECHARGE, idempotencyKey="r", correlationId="order-1")
    await gateway.execute("GetCampaign", {"advertiserId": ADVERTISER})
    await make_admin(gateway.resources)
    assert (await gateway.http.get("/api/internal-calls")).status_code == 401
    await log_in_program(gateway.http, gateway.resources)
    listed = (await gateway.http.get("/api/internal-calls")).json()
    rows = [(row["operation"], row["success"], row["error_code"], row["http_status"]) for row in listed["items"]]
    assert rows == [("GetCampaign", False, "INVALID_PAYLOAD", 400), ("TransferFunds", True, None, 200)]
    transfer = listed["items"][1]
    assert (transfer["correlation_id"], transfer["idempotency_key"], transfer["outcome"]) == ("order-1", "r", "done")
    assert transfer["payload"]["amount"] == "12.50"
    assert transfer["request_id"]
    assert transfer["caller"].startswith("key 1, ")
    for secret in (KEY, TOKEN):
        assert secret not in json.dumps(listed) + caplog.text


async def test_health_makes_no_call_unless_it_is_to_look_deep(gateway: Gateway, tiktok: TikTok):
    headers = {"X-Internal-Key": KEY}
    told = (await gateway.http.get("/internal/health", headers=headers)).json()
    assert (told["status"], told["mode"], told["configured"], told["baseUrl"]) == ("ok", "real", True, tiktok.address)
    assert await count(tiktok, "user/info/") == 0
    assert (await gateway.http.get("/internal/health?deep=true", headers=headers)).json()["status"] == "ok"
    await tiktok.fail_next("user/info/", phase="before", code=40105, message="revoked")
    deep = (await gateway.http.get("/internal/health?deep=true", headers=headers)).json()
    assert (deep["status"], "revoked" in deep["reason"]) == ("degraded", True)


async def test_the_sandbox_s_gaps_and_a_missing_center_are_told_by_name(
    tmp_path: Path, sqlite_url: str, tiktok: TikTok
):
    sandbox = tiktok.address.replace("127.0.0.1", "sandbox.localhost")
    settings = real_settings(tmp_path, sqlite_url, sandbox, business_center_id="")
    async with open_resources(settings) as opened, open_client(opened) as http:
        gateway = Gateway(http, opened)
        missing = await gateway.execute("TransferFunds", RECHARGE)
        assert missing["error"]["code"] == "NOT_CONFIGURED"
        told = await gateway.execute("TransferFunds", RECHARGE, businessCenterId=CENTER)
        assert told["error"]["code"] == "NOT_IN_SANDBOX"
    assert await count(tiktok, "bc/transfer/") == 0


@pytest.fixture
async def unreachable(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Gateway]:
    settings = real_settings(tmp_path, sqlite_url, "http://127.0.0.1:1", internal_key=SecretStr(KEY))
    async with open_resources(settings) as opened, open_client(opened) as http:
        yield Gateway(http, opened)


async def test_a_tiktok_that_is_not_reached_leaves_a_write_undone_and_its_key_free(unreachable: Gateway, monkeypatch):
    monkeypatch.setattr("app.tiktok_business.sending.FIRST_PAUSE", 0.0)
    told = await unreachable.execute("TransferFunds", RECHARGE, idempotencyKey="x")
    error = told["error"]
    assert (error["code"], error["outcome"], error["retryable"]) == ("PROVIDER_ERROR", "not_done", True)
    await audit.flush(unreachable.resources)
    async with unreachable.resources.read() as session:
        assert (await session.exec(select(IdempotencyKey))).all() == []
        assert len((await session.exec(select(InternalCall))).all()) == 1


async def test_a_burst_is_answered_whole(gateway: Gateway):
    told = await asyncio.gather(*(gateway.execute("Ping") for _ in range(300)))
    assert all(one["success"] for one in told)
