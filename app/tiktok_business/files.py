"""Pictures and videos of an advertiser's library: stored by address or by upload, which TikTok checks by its MD5.

To store is not to publish: an ad must still be made of it.
"""

from collections.abc import Mapping, Sequence
from typing import IO, Any

from app.tiktok_business.calls import Call, CallClass, Upload, get, post
from app.tiktok_business.family import Family
from app.tiktok_business.fields import OptionalId, OptionalInt, Page, Text, VendorObject, sign

_UPLOAD_SECONDS = 600.0
_FETCH_SECONDS = 120.0


class VideoFile(VendorObject):
    """A video of the library; `preview_url` is good for some six hours."""

    video_id: OptionalId = None
    material_id: OptionalId = None
    file_name: Text = ""
    width: OptionalInt = None
    height: OptionalInt = None
    size: OptionalInt = None
    format: Text = ""
    signature: Text = ""
    preview_url: Text = ""
    video_cover_url: Text = ""
    create_time: Text = ""
    request_id: str | None = None


class ImageFile(VendorObject):
    """A picture of the library."""

    image_id: OptionalId = None
    material_id: OptionalId = None
    width: OptionalInt = None
    height: OptionalInt = None
    size: OptionalInt = None
    format: Text = ""
    signature: Text = ""
    image_url: Text = ""
    request_id: str | None = None


class Files(Family):
    """A file of the same name is refused with 40911, so an upload that was perhaps done is safe to repeat by name."""

    async def upload_video(self, advertiser_id: str, content: bytes, *, name: str) -> VideoFile:
        return await self._ask(VideoFile, _upload("video", advertiser_id, content, name))

    async def send_video(self, advertiser_id: str, file: IO[bytes], *, md5: str, name: str) -> VideoFile:
        """Upload a video from an open file, which is never held as a whole."""
        return await self._ask(VideoFile, _send("video", advertiser_id, file, md5, name))

    async def send_image(self, advertiser_id: str, file: IO[bytes], *, md5: str, name: str) -> ImageFile:
        """Upload a picture from an open file."""
        return await self._ask(ImageFile, _send("image", advertiser_id, file, md5, name))

    async def upload_image(self, advertiser_id: str, content: bytes, *, name: str) -> ImageFile:
        return await self._ask(ImageFile, _upload("image", advertiser_id, content, name))

    async def upload_image_by_url(self, advertiser_id: str, url: str, *, name: str) -> ImageFile:
        return await self._ask(ImageFile, _fetch("image", advertiser_id, url, name))

    async def get_videos(self, advertiser_id: str, video_ids: Sequence[str]) -> list[VideoFile]:
        """Describe up to 60 videos: nothing of views or spend."""
        call = get("file/video/ad/info/", advertiser_id=advertiser_id, video_ids=list(video_ids))
        return (await self._ask(Page[VideoFile], call)).items

    async def search_videos(
        self, advertiser_id: str, *, filtering: Mapping[str, Any] | None = None, page: int = 1, page_size: int = 100
    ) -> Page[VideoFile]:
        call = get(
            "file/video/ad/search/", advertiser_id=advertiser_id, filtering=filtering, page=page, page_size=page_size
        )
        return await self._ask(Page[VideoFile], call)

    async def check_names(self, advertiser_id: str, names: Sequence[Mapping[str, str]]) -> VendorObject:
        """Ask whether names are taken: `[{"file_name", "file_type"}]`."""
        body = {"advertiser_id": advertiser_id, "files": [dict(name) for name in names]}
        return await self._ask(VendorObject, post("file/name/check/", CallClass.read, body))


def _upload(kind: str, advertiser_id: str, content: bytes, name: str) -> Call:
    return _send(kind, advertiser_id, content, sign(content), name)


def _send(kind: str, advertiser_id: str, content: bytes | IO[bytes], md5: str, name: str) -> Call:
    body = {
        "advertiser_id": advertiser_id,
        "upload_type": "UPLOAD_BY_FILE",
        "file_name": name,
        f"{kind}_signature": md5,
    }
    upload = Upload(f"{kind}_file", name, content)
    return post(f"file/{kind}/ad/upload/", CallClass.repeatable, body, upload=upload, deadline=_UPLOAD_SECONDS)


def _fetch(kind: str, advertiser_id: str, url: str, name: str) -> Call:
    body = {
        "advertiser_id": advertiser_id,
        "upload_type": "UPLOAD_BY_URL",
        "file_name": name,
        f"{kind}_url": url,
    }
    return post(f"file/{kind}/ad/upload/", CallClass.repeatable, body, is_form=True, deadline=_FETCH_SECONDS)
