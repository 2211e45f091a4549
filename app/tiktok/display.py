"""Display API: the creator's profile and public posts."""

from collections.abc import Iterable, Sequence
from typing import Any

from app.tiktok.calls import Caller
from app.tiktok.fields import LogId, VendorModel
from app.tiktok.models import UserInfo, VideoItem, VideoPage

BASIC_USER_FIELDS = ("open_id", "union_id", "avatar_url", "display_name")
"""What `user.info.basic` allows. A field without its scope makes the whole call fail."""

VIDEO_FIELDS = (
    "id",
    "create_time",
    "share_url",
    "cover_image_url",
    "title",
    "video_description",
    "duration",
    "width",
    "height",
    "like_count",
    "comment_count",
    "share_count",
    "view_count",
)
MAX_VIDEOS_PER_CALL = 20
LIST_SCOPE = "video.list"
"""The permission without which TikTok shows none of a creator's posts."""


class _User(VendorModel):
    user: UserInfo
    log_id: LogId = None


class DisplayCalls(Caller):
    """The calls of the Display API. The fields go into the query string, also of a POST."""

    async def fetch_user_info(self, access_token: str, fields: Sequence[str] = BASIC_USER_FIELDS) -> UserInfo:
        """Fetch the profile. Ask only for fields whose scope was granted."""
        answer = await self._call(_User, "GET", "/v2/user/info/", access_token, params={"fields": ",".join(fields)})
        return answer.user.model_copy(update={"log_id": answer.log_id})

    async def list_videos(
        self, access_token: str, *, cursor: int | None = None, max_count: int = MAX_VIDEOS_PER_CALL
    ) -> VideoPage:
        """List public posts, newest first; `cursor` in milliseconds means posts before that time."""
        body: dict[str, Any] = {"max_count": min(max(max_count, 1), MAX_VIDEOS_PER_CALL)}
        if cursor is not None:
            body["cursor"] = cursor
        params = {"fields": ",".join(VIDEO_FIELDS)}
        return await self._call(VideoPage, "POST", "/v2/video/list/", access_token, params=params, body=body)

    async def query_videos(self, access_token: str, video_ids: Iterable[str]) -> tuple[VideoItem, ...]:
        """Fetch these posts, as far as they are public and this creator's.

        Ids that are no numbers are left out: one of them makes TikTok refuse the whole list.
        """
        wanted = [video_id for video_id in dict.fromkeys(video_ids) if video_id.isascii() and video_id.isdigit()]
        params = {"fields": ",".join(VIDEO_FIELDS)}
        found: list[VideoItem] = []
        for start in range(0, len(wanted), MAX_VIDEOS_PER_CALL):
            body = {"filters": {"video_ids": wanted[start : start + MAX_VIDEOS_PER_CALL]}}
            page = await self._call(VideoPage, "POST", "/v2/video/query/", access_token, params=params, body=body)
            found.extend(page.videos)
        return tuple(found)
