"""Posting for a TikTok account: videos and photos by address, and where a post stands.

A publish has no key against repetition: it is sent once, and a lost answer stays a doubt [business-api.md 9.3].
"""

from dataclasses import dataclass
from typing import Any

from pydantic import field_validator

from app.tiktok_business.calls import CallClass, get, post
from app.tiktok_business.family import Family
from app.tiktok_business.fields import Text, VendorId, VendorModel, read_id

PUBLISH_VIDEO, PUBLISH_PHOTO = "business/video/publish/", "business/photo/publish/"


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoPublish:
    """A video. There is no audience to choose: it is public, or a draft. `thumbnail_offset` counts milliseconds."""

    business_id: str
    video_url: str
    caption: str = ""
    disable_comment: bool = False
    disable_duet: bool = False
    disable_stitch: bool = False
    is_brand_organic: bool = False
    is_branded_content: bool = False
    is_ai_generated: bool = False
    upload_to_draft: bool = False
    thumbnail_offset: int | None = None

    def body(self) -> dict[str, Any]:
        info: dict[str, Any] = {
            "caption": self.caption,
            "disable_comment": self.disable_comment,
            "disable_duet": self.disable_duet,
            "disable_stitch": self.disable_stitch,
            "is_brand_organic": self.is_brand_organic,
            "is_branded_content": self.is_branded_content,
            "is_ai_generated": self.is_ai_generated,
            "upload_to_draft": self.upload_to_draft,
        }
        if self.thumbnail_offset is not None:
            info["thumbnail_offset"] = self.thumbnail_offset
        return {"business_id": self.business_id, "video_url": self.video_url, "post_info": info}


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoPublish:
    """One to 35 photos. There is no flag for what an AI has made [business-api.md 17]."""

    business_id: str
    photo_images: tuple[str, ...]
    privacy_level: str
    photo_cover_index: int = 0
    title: str = ""
    caption: str = ""
    auto_add_music: bool = False
    disable_comment: bool = False
    is_brand_organic: bool = False
    is_branded_content: bool = False
    is_draft: bool = False

    def body(self) -> dict[str, Any]:
        return {
            "business_id": self.business_id,
            "photo_images": list(self.photo_images),
            "photo_cover_index": self.photo_cover_index,
            "post_info": {
                "privacy_level": self.privacy_level,
                "title": self.title,
                "caption": self.caption,
                "auto_add_music": self.auto_add_music,
                "disable_comment": self.disable_comment,
                "is_brand_organic": self.is_brand_organic,
                "is_branded_content": self.is_branded_content,
                "is_draft": self.is_draft,
            },
        }


class Published(VendorModel):
    """What a publish is called from then on: the `publish_id` of its status and of webhooks."""

    share_id: VendorId
    request_id: str | None = None


class PublishState(VendorModel):
    """Where a post stands, in TikTok's own words. Ids may come minutes after the verdict."""

    status: Text = ""
    reason: Text = ""
    post_ids: tuple[str, ...] = ()
    request_id: str | None = None

    @field_validator("post_ids", mode="before")
    @classmethod
    def _only_ids(cls, value: object) -> tuple[str, ...]:
        items = value if isinstance(value, list) else []
        return tuple(dict.fromkeys(found for found in map(read_id, items) if found not in {None, "0"}))


class Publishing(Family):
    async def publish_video(self, video: VideoPublish) -> Published:
        """Hand over a video, once."""
        return await self._ask(Published, post(PUBLISH_VIDEO, CallClass.once, video.body()))

    async def publish_photos(self, photos: PhotoPublish) -> Published:
        """Hand over photos, once."""
        return await self._ask(Published, post(PUBLISH_PHOTO, CallClass.once, photos.body()))

    async def get_status(self, business_id: str, publish_id: str) -> PublishState:
        """Ask where a post stands."""
        call = get("business/publish/status/", business_id=business_id, publish_id=publish_id)
        return await self._ask(PublishState, call)
