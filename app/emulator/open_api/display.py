"""The Display API: the user, and the public posts."""

from collections.abc import Callable
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import RawBody

from app.emulator.open_api.answers import ApiError, ok
from app.emulator.open_api.bearer import require_token
from app.emulator.open_api.limits import spend
from app.emulator.open_api.shapes import Field, check, read_json
from app.emulator.world.records import Account, Post
from app.emulator.world.world import World

# These pages print it with an s, the posting pages without.
_PARAMS = "invalid_params"
_USER_FIELDS = {
    "user.info.basic": (
        "open_id",
        "union_id",
        "avatar_url",
        "avatar_url_100",
        "avatar_large_url",
        "display_name",
    ),
    "user.info.profile": ("bio_description", "profile_deep_link", "is_verified", "username"),
    "user.info.stats": ("follower_count", "following_count", "likes_count", "video_count"),
}
_SCOPE_OF = {field: scope for scope, fields in _USER_FIELDS.items() for field in fields}
_LIST_BODY = {"cursor": Field(int), "max_count": Field(int)}
_QUERY_BODY = {"filters": Field(dict, required=True, fields={"video_ids": Field(list, required=True)})}
_COUNTS = ("like_count", "comment_count", "share_count", "view_count")
_VIDEO_FIELDS = {
    "id",
    "create_time",
    "cover_image_url",
    "share_url",
    "embed_link",
    "embed_html",
    "title",
    "video_description",
    "duration",
    "height",
    "width",
    *_COUNTS,
}
_READ_LIMIT = 150

Row = tuple[int, Post]


@get("/v2/user/info/")
async def get_user_info(request: Request[Any, Any, Any], world: NamedDependency[World]) -> Response[dict[str, Any]]:
    account, pair = require_token(world, request)
    fields = _read_fields(request, _SCOPE_OF)
    for field in fields:
        if _SCOPE_OF[field] not in pair.scopes:
            raise ApiError("scope_not_authorized", f"The user did not authorize the scope required for {field}.")
    spend(world, "user_info", account.open_id)
    user = _describe_user(world, account, str(request.base_url))
    return ok({"user": {field: user[field] for field in fields}})


@post("/v2/video/list/", status_code=200)
async def list_videos(
    request: Request[Any, Any, Any], body: RawBody, world: NamedDependency[World]
) -> Response[dict[str, Any]]:
    account, _ = require_token(world, request, "video.list")
    spend(world, "video_list", account.open_id)
    fields = _read_fields(request, _VIDEO_FIELDS)
    wanted = read_json(request.headers.get("content-type", ""), body, code=_PARAMS) if body.strip() else {}
    check(wanted, _LIST_BODY, code=_PARAMS)
    count = wanted.get("max_count", 10)
    if not 1 <= count <= 20:
        raise ApiError(_PARAMS, "max_count: must be 1 to 20")
    before = wanted.get("cursor", 0) or float("inf")
    rows = [row for row in _public_posts(world, account) if _milliseconds(row) < before]
    page = rows[:count]
    return ok(
        {
            "videos": [_describe_video(world, request, account, row, fields) for row in page],
            "cursor": _milliseconds(page[-1]) if page else int(world.clock.now() * 1_000),
            "has_more": len(rows) > len(page),
        }
    )


@post("/v2/video/query/", status_code=200)
async def query_videos(
    request: Request[Any, Any, Any], body: RawBody, world: NamedDependency[World]
) -> Response[dict[str, Any]]:
    account, _ = require_token(world, request, "video.list")
    spend(world, "video_query", account.open_id)
    fields = _read_fields(request, _VIDEO_FIELDS)
    wanted = read_json(request.headers.get("content-type", ""), body, code=_PARAMS)
    check(wanted, _QUERY_BODY, code=_PARAMS)
    ids = wanted["filters"]["video_ids"]
    # One id that is no number fails them all.
    if len(ids) > 20 or not all(video_id.isascii() and video_id.isdigit() for video_id in ids):
        raise ApiError(_PARAMS, "filters.video_ids: at most 20 numbers, as strings")
    rows = [row for row in _public_posts(world, account) if str(row[0]) in ids]
    return ok({"videos": [_describe_video(world, request, account, row, fields) for row in rows]})


def _read_fields(request: Request[Any, Any, Any], known: Any) -> list[str]:
    fields = [field for field in request.query_params.get("fields", "").split(",") if field]
    if not fields:
        raise ApiError(_PARAMS, "fields: required, in the query string")
    for field in fields:
        if field not in known:
            raise ApiError(_PARAMS, f"fields: {field} is unknown")
    return fields


def _describe_user(world: World, account: Account, base_url: str) -> dict[str, Any]:
    posts = _public_posts(world, account)
    avatar = f"{base_url}_emulator/avatars/{account.username}.svg"
    return {
        "open_id": account.open_id,
        "union_id": account.union_id,
        "avatar_url": avatar,
        "avatar_url_100": avatar,
        "avatar_large_url": avatar,
        "display_name": account.display_name,
        "bio_description": account.bio_description,
        "profile_deep_link": f"https://vm.tiktok.com/{account.username}/",
        "is_verified": account.is_verified,
        "username": account.username,
        "follower_count": account.follower_count,
        "following_count": account.following_count,
        "likes_count": sum(post.stats.get("like_count", 0) for _, post in posts),
        "video_count": len(posts),
    }


def _public_posts(world: World, account: Account) -> list[Row]:
    posts = world.posts_by_account.get(account.open_id, [])
    listed = [post for post in posts if world.settings.list_photos or post.kind == "video"]
    rows = [(post_id, post) for post in listed for post_id in post.post_ids]
    return sorted(rows, key=_milliseconds, reverse=True)


def _milliseconds(row: Row) -> int:
    return int((row[1].completed_at or row[1].accepted_at) * 1_000)


def _describe_video(
    world: World, request: Request[Any, Any, Any], account: Account, row: Row, fields: list[str]
) -> dict[str, Any]:
    post_id, shown = row
    base_url = str(request.base_url)
    share = f"{(world.settings.share_base or base_url).rstrip('/')}/@{account.username}/{shown.kind}/{post_id}"
    width, height = _measure(world, shown)
    clip = shown.clip
    # A video has one text, its caption; which of the two fields it comes back in is undocumented, so both have it.
    description = shown.description if clip is None else shown.title
    picture = f"photos/{shown.publish_id}/{shown.cover_index}" if clip is None else f"posters/{shown.publish_id}"
    values: dict[str, Callable[[], Any]] = {
        "id": lambda: str(post_id),
        "create_time": lambda: _milliseconds(row) // 1_000,
        "cover_image_url": lambda: f"{base_url}_emulator/{picture}",
        "share_url": lambda: share,
        "embed_link": lambda: share,
        "embed_html": lambda: f'<blockquote cite="{share}"></blockquote>',
        "title": lambda: _give_back(world, shown.title),
        "video_description": lambda: _give_back(world, description),
        "duration": lambda: int(clip.duration) if clip is not None else 0,
        "height": lambda: height,
        "width": lambda: width,
    }
    return {field: values[field]() if field in values else shown.stats.get(field, 0) for field in fields}


def _measure(world: World, shown: Post) -> tuple[int, int]:
    if shown.clip is not None:
        return shown.clip.width, shown.clip.height
    photos = world.photos.get(shown.publish_id)
    return (photos[shown.cover_index].width, photos[shown.cover_index].height) if photos else (0, 0)


def _give_back(world: World, text: str) -> str:
    if world.settings.list_drops_newlines:
        text = " ".join(text.split("\n"))
    return text[:_READ_LIMIT]
