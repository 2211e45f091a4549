"""TikTok's webhooks: forged ones are refused, unknown ones are values."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from app.errors import BadRequest, Unauthorized
from app.tiktok.errors import EventUnreadable, SignatureInvalid
from app.tiktok.webhooks import EventKind, parse_event, verify_signature

SECRET = "test_secret"
BODY = (
    b'{"client_key":"bwo2m45353a6k85","event":"authorization.removed","create_time":1615338610,'
    b'"user_openid":"act.example12345Example12345Example","content":"{\\"reason\\": 1 }"}'
)
SIGNATURE = "a25406247e3eea522146021fa067d58d144b0c1a204c4eaf97c94cfb60590f97"


def sign(body: bytes, time: str = "1633174587", secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), time.encode() + b"." + body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    "header",
    [
        f"t=1633174587,s={SIGNATURE}",
        f"s={SIGNATURE},t=1633174587",
        f" t = 1633174587 , s = {SIGNATURE} ",
        f"t=1633174587,s={SIGNATURE.upper()}",
        f"t=1633174587,s={SIGNATURE},v=2",
        f"t=1633174587,s={'0' * 64},s={SIGNATURE}",
    ],
)
def test_the_documented_signature_is_accepted(header: str):
    assert verify_signature(BODY, header, SECRET) == 1633174587


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "t=1633174587",
        f"s={SIGNATURE}",
        f"t=,s={SIGNATURE}",
        f"t=1633174588,s={SIGNATURE}",
        f"t=01633174587,s={SIGNATURE}",
        f"t=+1633174587,s={SIGNATURE}",
        f"t=1633174587,t=1633174587,s={SIGNATURE}",
        f"t=1633174587,s={SIGNATURE[:-1]}",
        "t=1633174587,s=",
        "t=1633174587,s=жалған",
        f"t=١٦٣٣١٧٤٥٨٧,s={SIGNATURE}",
        f"t={'9' * 500},s={SIGNATURE}",
        f"t=1633174587,s={SIGNATURE}" + "," * 2000,
        SIGNATURE,
    ],
)
def test_anything_else_is_refused(header: str | None):
    with pytest.raises(SignatureInvalid) as caught:
        verify_signature(BODY, header, SECRET)
    assert isinstance(caught.value, Unauthorized)
    assert SIGNATURE not in str(caught.value)


def test_a_changed_body_is_refused():
    with pytest.raises(SignatureInvalid):
        verify_signature(BODY + b" ", f"t=1633174587,s={SIGNATURE}", SECRET)


def test_another_secret_is_refused():
    with pytest.raises(SignatureInvalid):
        verify_signature(BODY, f"t=1633174587,s={SIGNATURE}", "other_secret")


def test_an_empty_secret_refuses_everything():
    with pytest.raises(SignatureInvalid):
        verify_signature(BODY, f"t=1633174587,s={sign(BODY, secret='')}", "")


def test_a_body_that_is_no_text_is_verified_as_bytes():
    body = b"\xff\x00\xfe"
    assert verify_signature(body, f"t=1,s={sign(body, '1')}", SECRET) == 1


def test_content_is_parsed_a_second_time():
    event = parse_event(BODY)
    assert event.kind is EventKind.authorization_removed
    assert event.event == "authorization.removed"
    assert event.client_key == "bwo2m45353a6k85"
    assert event.user_openid == "act.example12345Example12345Example"
    assert event.create_time == 1615338610
    assert event.reason == "1"
    assert event.content == '{"reason": 1 }'
    assert event.publish_id is None


def webhook(event: object, content: object, **changes: Any) -> bytes:
    payload = {
        "client_key": "fake-key",
        "event": event,
        "create_time": 1793534400,
        "user_openid": "fake-open-id",
        "content": content if isinstance(content, str) or content is None else json.dumps(content),
        **changes,
    }
    return json.dumps(payload).encode()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("post.publish.complete", EventKind.publish_complete),
        ("post.publish.failed", EventKind.publish_failed),
        ("post.publish.inbox_delivered", EventKind.inbox_delivered),
        ("post.publish.publicly_available", EventKind.publicly_available),
        ("post.publish.publicaly_available", EventKind.publicly_available),
        ("post.publish.no_longer_publicaly_available", EventKind.no_longer_public),
        ("post.publish.no_longer_publicly_available", EventKind.no_longer_public),
        ("authorization.removed", EventKind.authorization_removed),
        ("comment.update", EventKind.comment_changed),
        ("video.upload.failed", EventKind.unknown),
        ("video.publish.completed", EventKind.unknown),
        ("portability.download.ready", EventKind.unknown),
        ("an.event.of.next.year", EventKind.unknown),
        ("", EventKind.unknown),
        (None, EventKind.unknown),
        (["a list"], EventKind.unknown),
    ],
)
def test_every_event_has_a_kind_and_unknown_ones_are_values(name: object, kind: EventKind):
    event = parse_event(webhook(name, {"publish_id": "p1", "publish_type": "DIRECT_PUBLISH"}))
    assert event.kind is kind
    assert event.event == (name if isinstance(name, str) else "")
    assert (event.publish_id, event.publish_type) == ("p1", "DIRECT_PUBLISH")


def test_events_about_comments_within_one_second_are_told_apart_and_ids_keep_all_digits():
    about = {"comment_id": 7602997517160123667, "video_id": 7602997517160123661, "timestamp": 1_796_000_000_123}
    told = [
        parse_event(webhook("comment.update", {**about, **more}))
        for more in (
            {"comment_action": "insert"}, {"comment_action": "insert"}, {"comment_action": "delete"},
            {"comment_action": "insert", "comment_id": 7602997517160123668},
        )
    ]  # fmt: skip
    assert (told[0].comment_id, told[0].post_id) == ("7602997517160123667", "7602997517160123661")
    assert told[0].dedup_key == told[1].dedup_key
    assert len({event.dedup_key for event in told}) == 3


@pytest.mark.parametrize("post_id", ["7602997517160123667", 7602997517160123667])
def test_a_post_id_keeps_every_digit(post_id: object):
    event = parse_event(webhook("post.publish.publicly_available", {"publish_id": "p1", "post_id": post_id}))
    assert event.post_id == "7602997517160123667"


def test_a_failure_names_its_reason():
    event = parse_event(webhook("post.publish.failed", {"publish_id": "p1", "reason": "photo_pull_failed"}))
    assert event.reason == "photo_pull_failed"


@pytest.mark.parametrize("content", ["", "not json", "[1]", "null", None, '{"publish_id": {"a": 1}}'])
def test_an_event_counts_even_where_its_content_does_not(content: object):
    event = parse_event(webhook("post.publish.complete", content))
    assert event.kind is EventKind.publish_complete
    assert event.publish_id is None


def test_content_that_is_an_object_already_is_read_too():
    event = parse_event(b'{"event":"post.publish.complete","content":{"publish_id":"p1"}}')
    assert (event.publish_id, event.user_openid, event.create_time) == ("p1", None, None)


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b"null", b'"text"', b"\xff\xfe", b'{"a":' * 100_000, b"NaN"])
def test_a_body_that_is_no_event_is_malformed(body: bytes):
    with pytest.raises(EventUnreadable) as caught:
        parse_event(body)
    assert isinstance(caught.value, BadRequest)


def test_text_that_no_database_can_hold_is_cleaned():
    event = parse_event(b'{"event":"post.publish.failed","content":"{\\"reason\\":\\"a\\\\u0000b\\\\ud83d\\"}"}')
    assert event.reason == "ab?"


def test_a_repeated_delivery_has_the_same_key():
    body = webhook("post.publish.complete", {"publish_id": "p1"})
    assert parse_event(body).dedup_key == parse_event(body).dedup_key
    assert parse_event(body).dedup_key == parse_event(body.replace(b": ", b":")).dedup_key


@pytest.mark.parametrize(
    "other",
    [
        webhook("post.publish.failed", {"publish_id": "p1"}),
        webhook("post.publish.complete", {"publish_id": "p2"}),
        webhook("post.publish.complete", {"publish_id": "p1"}, user_openid="another"),
        webhook("post.publish.complete", {"publish_id": "p1"}, create_time=1793534401),
        webhook("post.publish.complete", {"publish_id": "p1", "post_id": "7"}),
        webhook("some.other.event", {"publish_id": "p1"}),
    ],
)
def test_another_event_has_another_key(other: bytes):
    body = webhook("post.publish.complete", {"publish_id": "p1"})
    assert parse_event(other).dedup_key != parse_event(body).dedup_key


def test_two_unknown_events_of_one_second_have_different_keys():
    first = webhook("portability.download.ready", {"request_id": 1})
    second = webhook("portability.download.ready", {"request_id": 2})
    assert parse_event(first).dedup_key != parse_event(second).dedup_key
