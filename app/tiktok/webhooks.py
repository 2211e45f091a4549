"""TikTok's webhooks: is it TikTok, and what does it say."""

import hashlib
import hmac
from enum import StrEnum
from typing import Any

from app.kit.json_values import clean_text
from app.tiktok.errors import EventUnreadable, SignatureInvalid
from app.tiktok.fields import Code, OptionalCode, OptionalId, Text, VendorModel, parse_object, read_seconds

_LONGEST_HEADER = 1000


class EventKind(StrEnum):
    """What we act on. TikTok misspells some names; `unknown` is stored and answered with 200 like the rest."""

    authorization_removed = "authorization_removed"
    publish_complete = "publish_complete"
    publish_failed = "publish_failed"
    inbox_delivered = "inbox_delivered"
    publicly_available = "publicly_available"
    no_longer_public = "no_longer_public"
    comment_changed = "comment_changed"
    unknown = "unknown"


_KINDS = {
    "authorization.removed": EventKind.authorization_removed,
    "post.publish.complete": EventKind.publish_complete,
    "post.publish.failed": EventKind.publish_failed,
    "post.publish.inbox_delivered": EventKind.inbox_delivered,
    "post.publish.publicly_available": EventKind.publicly_available,
    "post.publish.publicaly_available": EventKind.publicly_available,
    "post.publish.no_longer_publicaly_available": EventKind.no_longer_public,
    "post.publish.no_longer_publicly_available": EventKind.no_longer_public,
    "comment.update": EventKind.comment_changed,
}


class TikTokEvent(VendorModel):
    """One event. `event` is TikTok's own word, `kind` what we make of it, `content` the text as it came.

    `dedup_key` is equal for repeated deliveries of the same event: TikTok delivers at least once, in any order.
    """

    event: Code
    client_key: Text = ""
    user_openid: OptionalId = None
    create_time: int | None = None
    publish_id: OptionalId = None
    post_id: OptionalId = None
    comment_id: OptionalId = None
    publish_type: OptionalCode = None
    reason: OptionalCode = None
    content: Text = ""
    dedup_key: str

    @property
    def kind(self) -> EventKind:
        return _KINDS.get(self.event, EventKind.unknown)


def verify_signature(body: bytes, header: str | None, secret: str) -> int:
    """Check `TikTok-Signature: t=<seconds>,s=<hex>` over the raw body; return `t`, or raise `SignatureInvalid`.

    The age is the caller's to judge. TikTok retries for 72 hours and does not say whether it signs anew, so an old `t`
    is no proof of a replay. An empty secret verifies nothing, so it refuses everything.
    """
    if not secret or not header or len(header) > _LONGEST_HEADER:
        raise SignatureInvalid
    pairs = [part.strip().partition("=") for part in header.split(",")]
    times = [value.strip() for name, _, value in pairs if name.strip() == "t"]
    signatures = [value.strip().lower() for name, _, value in pairs if name.strip() == "s"]
    if len(times) != 1 or not _is_timestamp(times[0]):
        raise SignatureInvalid
    expected = hmac.new(secret.encode(), times[0].encode() + b"." + body, hashlib.sha256).hexdigest().encode()
    if not any(hmac.compare_digest(expected, signature.encode("utf-8", "replace")) for signature in signatures):
        raise SignatureInvalid
    return int(times[0])


def parse_event(body: bytes) -> TikTokEvent:
    """Read a verified body. `content` is JSON within JSON; where it is not, the event still counts."""
    payload = parse_object(body)
    if payload is None:
        raise EventUnreadable
    raw = payload.get("content")
    details = raw if isinstance(raw, dict) else parse_object(clean_text(raw)) or {}
    content = clean_text(raw) if isinstance(raw, str) else ""
    create_time = read_seconds(payload.get("create_time"))
    return TikTokEvent(
        event=payload.get("event"),
        client_key=payload.get("client_key"),
        user_openid=payload.get("user_openid"),
        create_time=create_time,
        publish_id=details.get("publish_id"),
        post_id=details.get("post_id") or details.get("video_id"),
        comment_id=details.get("comment_id"),
        publish_type=details.get("publish_type"),
        reason=details.get("reason"),
        content=content,
        dedup_key=_dedup_key(payload, details, create_time, body),
    )


def _dedup_key(payload: dict[str, Any], details: dict[str, Any], create_time: int | None, body: bytes) -> str:
    event = clean_text(payload.get("event"))
    if create_time is None or event not in _KINDS:
        return hashlib.sha256(body).hexdigest()
    # With the time, because a post may become public, hidden, and public again.
    parts = [event, payload.get("user_openid"), details.get("publish_id"), details.get("post_id"), create_time]
    if _KINDS[event] is EventKind.comment_changed:
        # Many are written, hidden and shown within a second.
        parts += [details.get("comment_id"), details.get("comment_action"), details.get("timestamp")]
    return hashlib.sha256("\x1f".join(clean_text(part) for part in parts).encode()).hexdigest()


def _is_timestamp(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= 12
