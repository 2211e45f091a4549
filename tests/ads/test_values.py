"""Values as they come, and what is said of those that nobody can mean."""

import json
from decimal import Decimal
from typing import Any

import pytest

from app.ads.guard_limits import Guards, guards_of_all
from app.ads.internal.answers import Refused
from app.ads.internal.payloads import InvalidPayload
from app.ads.internal.registry import REGISTRY
from app.ads.internal.requests import Reading
from app.ads.internal.spending import budget_limits, guard_failure, unconfirmed
from app.config import Settings
from app.kit import exact_json

CREATE = REGISTRY.find("CreateCampaign").payload
TRANSFER = REGISTRY.find("transfer_funds").payload
REPORT = REGISTRY.find("GETREPORT").payload
GOOD = {
    "advertiserId": "7200000000000000001", "name": "x", "objective": "TRAFFIC", "budgetMode": "BUDGET_MODE_DAY",
    "budget": 60,
}  # fmt: skip


def faults_of(payload: Any, given: Any) -> dict[str, str]:
    with pytest.raises(InvalidPayload) as invalid:
        payload.read(given)
    return invalid.value.faults


@pytest.mark.parametrize("name", ["budget", "BUDGET", "Budget"])
@pytest.mark.parametrize("advertiser", ["advertiserId", "AdvertiserId", "advertiser_id", "ADVERTISER_ID"])
@pytest.mark.parametrize(
    "other", [("name", "objective", "status"), ("campaign_name", "objective_type", "operation_status")]
)
def test_names_are_read_in_every_spelling_and_in_tiktok_s_own(name, advertiser, other):
    given = {advertiser: 7200000000000000001, other[0]: "x", other[1]: "traffic", other[2]: "paused", name: "60.50"}
    read = CREATE.read({**given, "budget_mode": "BUDGET_MODE_DAY"})
    assert (read.advertiser_id, read.name, read.objective, read.status, read.budget) == (
        "7200000000000000001", "x", "TRAFFIC", "DISABLE", Decimal("60.50"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"budget": Decimal("1e308")}, "budget"),
        ({"budget": -5}, "budget"),
        ({"budget": "-0.01"}, "budget"),
        ({"budget": 0}, "budget"),
        ({"budget": Decimal("10.005")}, "budget"),
        ({"budget": "10.005"}, "budget"),
        ({"budget": "1e3"}, "budget"),
        ({"budget": "NaN"}, "budget"),
        ({"budget": 10**400}, "budget"),
        ({"budget": True}, "budget"),
        ({"budget": [60]}, "budget"),
        ({"budget": None}, "budget"),
        ({"advertiserId": Decimal("7.2E+18")}, "advertiserId"),
        ({"advertiserId": True}, "advertiserId"),
        ({"advertiserId": "72 00"}, "advertiserId"),
        ({"advertiserId": 10**30}, "advertiserId"),
        ({"name": "Spring 🔥"}, "name"),
        ({"name": "❤"}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"name": "x" * 513}, "name"),
        ({"name": "  "}, "name"),
        ({"name": 5}, "name"),
        ({"objective": "CONVERSIONS"}, "objective"),
        ({"budgetMode": "BUDGET_MODE_INFINITE"}, "budget"),
        ({"specialIndustries": ["HOUSES"]}, "specialIndustries.0"),
        ({"frobnicate": 1}, "frobnicate"),
        ({"advertiser_id": "7200000000000000001"}, "advertiserId"),
    ],
)
def test_what_cannot_be_meant_is_named(wrong, field):
    assert field in faults_of(CREATE, GOOD | wrong)


def test_all_faults_are_told_at_once():
    faults = faults_of(CREATE, {"advertiserId": 1.5, "name": "", "budget": "x", "nonsense": {}})
    assert set(faults) == {"advertiserId", "name", "objective", "budgetMode", "budget", "nonsense"}


@pytest.mark.parametrize("given", [[], "x", 5, None])
def test_a_payload_is_an_object(given):
    assert faults_of(CREATE, given) == {"payload": "must be a JSON object"}


@pytest.mark.parametrize(
    ("days", "field"),
    [
        (("0000-01-01", "2026-01-01"), "startDate"),
        (("2026-02-30", "2026-03-01"), "startDate"),
        (("2026-03-02", "2026-03-01"), "endDate"),
        (("2020-01-01", "2026-01-01"), "endDate"),
        (("9999-12-31", "9999-12-31"), "startDate"),
        (("20260101", "2026-01-02"), "startDate"),
        ((20260101, "2026-01-02"), "startDate"),
    ],
)
def test_days_that_there_cannot_be_are_named(days, field):
    given = {
        "advertiserId": "1",
        "dataLevel": "AUCTION_AD",
        "dimensions": ["ad_id"],
        "startDate": days[0],
        "endDate": days[1],
    }
    assert field in faults_of(REPORT, given)


def test_a_year_by_day_is_asked_for_in_thirties():
    read = REPORT.read(
        {"advertiserId": "1", "dataLevel": "AUCTION_AD", "dimensions": ["ad_id", "stat_time_day"],
         "startDate": "2025-11-29", "endDate": "2026-11-28"}
    )  # fmt: skip
    spans = read.spans()
    assert (len(spans), spans[0], spans[-1]) == (13, ("2025-11-29", "2025-12-28"), ("2026-11-24", "2026-11-28"))


def test_an_unlike_spelling_of_the_same_is_the_same():
    one = TRANSFER.read({"advertiserId": 5, "type": "DEDUCT", "amount": Decimal("2.50")}).canonical()
    two = TRANSFER.read({"ADVERTISER_ID": "5", "transfer_type": "refund", "amount": "2.5", "kind": "CASH"}).canonical()
    assert one == two


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"provider":"tiktok","operation":"Ping","payload":NaN}',
        b"[" * 100_000, b'{"a":' * 100 + b"1" + b"}" * 100, b'{"provider":"meta","operation":"Ping"}',
        b'{"operation":"Ping"}', b'{"provider":"tiktok"}', b'{"provider":"tiktok","operation":5}',
        b'{"provider":"tiktok","operation":"Ping","payload":{},"payload":{}}',
        b'{"provider":"tiktok","operation":"Ping","extra":1}',
        b'{"provider":"tiktok","operation":"Ping","context":[]}',
        b'{"provider":"tiktok","operation":"Ping","context":{"idempotencyKey":""}}',
        b'{"provider":"tiktok","operation":"Ping","context":{"businessCenterId":1.5}}',
        b'{"provider":"tiktok","operation":"Ping","context":{"trace":1}}',
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused(body):
    with pytest.raises(Refused) as refused:
        Reading().read(body)
    assert (refused.value.status, refused.value.failure.code) == (400, "INVALID_REQUEST")


def test_the_schemas_of_all_operations_are_json_and_say_what_is_required():
    told = json.loads(json.dumps([operation.describe() for operation in REGISTRY.operations]))
    schemas = {one["name"]: one["payload"] for one in told}
    assert len(told) == 11
    assert schemas["TransferFunds"]["required"] == ["advertiserId", "type", "amount"]
    assert "campaignId" in schemas["GetCampaign"]["properties"]


def settings(**guards: Any) -> Guards:
    given = {name: Decimal(value) for name, value in guards.items()}
    return guards_of_all(Settings(_env_file=None, **given))  # type: ignore[arg-type]


def test_guards_hold_back_what_is_over_and_let_exactly_the_confirmed_value_pass():
    given = settings(ads_max_daily_budget=100, ads_max_raise_percent=50)
    limits = budget_limits(given, "BUDGET_MODE_DAY", Decimal("120.50"), before=Decimal(60))
    assert [limit.name for limit in limits] == ["ADS_MAX_DAILY_BUDGET", "ADS_MAX_RAISE_PERCENT"]
    assert "ADS_MAX_DAILY_BUDGET:120.50" in guard_failure(limits).help
    left = unconfirmed(limits, ["ADS_MAX_DAILY_BUDGET:120.5", "ADS_MAX_RAISE_PERCENT:120"])
    assert [limit.name for limit in left] == ["ADS_MAX_RAISE_PERCENT"]
    assert budget_limits(given, "BUDGET_MODE_DAY", Decimal(90), before=Decimal(60)) == []
    assert budget_limits(settings(ads_max_raise_percent=0), "BUDGET_MODE_DAY", Decimal(9000), before=Decimal(1)) == []
    total = settings(ads_max_total_budget=50)
    assert [limit.name for limit in budget_limits(total, "BUDGET_MODE_TOTAL", Decimal(51))] == ["ADS_MAX_TOTAL_BUDGET"]


@pytest.mark.parametrize("text", ["0.1", "12345678901234567.89", "1E+2", "-0", "123456789012345678901234567890"])
def test_numbers_are_written_as_they_were_read(text):
    assert Decimal(exact_json.write(exact_json.parse(text)).decode()) == Decimal(text)


def test_a_payload_reads_the_same_for_ever_so_that_keys_of_older_versions_are_known_again():
    given = {"catalogEnabled": True, "budget_optimize_on": False, "request_id": "5", "budget": "60.0", "poNumber": "7",
             "objective_type": "traffic", "name": "A", "budgetMode": "BUDGET_MODE_DAY",
             "advertiserId": 7123}  # fmt: skip
    assert exact_json.write(CREATE.read(given).canonical()) == (
        b'{"advertiser_id":"7123","name":"A","objective":"TRAFFIC","budget_mode":"BUDGET_MODE_DAY","budget":"60",'
        b'"request_id":"5","budget_optimize_on":false,"po_number":"7","catalog_enabled":true}'
    )
