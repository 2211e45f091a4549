"""What a TikTok account shows of itself: profile, audience, posts with their figures, and what it may post."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from pydantic import AliasChoices, Field, field_validator

from app.tiktok_business.calls import get
from app.tiktok_business.family import Family
from app.tiktok_business.fields import OptionalInt, Text, VendorId, VendorModel, read_id

LARGEST_PAGE = 20
"""Posts in one answer of `business/video/list/`, and ids in one question."""

POST_FIELDS = (
    "item_id", "media_type", "create_time", "share_url", "caption", "video_duration",
    "video_views", "likes", "comments", "shares", "favorites", "reach",
)  # fmt: skip
AUDIENCE_FIELDS = ("audience_ages", "audience_genders", "audience_countries", "audience_cities")
"""TikTok gives them to accounts with a hundred followers and more."""


class AccountProfile(VendorModel):
    """The fields that were asked for; the rest is empty. Shares of an audience are fractions of 1."""

    username: Text = ""
    display_name: Text = ""
    profile_image: Text = ""
    is_business_account: bool | None = None
    followers_count: OptionalInt = None
    total_likes: OptionalInt = None
    videos_count: OptionalInt = None
    audience_ages: list[dict[str, Any]] = Field(default_factory=list)
    audience_genders: list[dict[str, Any]] = Field(default_factory=list)
    audience_countries: list[dict[str, Any]] = Field(default_factory=list)
    audience_cities: list[dict[str, Any]] = Field(default_factory=list)
    metrics: list[dict[str, Any]] = Field(default_factory=list)
    request_id: str | None = None

    @field_validator(*AUDIENCE_FIELDS, "metrics", mode="before")
    @classmethod
    def _only_objects(cls, value: object) -> list[object]:
        return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


class AccountPost(VendorModel):
    """A post of the account's with its figures, which lag behind by a day or two."""

    item_id: VendorId
    media_type: Text = ""
    create_time: OptionalInt = None
    share_url: Text = ""
    caption: Text = ""
    video_views: OptionalInt = None
    likes: OptionalInt = None
    comments: OptionalInt = None
    shares: OptionalInt = None


class AccountPosts(VendorModel):
    """Newest first. `cursor` is a time in milliseconds: the next page has the posts before it."""

    items: list[AccountPost] = Field(default_factory=list, validation_alias=AliasChoices("videos", "items"))
    cursor: OptionalInt = None
    has_more: bool = False
    request_id: str | None = None

    @field_validator("items", mode="before")
    @classmethod
    def _only_with_id(cls, value: object) -> list[object]:
        items = value if isinstance(value, list) else []
        return [item for item in items if isinstance(item, dict) and read_id(item.get("item_id"))]


class PostingRules(VendorModel):
    """What the account may do when it posts now. Lengths are seconds."""

    privacy_level_options: tuple[str, ...] = ()
    comment_disabled: bool = False
    duet_disabled: bool = False
    stitch_disabled: bool = False
    max_video_post_duration_sec: OptionalInt = None
    request_id: str | None = None

    @field_validator("privacy_level_options", mode="before")
    @classmethod
    def _only_texts(cls, value: object) -> tuple[str, ...]:
        return tuple(item for item in value if isinstance(item, str)) if isinstance(value, (list, tuple)) else ()


class Accounts(Family):
    """The reading calls of `business/*`."""

    async def get_profile(
        self, business_id: str, fields: Sequence[str], *, start: date | None = None, end: date | None = None
    ) -> AccountProfile:
        """Ask for the profile, within the fields that the token's scopes allow. Days reach back 60 days at most."""
        days = {"start_date": start and start.isoformat(), "end_date": end and end.isoformat()}
        return await self._ask(
            AccountProfile, get("business/get/", business_id=business_id, fields=list(fields), **days)
        )

    async def list_posts(
        self, business_id: str, *, item_ids: Iterable[str] | None = None, cursor: int | None = None,
        max_count: int = LARGEST_PAGE,
    ) -> AccountPosts:  # fmt: skip
        """List posts with their figures, newest first, or those of `item_ids` (20 at most)."""
        wanted = None if item_ids is None else {"video_ids": list(item_ids)[:LARGEST_PAGE]}
        call = get(
            "business/video/list/",
            business_id=business_id,
            fields=list(POST_FIELDS),
            filters=wanted,
            cursor=cursor,
            max_count=min(max(max_count, 1), LARGEST_PAGE),
        )
        return await self._ask(AccountPosts, call)

    async def get_posting_rules(self, business_id: str) -> PostingRules:
        """Ask what the account may do when it posts now."""
        return await self._ask(PostingRules, get("business/video/settings/", business_id=business_id))
