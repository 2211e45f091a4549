"""Comments under the posts of a TikTok account, and what its owner does with them [business-api.md 9.4]."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial

from pydantic import AliasChoices, Field, field_validator

from app.tiktok_business.calls import CallClass, get, post
from app.tiktok_business.comments import Flag, Replied, Time
from app.tiktok_business.family import Family
from app.tiktok_business.fields import (
    Nothing,
    OptionalId,
    OptionalInt,
    Text,
    VendorId,
    VendorModel,
    VendorObject,
    read_id,
)

LARGEST_PAGE = 30
MOST_IDS = 30
"""Comments that are asked for by their ids in one call."""
LONGEST_REPLY = 1_200
"""Characters; it was 150 before 7 August 2026, and a third party alone says so."""
_MOST_PAGES = 2_000


class OrganicComment(VendorObject):
    """A comment or a reply under a post. `owner`: the account itself has written it. `liked`: the account likes it.

    `reply_list` has three replies at most; `replies` counts them all.
    """

    comment_id: VendorId
    video_id: OptionalId = None
    parent_comment_id: OptionalId = None
    text: Text = ""
    image_url: Text = ""
    create_time: Time = None
    unique_identifier: Text = ""
    username: Text = ""
    display_name: Text = ""
    profile_image: Text = ""
    likes: OptionalInt = None
    replies: OptionalInt = None
    owner: Flag = False
    liked: Flag = False
    pinned: Flag = False
    status: Text = "PUBLIC"
    reply_list: list["OrganicComment"] = Field(default_factory=list)

    @field_validator("reply_list", mode="before")
    @classmethod
    def _only_comments(cls, value: object) -> list[object]:
        return _with_ids(value)

    @field_validator("parent_comment_id", mode="after")
    @classmethod
    def _none_for_zero(cls, value: str | None) -> str | None:
        return None if value == "0" else value


class OrganicPage(VendorModel):
    """A page may hold fewer than were asked for, and others follow all the same: `has_more` decides."""

    items: list[OrganicComment] = Field(default_factory=list, validation_alias=AliasChoices("comments", "items"))
    cursor: OptionalInt = None
    has_more: Flag = False
    request_id: str | None = None

    @field_validator("items", mode="before")
    @classmethod
    def _only_comments(cls, value: object) -> list[object]:
        return _with_ids(value)


def _with_ids(value: object) -> list[object]:
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, dict) and read_id(item.get("comment_id"))]


async def _walk(fetch: Callable[..., Awaitable[OrganicPage]]) -> AsyncIterator[list[OrganicComment]]:
    cursor: int | None = None
    for _ in range(_MOST_PAGES):
        page = await fetch(cursor=cursor)
        yield page.items
        if not page.has_more or page.cursor is None or page.cursor == cursor:
            return
        cursor = page.cursor


class OrganicComments(Family):
    """`business_id` is the account's `open_id`, `video_id` a post's, also one of photos."""

    async def list_comments(
        self, business_id: str, video_id: str, *, comment_ids: Sequence[str] | None = None, cursor: int | None = None
    ) -> OrganicPage:
        """List comments of the first level, the newest first; or these of any level, thirty at most."""
        call = get(
            "business/comment/list/",
            business_id=business_id,
            video_id=video_id,
            comment_ids=None if comment_ids is None else list(comment_ids)[:MOST_IDS],
            include_replies=True,
            status="ALL",
            sort_field="create_time",
            sort_order="desc",
            cursor=cursor,
            max_count=LARGEST_PAGE,
        )
        return await self._ask(OrganicPage, call)

    async def list_replies(
        self, business_id: str, video_id: str, comment_id: str, *, cursor: int | None = None
    ) -> OrganicPage:
        """List the replies to a comment, the newest first."""
        call = get(
            "business/comment/reply/list/",
            business_id=business_id,
            video_id=video_id,
            comment_id=comment_id,
            status="ALL",
            sort_field="create_time",
            sort_order="desc",
            cursor=cursor,
            max_count=LARGEST_PAGE,
        )
        return await self._ask(OrganicPage, call)

    async def walk_comments(self, business_id: str, video_id: str) -> AsyncIterator[list[OrganicComment]]:
        """Give page after page of a post's comments, the newest first."""
        async for items in _walk(partial(self.list_comments, business_id, video_id)):
            yield items

    async def walk_replies(
        self, business_id: str, video_id: str, comment_id: str
    ) -> AsyncIterator[list[OrganicComment]]:
        """Give page after page of the replies to a comment, the newest first."""
        async for items in _walk(partial(self.list_replies, business_id, video_id, comment_id)):
            yield items

    async def reply(self, business_id: str, video_id: str, comment_id: str, text: str) -> Replied:
        """Answer a comment; the call is not repeated."""
        body = {**_comment(business_id, video_id, comment_id), "text": text}
        return await self._ask(Replied, post("business/comment/reply/create/", CallClass.once, body))

    async def comment(self, business_id: str, video_id: str, text: str) -> Replied:
        """Write a comment of the account's own under its post; the call is not repeated."""
        body = {"business_id": business_id, "video_id": video_id, "text": text}
        return await self._ask(Replied, post("business/comment/create/", CallClass.once, body))

    async def hide(self, business_id: str, video_id: str, comment_id: str, *, hidden: bool) -> Nothing:
        """Hide a comment from everybody but its author, or show it again."""
        body = {**_comment(business_id, video_id, comment_id), "action": "HIDE" if hidden else "UNHIDE"}
        return await self._ask(Nothing, post("business/comment/hide/", CallClass.repeatable, body))

    async def pin(self, business_id: str, video_id: str, comment_id: str, *, pinned: bool) -> Nothing:
        """Put a comment of the first level above the others, in the place of the one that stood there."""
        body = {**_comment(business_id, video_id, comment_id), "action": "PIN" if pinned else "UNPIN"}
        return await self._ask(Nothing, post("business/comment/pin/", CallClass.repeatable, body))

    async def like(self, business_id: str, comment_id: str, *, liked: bool) -> Nothing:
        """Like a comment in the account's name, or no longer."""
        body = {"business_id": business_id, "comment_id": comment_id, "action": "LIKE" if liked else "UNLIKE"}
        return await self._ask(Nothing, post("business/comment/like/", CallClass.repeatable, body))

    async def delete(self, business_id: str, comment_id: str) -> Nothing:
        """Delete a comment of the account's own. The second time it is told that there is none."""
        body = {"business_id": business_id, "comment_id": comment_id}
        return await self._ask(Nothing, post("business/comment/delete/", CallClass.repeatable, body))


def _comment(business_id: str, video_id: str, comment_id: str) -> dict[str, str]:
    return {"business_id": business_id, "video_id": video_id, "comment_id": comment_id}
