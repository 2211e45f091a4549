"""Content Posting: what a creator may do, handing over a post, following it, stopping it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from app.tiktok.asking import ask
from app.tiktok.calls import Caller
from app.tiktok.chunks import ChunkPlan
from app.tiktok.errors import AccessTokenInvalid
from app.tiktok.fields import LogId, VendorModel
from app.tiktok.init import InitOutcome, InitRefused, classify_answer, classify_failure
from app.tiktok.models import CreatorInfo, PublishStatus

PostMode = Literal["DIRECT_POST", "MEDIA_UPLOAD"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoPost:
    """A photo post. In mode MEDIA_UPLOAD it becomes a draft in the creator's inbox, and only the text goes with it."""

    photo_images: tuple[str, ...]
    photo_cover_index: int = 0
    post_mode: PostMode = "DIRECT_POST"
    title: str = ""
    description: str = ""
    privacy_level: str = ""
    disable_comment: bool = False
    auto_add_music: bool = False
    brand_content_toggle: bool = False
    brand_organic_toggle: bool = False
    is_aigc: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoPost:
    """A video that TikTok fetches from `video_url`, or that is sent to it in pieces as `upload` says: one of the two.

    In mode MEDIA_UPLOAD nothing but the video goes to the inbox.
    """

    video_url: str = ""
    upload: ChunkPlan | None = None
    post_mode: PostMode = "DIRECT_POST"
    title: str = ""
    privacy_level: str = ""
    disable_comment: bool = False
    disable_duet: bool = False
    disable_stitch: bool = False
    brand_content_toggle: bool = False
    brand_organic_toggle: bool = False
    is_aigc: bool = False
    video_cover_timestamp_ms: int | None = None

    def __post_init__(self) -> None:
        if bool(self.video_url) == (self.upload is not None):
            raise ValueError("a video has either an address or a plan for its upload")


class _Nothing(VendorModel):
    """An answer that has only an `error` object."""

    log_id: LogId = None


class PostingCalls(Caller):
    """The calls of the Content Posting API."""

    async def query_creator_info(self, access_token: str) -> CreatorInfo:
        """Ask what this creator may do now. Caps come as errors, on purpose with HTTP 200."""
        return await self._call(CreatorInfo, "POST", "/v2/post/publish/creator_info/query/", access_token, body={})

    async def init_photo_post(self, access_token: str, post: PhotoPost) -> InitOutcome:
        """Hand over a photo post, once. Never raises for what TikTok or the network did: the outcome says it."""
        return await self._init("/v2/post/publish/content/init/", access_token, photo_body(post))

    async def init_video_post(self, access_token: str, post: VideoPost) -> InitOutcome:
        """Hand over a video post, once. Never raises for what TikTok or the network did: the outcome says it."""
        is_direct = post.post_mode == "DIRECT_POST"
        path = "/v2/post/publish/video/init/" if is_direct else "/v2/post/publish/inbox/video/init/"
        return await self._init(path, access_token, video_body(post))

    async def fetch_publish_status(self, access_token: str, publish_id: str) -> PublishStatus:
        """Ask where a post stands."""
        body = {"publish_id": publish_id}
        return await self._call(PublishStatus, "POST", "/v2/post/publish/status/fetch/", access_token, body=body)

    async def cancel_publish(self, access_token: str, publish_id: str) -> None:
        """Ask TikTok to stop a post that it is still fetching. A webhook confirms it; this answer does not."""
        body = {"publish_id": publish_id}
        await self._call(_Nothing, "POST", "/v2/post/publish/cancel/", access_token, body=body)

    async def _init(self, path: str, access_token: str, body: Mapping[str, Any]) -> InitOutcome:
        try:
            request = self._bearer_request("POST", path, access_token, body=body, once=True)
        except AccessTokenInvalid as error:
            return InitRefused(error.advice, None)
        try:
            answer = await ask(self._http, request, deadline=self.once_deadline)
        except httpx.RequestError as error:
            return classify_failure(error)
        return classify_answer(answer)


def photo_body(post: PhotoPost) -> dict[str, Any]:
    """Write the body of a photo init.

    TikTok's samples leave the brand toggles out and its table says they are required, so they are always sent.
    `is_aigc` stands at the top since August 2026, unlike for videos; what it does to a draft is undocumented.
    """
    info: dict[str, Any] = {key: value for key, value in _photo_texts(post).items() if value}
    body: dict[str, Any] = {"media_type": "PHOTO", "post_mode": post.post_mode, "post_info": info}
    if post.post_mode == "DIRECT_POST":
        info |= {
            "privacy_level": post.privacy_level,
            "disable_comment": post.disable_comment,
            "auto_add_music": post.auto_add_music,
            "brand_content_toggle": post.brand_content_toggle,
            "brand_organic_toggle": post.brand_organic_toggle,
        }
    if post.post_mode == "DIRECT_POST" or post.is_aigc:
        body["is_aigc"] = post.is_aigc
    body["source_info"] = {
        "source": "PULL_FROM_URL",
        "photo_images": list(post.photo_images),
        "photo_cover_index": post.photo_cover_index,
    }
    return body


def video_body(post: VideoPost) -> dict[str, Any]:
    """Write the body of a video init; `title` is the whole caption."""
    source = _video_source(post)
    if post.post_mode == "MEDIA_UPLOAD":
        return {"source_info": source}
    info: dict[str, Any] = {"title": post.title} if post.title else {}
    info |= {
        "privacy_level": post.privacy_level,
        "disable_comment": post.disable_comment,
        "disable_duet": post.disable_duet,
        "disable_stitch": post.disable_stitch,
        "brand_content_toggle": post.brand_content_toggle,
        "brand_organic_toggle": post.brand_organic_toggle,
        "is_aigc": post.is_aigc,
    }
    if post.video_cover_timestamp_ms is not None:
        info["video_cover_timestamp_ms"] = post.video_cover_timestamp_ms
    return {"post_info": info, "source_info": source}


def _video_source(post: VideoPost) -> dict[str, Any]:
    if post.upload is None:
        return {"source": "PULL_FROM_URL", "video_url": post.video_url}
    return {
        "source": "FILE_UPLOAD",
        "video_size": post.upload.video_size,
        "chunk_size": post.upload.chunk_size,
        "total_chunk_count": post.upload.total_chunk_count,
    }


def _photo_texts(post: PhotoPost) -> dict[str, str]:
    return {"title": post.title, "description": post.description}
