"""The library of an ad account takes videos and pictures in: uploaded, or fetched, and looked into."""

import asyncio
import hashlib
from typing import Annotated, Any, Literal

import msgspec

from app.emulator.business_api.access import need_advertiser
from app.emulator.business_api.call import Call, write
from app.emulator.business_api.errors import NOT_FOUND, BusinessError, refuse
from app.emulator.business_api.looking import Look, look_at_picture, look_at_video
from app.emulator.business_api.pulls import pull
from app.emulator.business_api.reading import convert
from app.emulator.business_api.store import Doc
from app.emulator.business_api.times import stamp

_MOST_VIDEO, _MOST_PICTURE = 500_000_000, 100_000_000
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class VideoUpload(msgspec.Struct):
    advertiser_id: str
    upload_type: Literal["UPLOAD_BY_FILE", "UPLOAD_BY_URL", "UPLOAD_BY_FILE_ID", "UPLOAD_BY_VIDEO_ID"] = (
        "UPLOAD_BY_FILE"
    )
    video_signature: str | None = None
    video_url: str | None = None
    file_id: str | None = None
    video_id: str | None = None
    file_name: Name | None = None
    is_third_party: bool = False
    flaw_detect: bool = False
    auto_fix_enabled: bool = False
    auto_bind_enabled: bool = False


class PictureUpload(msgspec.Struct):
    advertiser_id: str
    upload_type: Literal["UPLOAD_BY_FILE", "UPLOAD_BY_URL", "UPLOAD_BY_FILE_ID"] = "UPLOAD_BY_FILE"
    image_signature: str | None = None
    image_url: str | None = None
    file_id: str | None = None
    file_name: Name | None = None


async def fetch_video(call: Call) -> None:
    """Bring the bytes of a video here, and look into them, before the call has its turn."""
    asked, _ = convert(call.given, VideoUpload)
    await _fetch(call, asked.upload_type, asked.video_url, "video_file", _MOST_VIDEO)
    if call.fetched is not None:
        call.look = await asyncio.to_thread(look_at_video, call.fetched)


async def fetch_picture(call: Call) -> None:
    asked, _ = convert(call.given, PictureUpload)
    await _fetch(call, asked.upload_type, asked.image_url, "image_file", _MOST_PICTURE)
    if call.fetched is not None:
        call.look = await asyncio.to_thread(look_at_picture, call.fetched)


async def _fetch(call: Call, kind: str, url: str | None, part: str, most: int) -> None:
    if kind == "UPLOAD_BY_URL":
        if not url:
            raise refuse("url", "it is required with UPLOAD_BY_URL")
        call.fetched = await pull(call.world, url, most=most, timeout=call.book.settings.pull_timeout)
    elif kind == "UPLOAD_BY_FILE":
        if part not in call.given.files:
            raise BusinessError(40905, f"{part}: the file is missing.")
        call.fetched = call.given.files[part].content
    if call.fetched is not None and not call.fetched:
        raise BusinessError(40906, "The file is empty.")
    if call.fetched is not None and len(call.fetched) > most:
        raise BusinessError(40907, "The file is too large.")


@write("file/video/ad/upload/", 611, sandbox=True, fetch=fetch_video)
def upload_video(call: Call) -> Any:
    asked = call.take(VideoUpload)
    need_advertiser(call, asked.advertiser_id)
    if call.fetched is None:
        source = asked.video_id if asked.upload_type == "UPLOAD_BY_VIDEO_ID" else asked.file_id
        return [dict(need_file(call, "video", asked.advertiser_id, source or ""))]
    signature = check_signature(call, asked.video_signature, needed=asked.upload_type == "UPLOAD_BY_FILE")
    name = _choose_name(call, asked.advertiser_id, "video", asked.file_name, "video_file")
    number, look = call.book.new_id(), _need_look(call)
    video_id = f"v10033g50000{number[-12:]}"
    video = {
        "video_id": video_id,
        "material_id": number,
        "file_name": name,
        "width": look.width,
        "height": look.height,
        "duration": look.duration,
        "size": len(call.fetched),
        "bit_rate": look.bit_rate,
        "format": look.format,
        "signature": signature,
        "displayable": True,
        "preview_url": f"{call.origin}/_emulator/business/previews/{video_id}",
        "video_cover_url": f"{call.origin}/_emulator/avatars/{video_id}.svg",
        "allowed_placements": ["PLACEMENT_TIKTOK", "PLACEMENT_PANGLE"],
        "create_time": stamp(call.now),
        "modify_time": stamp(call.now),
        "fix_task_id": None,
        "flaw_types": None,
    }
    _keep(call, "video", asked.advertiser_id, video_id, video)
    return [dict(video)]


@write("file/image/ad/upload/", 601, sandbox=True, fetch=fetch_picture)
def upload_picture(call: Call) -> Any:
    asked = call.take(PictureUpload)
    need_advertiser(call, asked.advertiser_id)
    if call.fetched is None:
        return dict(need_file(call, "image", asked.advertiser_id, asked.file_id or ""))
    signature = check_signature(call, asked.image_signature, needed=asked.upload_type == "UPLOAD_BY_FILE")
    name = _choose_name(call, asked.advertiser_id, "image", asked.file_name, "image_file")
    number, look = call.book.new_id(), _need_look(call)
    image_id = f"ad-site-i18n-sg/{number}"
    image = {
        "image_id": image_id,
        "material_id": number,
        "file_name": name,
        "width": look.width,
        "height": look.height,
        "size": len(call.fetched),
        "format": look.format,
        "signature": signature,
        "image_url": f"{call.origin}/_emulator/avatars/{number}.svg",
        "is_carousel_usable": True,
        "displayable": True,
        "create_time": stamp(call.now),
        "modify_time": stamp(call.now),
    }
    _keep(call, "image", asked.advertiser_id, image_id, image)
    return dict(image)


def check_signature(call: Call, told: str | None, *, needed: bool) -> str:
    """Compare the MD5 that was told with that of the bytes. Raises BusinessError."""
    signature = hashlib.md5(call.fetched or b"").hexdigest()  # noqa: S324 - TikTok's own choice
    if told is None and needed:
        raise refuse("signature", "the MD5 of the file is required")
    if told is not None and told.lower() != signature:
        raise BusinessError(40900, "The MD5 of the file does not match its signature.")
    return signature


def _choose_name(call: Call, advertiser_id: str, kind: str, wanted: str | None, part: str) -> str:
    name = (wanted or "").strip()
    if not name and part in call.given.files:
        name = call.given.files[part].name[-100:]
    name = name or f"{kind}_{call.book.next_number('files')}"
    if call.book.store.get(f"{kind}_name", f"{advertiser_id}:{name}") is not None:
        raise BusinessError(40911, f"Duplicate material name: {name}")
    return name


def _keep(call: Call, kind: str, advertiser_id: str, id_: str, doc: Doc) -> None:
    call.book.store.put(kind, f"{advertiser_id}:{id_}", doc, owner=advertiser_id)
    call.book.store.put(f"{kind}_name", f"{advertiser_id}:{doc['file_name']}", {"id": id_})


def need_file(call: Call, kind: str, advertiser_id: str, id_: str) -> Doc:
    """Get a video or picture of an ad account's library. Raises BusinessError."""
    found = call.book.store.get(kind, f"{advertiser_id}:{id_}")
    if found is None:
        raise BusinessError(40053 if kind == "video" else NOT_FOUND, f"{kind}_id: {id_[:60]} does not exist")
    return found


def _need_look(call: Call) -> Look:
    assert isinstance(call.look, Look)
    return call.look


operations = (upload_video, upload_picture)
