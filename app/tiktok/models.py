"""What TikTok answers, as types."""

from enum import StrEnum
from typing import Any

from pydantic import AliasChoices, Field, ValidationError, field_validator, model_validator

from app.kit.json_values import clean_text, read_int
from app.tiktok.fields import (
    Code,
    Flag,
    LogId,
    OptionalCode,
    OptionalId,
    OptionalInt,
    OptionalSeconds,
    Text,
    VendorId,
    VendorModel,
    parse_object,
    read_id,
)

_LONGEST_DETAIL = 1000
# Seen in TikTok's documentation of November 2026; only for an answer that leaves the lifetimes out.
_SHORTEST_ACCESS_SECONDS = 2 * 3600
_SHORTEST_REFRESH_SECONDS = 180 * 24 * 3600
_LONGEST_SECONDS = 3650 * 24 * 3600


class ErrorBody(VendorModel):
    """`error` in the envelope; TikTok's tables say `logid` where its examples say `log_id`."""

    code: Code
    message: Text = ""
    log_id: LogId = Field(default=None, validation_alias=AliasChoices("log_id", "logid"))

    @field_validator("message")
    @classmethod
    def _cut(cls, value: str) -> str:
        return value[:_LONGEST_DETAIL]

    @property
    def is_ok(self) -> bool:
        return self.code.lower() == "ok"


class Envelope(VendorModel):
    """What every call but those of OAuth answers. `error.code` decides, not the HTTP status."""

    data: dict[str, Any] = Field(default_factory=dict)
    error: ErrorBody

    @field_validator("data", mode="before")
    @classmethod
    def _tolerate_missing(cls, value: object) -> object:
        return value if isinstance(value, dict) else {}


def read_envelope(body: bytes) -> Envelope | None:
    """Read the envelope; `None` where the body is not one, or names no code."""
    payload = parse_object(body)
    if payload is None:
        return None
    try:
        envelope = Envelope.model_validate(payload)
    except ValidationError:
        return None
    return envelope if envelope.error.code else None


class TokenGrant(VendorModel):
    """A pair of tokens. `refresh_token` and `open_id` are empty where TikTok left them out."""

    access_token: Text = Field(repr=False)
    refresh_token: Text = Field(default="", repr=False)
    expires_in: int = _SHORTEST_ACCESS_SECONDS
    refresh_expires_in: int = _SHORTEST_REFRESH_SECONDS
    open_id: Text = ""
    scopes: tuple[str, ...] = Field(default=(), validation_alias=AliasChoices("scope", "scopes"))
    log_id: LogId = None

    @field_validator("scopes", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return split_scopes(value)
        return _texts(value)

    @field_validator("expires_in", mode="before")
    @classmethod
    def _read_access_life(cls, value: object) -> int:
        return _lifetime(value, _SHORTEST_ACCESS_SECONDS)

    @field_validator("refresh_expires_in", mode="before")
    @classmethod
    def _read_refresh_life(cls, value: object) -> int:
        return _lifetime(value, _SHORTEST_REFRESH_SECONDS)


def _texts(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, (list, tuple)) else ()
    return tuple(clean_text(item) for item in items if isinstance(item, str))


def _lifetime(value: object, default: int) -> int:
    seconds = read_int(value)
    return default if seconds is None else min(max(seconds, 0), _LONGEST_SECONDS)


def split_scopes(value: str) -> tuple[str, ...]:
    """Split TikTok's comma-separated list of granted scopes; spaces are taken as separators too."""
    return tuple(dict.fromkeys(value.replace(",", " ").split()))


class CreatorInfo(VendorModel):
    """What this creator may do now. The avatar's address is valid for two hours: do not store it."""

    creator_username: Text = ""
    creator_nickname: Text = ""
    creator_avatar_url: Text = ""
    privacy_level_options: tuple[str, ...] = ()
    comment_disabled: Flag = False
    duet_disabled: Flag = False
    stitch_disabled: Flag = False
    max_video_post_duration_sec: OptionalInt = None
    log_id: LogId = None

    @field_validator("privacy_level_options", mode="before")
    @classmethod
    def _only_texts(cls, value: object) -> tuple[str, ...]:
        return _texts(value)

    @property
    def is_private(self) -> bool:
        """Only private accounts are offered "followers"; only to them may an unaudited app post."""
        return "FOLLOWER_OF_CREATOR" in self.privacy_level_options


class PublishPhase(StrEnum):
    processing = "processing"
    in_inbox = "in_inbox"
    complete = "complete"
    failed = "failed"
    unknown = "unknown"


PHASES = {
    "PROCESSING_UPLOAD": PublishPhase.processing,
    "PROCESSING_DOWNLOAD": PublishPhase.processing,
    "SEND_TO_USER_INBOX": PublishPhase.in_inbox,
    "PUBLISH_COMPLETE": PublishPhase.complete,
    "FAILED": PublishPhase.failed,
}
# TikTok misspells the documented key; the others are what it may become.
_POST_ID_KEYS = (
    "publicaly_available_post_id",
    "publicly_available_post_id",
    "publicaly_available_post_ids",
    "publicly_available_post_ids",
)


class PublishStatus(VendorModel):
    """Where a post stands. `status` is TikTok's own word, `phase` what we make of it."""

    status: Code = ""
    fail_reason: OptionalCode = None
    post_ids: tuple[str, ...] = ()
    uploaded_bytes: OptionalInt = None
    downloaded_bytes: OptionalInt = None
    log_id: LogId = None

    @model_validator(mode="before")
    @classmethod
    def _collect_post_ids(cls, data: object) -> object:
        if not isinstance(data, dict) or "post_ids" in data:
            return data
        found: list[str] = []
        for key in _POST_ID_KEYS:
            value = data.get(key)
            for item in value if isinstance(value, list) else [value]:
                post_id = read_id(item)
                if post_id not in {None, "0"} and post_id not in found:
                    found.append(str(post_id))
        return {**data, "post_ids": tuple(found)}

    @property
    def phase(self) -> PublishPhase:
        return PHASES.get(self.status, PublishPhase.unknown)


class UserInfo(VendorModel):
    """The fields that were asked for and granted; the rest is empty."""

    open_id: OptionalId = None
    union_id: OptionalId = None
    display_name: Text = ""
    username: Text = ""
    avatar_url: Text = ""
    avatar_url_100: Text = ""
    avatar_large_url: Text = ""
    bio_description: Text = ""
    profile_deep_link: Text = ""
    is_verified: Flag = False
    follower_count: OptionalInt = None
    following_count: OptionalInt = None
    likes_count: OptionalInt = None
    video_count: OptionalInt = None
    log_id: LogId = None


class VideoItem(VendorModel):
    """A public post. The cover's address is valid for six hours: do not store it."""

    id: VendorId
    create_time: OptionalSeconds = None
    share_url: Text = ""
    embed_link: Text = ""
    cover_image_url: Text = ""
    title: Text = ""
    video_description: Text = ""
    duration: OptionalInt = None
    width: OptionalInt = None
    height: OptionalInt = None
    like_count: OptionalInt = None
    comment_count: OptionalInt = None
    share_count: OptionalInt = None
    view_count: OptionalInt = None


class VideoPage(VendorModel):
    """Newest first. `cursor` is a time in milliseconds: the next page has the posts before it."""

    videos: tuple[VideoItem, ...] = ()
    cursor: OptionalInt = None
    has_more: Flag = False
    log_id: LogId = None

    @field_validator("videos", mode="before")
    @classmethod
    def _only_with_id(cls, value: object) -> list[object]:
        items = value if isinstance(value, (list, tuple)) else []
        return [item for item in items if isinstance(item, VideoItem) or (isinstance(item, dict) and _has_id(item))]


def _has_id(item: dict[str, Any]) -> bool:
    return read_id(item.get("id")) is not None
