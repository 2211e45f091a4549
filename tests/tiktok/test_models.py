"""Whatever TikTok, or someone in its place, answers: a value or a named error, never a crash."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import VendorError
from app.kit.http.client import Answer
from app.tiktok.calls import refusal
from app.tiktok.errors import EventUnreadable, TikTokRefused, TikTokUnavailable
from app.tiktok.fields import parse_json
from app.tiktok.init import InitAccepted, InitOutcomeUnknown, InitRefused, classify_answer
from app.tiktok.models import (
    CreatorInfo,
    PublishStatus,
    TokenGrant,
    UserInfo,
    VideoItem,
    VideoPage,
    read_envelope,
    split_scopes,
)
from app.tiktok.webhooks import parse_event

KEYS = st.sampled_from(
    [
        "data",
        "error",
        "code",
        "message",
        "log_id",
        "logid",
        "publish_id",
        "status",
        "fail_reason",
        "videos",
        "id",
        "publicaly_available_post_id",
        "privacy_level_options",
        "event",
        "content",
        "create_time",
        "user_openid",
        "scope",
        "access_token",
        "expires_in",
        "open_id",
        "has_more",
        "comment_disabled",
        "cursor",
        "reason",
        "post_id",
    ]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.just("ok"),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(KEYS, children, max_size=6),
    max_leaves=20,
)
OBJECT = st.dictionaries(KEYS, JSON, max_size=8)


def as_bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


@settings(max_examples=300, deadline=None)
@given(status=st.integers(200, 599), body=st.binary(max_size=200) | JSON.map(as_bytes) | OBJECT.map(as_bytes))
def test_any_answer_to_an_init_has_a_verdict(status: int, body: bytes):
    outcome = classify_answer(Answer(status, httpx.Headers({"Content-Type": "application/json"}), body))
    assert isinstance(outcome, (InitAccepted, InitRefused, InitOutcomeUnknown))
    if isinstance(outcome, InitAccepted):
        envelope = read_envelope(body)
        assert status < 300
        assert envelope is not None
        assert envelope.error.is_ok
        assert outcome.publish_id
    if status >= 500:
        assert isinstance(outcome, InitOutcomeUnknown)


@settings(max_examples=300, deadline=None)
@given(status=st.integers(300, 599), body=st.binary(max_size=200) | OBJECT.map(as_bytes))
def test_any_refusal_of_another_call_has_a_type(status: int, body: bytes):
    error = refusal(Answer(status, httpx.Headers(), body), read_envelope(body))
    assert isinstance(error, VendorError)
    assert error.message


@settings(max_examples=300, deadline=None)
@given(body=st.binary(max_size=200) | OBJECT.map(as_bytes))
def test_any_webhook_is_an_event_or_malformed(body: bytes):
    try:
        event = parse_event(body)
    except EventUnreadable:
        return
    assert len(event.dedup_key) == 64


@settings(max_examples=300, deadline=None)
@given(data=OBJECT)
def test_any_object_can_be_read_as_any_answer(data: dict[str, Any]):
    for model in (CreatorInfo, PublishStatus, UserInfo, VideoPage):
        # What a database refuses stands in none of its texts.
        assert "\\u0000" not in model.model_validate(data).model_dump_json()
    TokenGrant.model_validate({"access_token": "act.fake", **data})


def test_whole_numbers_keep_every_digit_and_fractions_stay_text():
    assert parse_json('{"id": 7602997517160123667, "f": 0.1, "e": 7.602997517160123667e18}') == {
        "id": 7602997517160123667,
        "f": "0.1",
        "e": "7.602997517160123667e18",
    }


@pytest.mark.parametrize(
    "text", ["", "{", "NaN", "Infinity", '{"a": -Infinity}', "[" * 100_000, "1" * 5000, "\ufeff\ufeff{}"]
)
def test_what_is_no_json_is_a_value_error(text: str):
    with pytest.raises(ValueError):
        parse_json(text)


def test_long_words_are_cut_to_what_a_column_holds():
    body = as_bytes({"error": {"code": "c" * 500, "message": "m" * 5000, "log_id": "l" * 500}})
    envelope = read_envelope(body)
    assert envelope is not None
    assert (len(envelope.error.code), len(envelope.error.message)) == (64, 1000)
    assert len(envelope.error.log_id or "") == 128
    status = PublishStatus.model_validate({"status": "S" * 500, "fail_reason": "f" * 500})
    assert (len(status.status), len(status.fail_reason or "")) == (64, 64)


@pytest.mark.parametrize(
    ("text", "scopes"),
    [
        ("user.info.basic,video.list", ("user.info.basic", "video.list")),
        ("user.info.basic, video.list,,", ("user.info.basic", "video.list")),
        ("user.info.basic video.list user.info.basic", ("user.info.basic", "video.list")),
        ("", ()),
    ],
)
def test_scopes_are_split(text: str, scopes: tuple[str, ...]):
    assert split_scopes(text) == scopes


def test_an_error_without_a_code_is_no_envelope():
    assert read_envelope(b'{"error": {"message": "odd"}}') is None
    assert read_envelope(b'{"error": {"code": null}}') is None


def test_a_refusal_tells_cause_and_cure():
    body = as_bytes({"error": {"code": "url_ownership_unverified", "message": "m", "log_id": "l"}})
    error = refusal(Answer(403, httpx.Headers(), body), read_envelope(body))
    assert isinstance(error, TikTokRefused)
    assert error.advice.cause in error.message
    assert error.advice.cure in error.message
    assert (error.detail, error.log_id, error.http_status) == ("m", "l", 403)


def test_a_failure_of_tiktoks_keeps_code_and_log_id():
    body = as_bytes({"error": {"code": "internal_error", "message": "", "logid": "l"}})
    error = refusal(Answer(500, httpx.Headers({"Retry-After": "7"}), body), read_envelope(body))
    assert isinstance(error, TikTokUnavailable)
    assert (error.vendor_code, error.log_id, error.http_status, error.retry_after) == ("internal_error", "l", 500, 7.0)


@pytest.mark.parametrize("written", [1793534400, "1793534400", 1793534400123, "1793534400123"])
def test_a_time_in_milliseconds_is_known_as_one(written):
    assert VideoItem(id="1", create_time=written).create_time == 1793534400
