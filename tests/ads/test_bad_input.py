"""Whatever a gateway or an admin sends to the ads: it is named, it is never our fault, and nothing is called for it."""

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.ads.boosts.asking import BoostInput
from app.ads.desk.ad_inputs import AdsInput, CreativeChange
from app.ads.desk.adgroup_inputs import AdGroupChange, AdGroupInput
from app.ads.desk.budgets import BudgetsInput
from app.ads.desk.campaign_inputs import CampaignChange, CampaignInput
from app.ads.desk.errors import InvalidInput
from app.ads.desk.inputs import DeskInput
from app.ads.desk.switching import StatusInput
from app.ads.guards.face import GuardsInput
from app.ads.internal.payloads import InvalidPayload, Payload
from app.ads.internal.registry import REGISTRY
from app.ads.money.service import TransactionParameters
from app.ads.plugin.address import PluginInput
from app.ads.reports.asking import PagedParameters, TaskParameters
from app.ads.watches.asking import WatchInput
from tests.ads.conftest import KEY, TikTok
from tests.ads.desk import FIRST, Api, open_api
from tests.support.openapi import read_document

DEEP: Any = "x"
for _ in range(200):
    DEEP = [DEEP]
VALUES: tuple[Any, ...] = (
    Decimal("1e308"), Decimal("-1e308"), Decimal("1E+999999"), 10**400, -(10**400), float("nan"), float("inf"),
    Decimal("NaN"), Decimal("-0"), -5, "-0.01", "10.005", Decimal("10.005"), "1e3", "٦٠", "60,5", "0x10", 7.4e18, 1.5,
    "7.4e18", "7200000000000000001.0", 2**63, True, False, [], {}, [None], [[]], {"a": {"b": []}}, DEEP, "", " ",
    "\x00", "\ud800", "🔥", "👩‍🚀 Көктем", "a\u202eb", "x" * 1_100_000, "0000-01-01", "0000-01-01 00:00:00",
    "10000-01-01", "2026-02-30", "2026-13-01", "2026-06-15T00:00:00Z", "XXX", "usd", "KZT€", "javascript:alert(1)", "http://[::1",
    "../..", "__proto__", "'; DROP TABLE ads_boosts; --",
)  # fmt: skip
INPUTS: tuple[type[DeskInput], ...] = (
    CampaignInput, CampaignChange, AdGroupInput, AdGroupChange, AdsInput, CreativeChange, BudgetsInput, StatusInput,
    BoostInput, WatchInput, GuardsInput, PluginInput,
)  # fmt: skip
PAYLOADS: tuple[type[Payload], ...] = (
    *dict.fromkeys(one.payload for one in REGISTRY.operations), PagedParameters, TaskParameters, TransactionParameters,
)  # fmt: skip
BODIES: tuple[bytes, ...] = (
    b"", b" ", b"{", b"null", b"7", b'"x"', b"[]", b"[" * 50_000, b'{"a":' * 20_000, b'{"budget":NaN}',
    b'{"budget":-Infinity}', b'{"budget":1e999999}', b'{"a":1,"a":2}', b"\xff\xfe{\x00}\x00",
    b'{"a":"\xff"}', b'{"campaign_name":"\\ud800"}',
    b'{"frobnicate":1}', b'{"ids":[7.4e18],"budget":-1,"days":1e308,"url":"file:///etc/passwd"}', b'{"a":"\x00"}',
    b'\xef\xbb\xbf{}', b"a=1&b=2", b'{"x":"' + b"y" * 10_000_000 + b'"}',
)  # fmt: skip
IDS = ("7.4e18", "-1", "%00", "%F0%9F%94%A5", "9" * 400, "..%2f..")
QUERIES: tuple[dict[str, str], ...] = (
    {"limit": "NaN"}, {"limit": "-1"}, {"limit": "1e308"}, {"cursor": "\x00"}, {"cursor": "🔥"}, {"frobnicate": "1"},
    {"page": "7.5", "page_size": "1e308", "start_date": "0000-01-01", "dimensions": "[" * 5_000},
    {"advertiser_id": "7.4e18"},
)  # fmt: skip
ASKED_FOR_A_ROLE = {"bc/get/", "bc/asset/get/", "oauth2/advertiser/get/", "advertiser/info/"}


def _fields(model: Any) -> Iterator[str]:
    spell = getattr(model, "spell", str)
    yield from (spell(name) for name in model.model_fields)


@pytest.mark.parametrize("model", [*INPUTS, *PAYLOADS], ids=lambda model: model.__name__)
def test_a_value_that_no_field_can_mean_is_a_fault_of_that_field_and_no_error_of_ours(model: Any):
    for name in (*_fields(model), "frobnicate"):
        for value in VALUES:
            try:
                made = model.read({name: value})
            except (InvalidInput, InvalidPayload) as error:
                faults = error.faults if isinstance(error, InvalidPayload) else error.members["errors"]
                assert faults
                told = {one if isinstance(one, str) else one["field"] for one in faults}
                if name == "frobnicate":
                    assert name in told
            else:
                # What it took it can also write down, as money, text or day.
                made.model_dump(mode="json")


@pytest.mark.parametrize(
    ("model", "name"),
    [(model, name) for model in PAYLOADS for name in sorted(set(_fields(model)) & {"budget", "amount"})],
    ids=lambda part: getattr(part, "__name__", part),
)
def test_money_that_is_none_is_never_taken_as_money(model: type[Payload], name: str):
    for value in VALUES[:23]:
        with pytest.raises(InvalidPayload) as invalid:
            model.read({name: value})
        assert name in invalid.value.faults, value


@pytest.fixture
async def api(tmp_path: Path, sqlite_url: str, tiktok: TikTok) -> AsyncIterator[Api]:
    async for opened in open_api(tmp_path, sqlite_url, tiktok):
        yield opened


def _routes() -> list[tuple[str, str]]:
    """Every route of the ads, with ids that there might be."""
    ours = ("/internal", "/api/ads", "/api/boosts", "/api/internal-calls", "/api/posts/{post_id}/boost")
    return [
        (method.upper(), path)
        for path, methods in read_document()["paths"].items()
        if path.startswith(ours)
        for method in methods
        if method in {"get", "post", "put", "patch", "delete"}
    ]


def _filled(path: str, other: str | None = None) -> str:
    """Put an id into each place of a path; `other` into the first."""
    while "{" in path:
        begin, end = path.index("{"), path.index("}")
        path = path[:begin] + (other or FIRST) + path[end + 1 :]
        other = None
    return path


async def test_no_route_fails_whatever_comes_and_nothing_is_called(api: Api):
    headers = {"content-type": "application/json", "x-internal-key": KEY}
    answered = 0
    for method, path in _routes():
        for query in QUERIES if method == "GET" else ():
            answer = await api.http.get(_filled(path), params=query, headers=headers, follow_redirects=False)
            assert answer.status_code < 500, (path, query, answer.text[:500])
        for other in IDS if "{" in path else ():
            answer = await api.http.request(method, _filled(path, other), headers=headers, follow_redirects=False)
            assert answer.status_code < 500, (method, path, other, answer.text[:500])
        for body in BODIES if method in {"POST", "PUT", "PATCH"} else ():
            answer = await api.http.request(method, _filled(path), content=body, headers=headers)
            assert answer.status_code < 500, (method, path, body[:80], answer.text[:500])
            if answer.status_code >= 400:
                answered += 1
                told = answer.json()
                # A problem with a sentence, or the gateway's own form.
                assert told.get("detail") or told.get("title") or told["error"]["message"], (path, body[:80], told)
    assert answered > 200
    asked = {call["endpoint"] for call in await api.tiktok.calls("") if call["method"] != "GET"}
    assert asked == set(), asked


async def test_every_operation_of_the_gateway_names_what_is_wrong_and_calls_nothing(api: Api):
    key = {"X-Internal-Key": KEY}
    for operation in REGISTRY.operations:
        payload = {"budget": -5, "amount": "10.005", "advertiserId": 7.4e18, "name": "🔥", "currency": "XXX",
                   "frobnicate": 1, "startDate": "0000-01-01", "campaignIds": [1.5]}  # fmt: skip
        known = {operation.payload.spell(name) for name in operation.payload.model_fields}
        body = {"provider": "tiktok", "operation": operation.name, "payload": payload}
        answer = await api.http.post("/internal/execute", json=body, headers=key)
        told = answer.json()
        assert (answer.status_code, told["error"]["code"]) == (400, "INVALID_PAYLOAD"), operation.name
        named = {name.partition(".")[0] for name in told["error"]["fields"]}
        assert set(payload) - {"name", "currency"} <= named, operation.name
        assert known & {"name"} <= named | (known - set(payload)), operation.name
        assert {name for name in named if name not in known} == set(payload) - known, operation.name
    assert {call["endpoint"] for call in await api.tiktok.calls("")} <= ASKED_FOR_A_ROLE
