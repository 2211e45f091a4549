"""The Content Posting API for videos: direct posts and drafts, by address or by upload."""

from typing import Any, Literal

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import RawBody

from app.emulator import lifecycle
from app.emulator.media.pulling_videos import open_file
from app.emulator.open_api.answers import ApiError, ok
from app.emulator.open_api.bearer import require_token
from app.emulator.open_api.ignored import OF_VIDEO_DRAFTS, name_ignored
from app.emulator.open_api.limits import check_caps, spend
from app.emulator.open_api.ownership import check_media_url
from app.emulator.open_api.posting import check_post_info
from app.emulator.open_api.shapes import Field, check, read_json
from app.emulator.world.ids import new_publish_id, new_upload_id, new_upload_token
from app.emulator.world.records import PRIVACY_LEVELS, PUBLIC, Account, Post, Upload
from app.emulator.world.world import World

_PARAM = "invalid_param"
_SWITCHES = (
    "disable_comment",
    "disable_duet",
    "disable_stitch",
    "brand_content_toggle",
    "brand_organic_toggle",
    "is_aigc",
)
_SOURCE = Field(
    dict,
    required=True,
    fields={
        "source": Field(str, required=True, choices=("FILE_UPLOAD", "PULL_FROM_URL")),
        "video_url": Field(str),
        "video_size": Field(int),
        "chunk_size": Field(int),
        "total_chunk_count": Field(int),
    },
)
_DRAFT_BODY = {"source_info": _SOURCE, "post_info": Field(dict, fields=OF_VIDEO_DRAFTS)}
_DIRECT_BODY = {
    "source_info": _SOURCE,
    "post_info": Field(
        dict,
        required=True,
        fields={
            "title": Field(str, max_units=2_200),
            "privacy_level": Field(str, required=True, choices=PRIVACY_LEVELS),
            "video_cover_timestamp_ms": Field(int),
            **{name: Field(bool) for name in _SWITCHES},
        },
    ),
}
_FIELDS_OF_SOURCE = {
    "PULL_FROM_URL": {"source", "video_url"},
    "FILE_UPLOAD": {"source", "video_size", "chunk_size", "total_chunk_count"},
}
_INT32 = 2**31
# TikTok writes MB without saying which; the narrower reading of each bound is held against a client.
_SMALLEST_CHUNK = 5 * 1_048_576
_LARGEST_CHUNK = 64_000_000
_LARGEST_LAST_CHUNK = 128_000_000
_MOST_CHUNKS = 1_000


@post("/v2/post/publish/video/init/", status_code=200)
async def init_video(
    request: Request[Any, Any, Any], body: RawBody, world: NamedDependency[World]
) -> Response[dict[str, Any]]:
    account, _ = require_token(world, request, "video.publish")
    spend(world, "video_init", account.open_id)
    wanted = read_json(request.headers.get("content-type", ""), body, code=_PARAM)
    check(wanted, _DIRECT_BODY, code=_PARAM)
    info = wanted["post_info"]
    if not -_INT32 <= info.get("video_cover_timestamp_ms", 0) < _INT32:
        raise ApiError(_PARAM, "post_info.video_cover_timestamp_ms: must be a 32-bit integer")
    _check_source(world, wanted["source_info"])
    check_post_info(world, account, info)
    check_caps(world, account, draft=False)
    return _answer(world, request, account, wanted, "DIRECT_POST")


@post("/v2/post/publish/inbox/video/init/", status_code=200)
async def init_inbox_video(
    request: Request[Any, Any, Any], body: RawBody, world: NamedDependency[World]
) -> Response[dict[str, Any]]:
    account, _ = require_token(world, request, "video.upload")
    spend(world, "inbox_video_init", account.open_id)
    wanted = read_json(request.headers.get("content-type", ""), body, code=_PARAM)
    check(wanted, _DRAFT_BODY, code=_PARAM)
    _check_source(world, wanted["source_info"])
    check_caps(world, account, draft=True, counts_creators=False)
    return _answer(world, request, account, wanted, "MEDIA_UPLOAD")


def _check_source(world: World, source: dict[str, Any]) -> None:
    fields = _FIELDS_OF_SOURCE[source["source"]]
    for name in source.keys() ^ fields:
        what = "required" if name in fields else "does not belong to this source"
        raise ApiError(_PARAM, f"source_info.{name}: {what}")
    if source["source"] == "FILE_UPLOAD":
        _check_chunks(world, source["video_size"], source["chunk_size"], source["total_chunk_count"])
    else:
        check_media_url(world, source["video_url"], field="video_url")


def _check_chunks(world: World, size: int, chunk: int, count: int) -> None:
    """Check the plan by the official rule: the count is rounded down, and the last chunk takes the remainder."""
    if not 0 < size <= world.settings.video_max_bytes:
        raise ApiError(_PARAM, "source_info.video_size: must be 1 byte to 4 GB")
    if not 0 < chunk <= _LARGEST_CHUNK or (chunk < _SMALLEST_CHUNK and chunk != size):
        raise ApiError(_PARAM, "The chunk size is invalid")
    if not 1 <= count <= _MOST_CHUNKS or count != size // chunk:
        raise ApiError(_PARAM, "The total chunk count is invalid")
    last = size - (count - 1) * chunk
    if last > (_LARGEST_CHUNK if count == 1 else _LARGEST_LAST_CHUNK):
        raise ApiError(_PARAM, "The chunk size is invalid")


def _answer(
    world: World,
    request: Request[Any, Any, Any],
    account: Account,
    wanted: dict[str, Any],
    mode: Literal["DIRECT_POST", "MEDIA_UPLOAD"],
) -> Response[dict[str, Any]]:
    accepted = _accept(world, account, wanted, mode)
    lifecycle.start(world, accepted)
    data = {"publish_id": accepted.publish_id}
    if (upload := accepted.upload) is not None:
        data["upload_url"] = f"{request.base_url}upload/?upload_id={upload.id}&upload_token={upload.token}"
    return ok(data)


def _accept(
    world: World, account: Account, wanted: dict[str, Any], mode: Literal["DIRECT_POST", "MEDIA_UPLOAD"]
) -> Post:
    info, source = wanted.get("post_info", {}), wanted["source_info"]
    ignored: list[str] = []
    if mode == "MEDIA_UPLOAD":
        info, ignored = {}, name_ignored(wanted, OF_VIDEO_DRAFTS)
    by_file = source["source"] == "FILE_UPLOAD"
    place, version = ("inbox", "v2") if mode == "MEDIA_UPLOAD" else ("pub", "v2-1")
    accepted = Post(
        publish_id=new_publish_id(f"v_{place}_{'file' if by_file else 'url'}", version),
        open_id=account.open_id,
        post_mode=mode,
        progression=world.progressions.take(account.open_id),
        accepted_at=world.clock.now(),
        kind="video",
        source=source["source"],
        stage="uploading" if by_file else "pulling",
        video_url=source.get("video_url"),
        upload=_open_upload(world, source) if by_file else None,
        title=info.get("title", ""),
        privacy_level=info.get("privacy_level"),
        cover_timestamp_ms=info.get("video_cover_timestamp_ms"),
        switches={name: info[name] for name in _SWITCHES if name in info},
        public=info.get("privacy_level") == PUBLIC and not account.private,
        ignored=ignored,
    )
    world.add_post(accepted)
    return accepted


def _open_upload(world: World, source: dict[str, Any]) -> Upload:
    return Upload(
        id=new_upload_id(),
        token=new_upload_token(),
        size=source["video_size"],
        chunk_size=source["chunk_size"],
        chunk_count=source["total_chunk_count"],
        expires_at=world.clock.now() + world.settings.upload_ttl,
        file=open_file(),
    )
