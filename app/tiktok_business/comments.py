"""Comments under ads, and the words that keep a comment from being seen [business-api.md 7]."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import BeforeValidator

from app.tiktok_business.calls import CallClass, get, post
from app.tiktok_business.family import Family
from app.tiktok_business.fields import (
    Nothing,
    OptionalId,
    OptionalInt,
    Page,
    Text,
    VendorId,
    VendorInput,
    VendorModel,
    VendorObject,
)

LARGEST_PAGE = 100
LONGEST_WINDOW_DAYS = 30
MOST_IN_STATUS = 20
MOST_WORDS = 500
LONGEST_REPLY = 150
_TIME = "%Y-%m-%d %H:%M:%S"


def read_time(value: object) -> datetime | None:
    """Read `2021-01-14 07:04:16 +0000 UTC`, or seconds since 1970; None where it is neither."""
    if isinstance(value, datetime):
        return value
    text = str(value or "").strip()
    try:
        if text.isascii() and text.isdigit():
            return datetime.fromtimestamp(int(text), UTC)
        return datetime.strptime(text[:19].replace("T", " "), _TIME).replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def read_flag(value: object) -> bool:
    """Read a flag that may come as a number or as text."""
    return str(value).strip().lower() in {"true", "1"}


Time = Annotated[datetime | None, BeforeValidator(read_time)]
Flag = Annotated[bool, BeforeValidator(read_flag)]


class AdComment(VendorObject):
    """A comment or a reply under an ad. `can_delete` is of those that the advertiser wrote."""

    comment_id: VendorId
    content: Text = ""
    comment_type: Text = ""
    original_comment_id: OptionalId = None
    comment_status: Text = "PUBLIC"
    hit_blockedword: Flag = False
    likes: OptionalInt = None
    replies: OptionalInt = None
    create_time: Time = None
    ad_id: OptionalId = None
    ad_name: Text = ""
    adgroup_id: OptionalId = None
    tiktok_item_id: OptionalId = None
    identity_id: OptionalId = None
    identity_type: Text = ""
    user_id: OptionalId = None
    user_name: Text = ""
    user_avatar_url: Text = ""
    is_pinned: Flag = False
    can_delete: Flag = False


class Replied(VendorObject):
    comment_id: VendorId
    create_time: Time = None
    request_id: str | None = None


class BlockedWord(VendorModel):
    bw_content: Text = ""


class CommentPlace(VendorInput):
    """Where a comment stands, and in whose name the ad speaks: TikTok wants all of it, to answer and to delete."""

    advertiser_id: str
    ad_id: str
    tiktok_item_id: str
    comment_id: str
    identity_type: str
    identity_id: str


class Comments(Family):
    async def list_comments(
        self,
        advertiser_id: str,
        adgroup_id: str,
        first: date,
        last: date,
        *,
        page: int = 1,
        page_size: int = LARGEST_PAGE,
    ) -> Page[AdComment]:
        """List comments and replies of an ad group, the newest first, of at most 30 days."""
        call = get(
            "comment/list/",
            advertiser_id=advertiser_id,
            search_field="ADGROUP_ID",
            search_value=adgroup_id,
            start_time=first.isoformat(),
            end_time=last.isoformat(),
            comment_type=["ALL"],
            comment_status=["ALL"],
            sort_field="CREATE_TIME",
            sort_type="DESC",
            page=page,
            page_size=page_size,
        )
        return await self._ask(Page[AdComment], call)

    async def show_thread(
        self, advertiser_id: str, comment_id: str, *, page: int = 1, page_size: int = LARGEST_PAGE
    ) -> Page[AdComment]:
        """Give a comment of the first level with its replies."""
        call = get(
            "comment/reference/",
            advertiser_id=advertiser_id,
            comment_id=comment_id,
            comment_type="COMMENT",
            app="TIKTOK",
            page=page,
            page_size=page_size,
        )
        return await self._ask(Page[AdComment], call)

    async def reply(self, place: CommentPlace, text: str) -> Replied:
        """Answer a comment of the first level; the call is not repeated."""
        body = {**place.body(), "comment_type": "REPLY", "text": text}
        return await self._ask(Replied, post("comment/post/", CallClass.once, body))

    async def update_status(self, advertiser_id: str, comment_ids: Sequence[str], operation: str) -> Nothing:
        """Hide (HIDDEN) or show (PUBLIC) up to twenty comments."""
        body = {"advertiser_id": advertiser_id, "comment_ids": [*comment_ids], "operation": operation}
        return await self._ask(Nothing, post("comment/status/update/", CallClass.repeatable, body))

    async def delete(self, place: CommentPlace) -> Nothing:
        """Delete a comment of one's own. Deleted twice is as deleted once: the second is told that there is none."""
        return await self._ask(Nothing, post("comment/delete/", CallClass.repeatable, place.body()))

    async def list_words(self, advertiser_id: str, *, page: int = 1, page_size: int = MOST_WORDS) -> Page[BlockedWord]:
        call = get("blockedword/list/", advertiser_id=advertiser_id, page=page, page_size=page_size)
        return await self._ask(Page[BlockedWord], call)

    async def add_words(self, advertiser_id: str, words: Sequence[str]) -> Nothing:
        body = {"advertiser_id": advertiser_id, "blocked_words": [*words]}
        return await self._ask(Nothing, post("blockedword/create/", CallClass.repeatable, body))

    async def drop_words(self, advertiser_id: str, words: Sequence[str]) -> Nothing:
        body = {"advertiser_id": advertiser_id, "blocked_words": [*words]}
        return await self._ask(Nothing, post("blockedword/delete/", CallClass.repeatable, body))
