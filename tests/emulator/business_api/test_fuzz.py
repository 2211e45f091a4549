"""Whatever is sent to the Business API, by any way in, it answers without a fault of its own, and can show it later."""

import asyncio
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.emulator.business_api.routes import OPERATIONS
from app.emulator.business_api.settings import ALL_SCOPES
from tests.emulator.business_api.support import ADVERTISER, APP, BC, PREFIX, TOKEN
from tests.emulator.test_fuzz import EVIL, RAW, Ground, Sent

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "6"))
OPEN_ID = "-000BusinessDailyBulletin0000000001"
WATCHED = ("", "log", "counts", "money", "settings", "clock", "limits", "users", "advertisers", "comments", "notices")
GOOD: dict[str, Any] = {
    **APP, "advertiser_id": ADVERTISER, "bc_id": BC, "business_id": OPEN_ID, "page": 1, "page_size": 10,
    "campaign_name": "c", "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": 60,
    "advertiser_ids": [ADVERTISER], "asset_type": "ADVERTISER", "transfer_type": "RECHARGE", "cash_amount": 1,
    "filtering": {"campaign_ids": ["1"], "keyword": "x"}, "fields": ["name"], "report_type": "BASIC",
    "data_level": "AUCTION_CAMPAIGN", "dimensions": ["campaign_id"], "metrics": ["spend"], "operation_status": "ENABLE",
    "start_date": "2026-01-01", "end_date": "2026-01-02", "start_time": "2026-01-01", "end_time": "2026-01-02",
    "search_field": "ADGROUP_ID", "search_value": "1", "campaign_ids": ["1"], "adgroup_id": "1", "task_id": "1",
    "creatives": [{"ad_name": "a", "ad_format": "SINGLE_VIDEO", "ad_text": "t", "identity_id": "1"}],
    "upload_type": "UPLOAD_BY_URL", "video_url": "https://media.example.com/photos/1.jpg", "image_url": "http://[",
    "post_info": {"caption": "c", "privacy_level": "SELF_ONLY"}, "photo_images": ["http://x"], "video_id": "1",
    "comment_id": "1", "text": "t", "blocked_words": ["w"], "item_id": "1", "auth_code": "x", "access_token": "x",
    "subscribe_entity": "AD", "callback_url": "http://x", "subscription_detail": {"ad_id": "1"}, "request_id": "1",
    "url_property_meta": {"property_type": 2, "url": "https://x/"}, "cursor": 0, "max_count": 5, "query_lifetime": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def ground(runner: asyncio.Runner) -> Ground:
    made = Ground()
    control(runner, made, "settings", {"limits_enabled": False, "pull_timeout": 1})
    return made


def control(runner: asyncio.Runner, ground: Ground, path: str, body: Any) -> Any:
    sent = Sent("POST", f"/_emulator/business/{path}", b"", [], json.dumps(body).encode())
    assert runner.run(ground.ask(sent)) == 200


@st.composite
def calls(draw: Any, method: str, endpoint: str) -> Sent:
    values = {name: value for name, value in GOOD.items() if draw(st.integers(0, 7))}
    for name in draw(st.lists(st.sampled_from(sorted(GOOD)), max_size=3)):
        values[name] = draw(st.one_of(st.sampled_from(EVIL), st.text(max_size=8), st.floats(), st.just("[1e999]")))
    headers = [(b"host", b"emulator.test"), (b"access-token", TOKEN.encode())]
    if endpoint.startswith("business/"):
        headers[1] = (b"access-token", b"account-token")
    if method == "GET":
        pairs = "&".join(f"{name}={json.dumps(value)}" for name, value in values.items())
        query = draw(st.one_of(st.just(pairs.encode("ascii", "replace")), st.sampled_from(RAW).map(_as_query)))
        return Sent(method, PREFIX + endpoint, query, headers, b"")
    kind = draw(
        st.sampled_from([b"application/json", b"multipart/form-data; boundary=x", b"multipart/form-data", b"\xff"])
    )
    raw = st.sampled_from([*RAW, b"--x\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\n\xff\r\n--x--\r\n"])
    body = draw(st.one_of(st.just(json.dumps(values, default=str).encode()), raw, st.binary(max_size=40)))
    return Sent(method, PREFIX + endpoint, b"", [*headers, (b"content-type", kind)], body)


def _as_query(raw: bytes) -> bytes:
    return b"filtering=" + raw[:2_000].decode("latin-1").encode("ascii", "replace")


@pytest.mark.parametrize(
    ("method", "endpoint"), [(method, name) for name, methods in sorted(OPERATIONS.items()) for method in methods]
)
def test_nothing_that_is_sent_breaks_the_business_api(
    ground: Ground, runner: asyncio.Runner, caplog: Any, method: str, endpoint: str
):
    book = ground.emulator.state.business
    with book.turn():
        token = {"open_id": OPEN_ID, "scopes": list(_scopes()), "expires_at": None, "refresh_token": "r"}
        book.store.put("account_token", "account-token", {"access_token": "account-token", **token}, owner=OPEN_ID)
        admin = {"access_token": TOKEN, "user_id": "7000000000000001001", "scopes": list(ALL_SCOPES)}
        book.store.put("token", TOKEN, {**admin, "advertiser_ids": None})

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize="FUZZ_EXAMPLES" not in os.environ, database=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip
    @given(calls(method, endpoint))
    def send(sent: Sent) -> None:
        assert runner.run(ground.ask(sent)) < 500

    send()
    for watched in WATCHED:
        sent = Sent("GET", f"/_emulator/business/{watched}", b"", [(b"host", b"emulator.test")], b"")
        assert runner.run(ground.ask(sent)) == 200, watched
    assert [record for record in caplog.records if record.levelname in {"ERROR", "CRITICAL"}] == []


def _scopes() -> tuple[str, ...]:
    from app.emulator.business_api.people import ACCOUNT_SCOPES

    return ACCOUNT_SCOPES


async def test_ten_megabytes_and_more_are_refused_in_words(business: Any):
    big = b'{"advertiser_id": "' + b"7" * 10_000_001 + b'"}'
    for content in (big, b"[" * 10_000_001):
        answer = await business.send("POST", "campaign/create/", content=content)
        assert (answer.status_code, answer.json()["code"]) == (200, 40002)
