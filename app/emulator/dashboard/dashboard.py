"""The pages for people: the posts as a phone shows them, and the log."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from markupsafe import escape

from app.emulator import lifecycle
from app.emulator.dashboard.pages import render
from app.emulator.world.journal import Call
from app.emulator.world.records import Post
from app.emulator.world.spark_codes import LentPost, write_spark_code
from app.emulator.world.world import World

_POSTS_SHOWN = 24
_CALLS_SHOWN = 60
_PIECE = 1_048_576
_LENT_DAYS = 30
_RANGE = re.compile(r"bytes=([0-9]{1,15})-([0-9]{0,15})")
_MEDIA_TYPES = {"mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm"}
_STATUS_WORDS = {
    "uploading": "Receiving video",
    "pulling": "Fetching media",
    "processing": "In moderation",
    "inbox": "In the inbox",
    "complete": "Posted",
    "failed": "Failed",
}


@dataclass(frozen=True)
class PhoneView:
    """One post in its frame."""

    post: Post
    username: str
    display_name: str
    status: str
    audience: str
    photos: list[str]
    # Whether the video and its poster are still kept.
    has_video: bool
    waits_for: str
    accepted: str


@dataclass(frozen=True)
class CallView:
    call: Call
    at: str
    username: str
    good: bool


@get("/")
async def show_dashboard(world: NamedDependency[World]) -> Response[str]:
    lifecycle.settle_all(world)
    newest = list(world.posts.values())[: -_POSTS_SHOWN - 1 : -1]
    return render(
        "dashboard.html",
        phones=[_view(world, post) for post in newest],
        calls=[_view_call(world, call) for call in list(world.journal.calls)[: -_CALLS_SHOWN - 1 : -1]],
        accounts=list(world.accounts.values()),
        properties=list(world.properties.values()),
        violations=dict(world.journal.violations),
        counts={
            "posts": len(world.posts),
            "calls": sum(world.journal.calls_by_endpoint.values()),
            "webhooks": world.outbox.count,
            "violations": sum(world.journal.violations.values()),
        },
        now=_time(world.clock.now()),
        offset=world.clock.offset,
        settings=world.settings,
    )


@get("/{handle:str}/photo/{post_id:str}")
async def show_post_page(handle: FromPath[str], post_id: FromPath[str], world: NamedDependency[World]) -> Response[str]:
    """Show a public post at the address that share_url leads to."""
    return _show_public(world, "photo", handle, post_id)


@get("/{handle:str}/video/{post_id:str}")
async def show_video_page(
    handle: FromPath[str], post_id: FromPath[str], world: NamedDependency[World]
) -> Response[str]:
    """Show a public video at the address that share_url leads to."""
    return _show_public(world, "video", handle, post_id)


@get("/videos/{publish_id:str}")
async def get_video(
    request: Request[Any, Any, Any], publish_id: FromPath[str], world: NamedDependency[World]
) -> Response[bytes]:
    """Give the player the piece that it asks for; without ranges a browser would not let anybody seek."""
    file, post = world.clips.get(publish_id), world.posts.get(publish_id)
    if file is None or post is None or post.clip is None:
        raise NotFoundException("no such video, or no longer kept")
    size = post.clip.size
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    first = int(asked[1]) if asked else 0
    last = min(int(asked[2]) if asked and asked[2] else size - 1, first + _PIECE - 1, size - 1)
    if first > last:
        return Response(b"", status_code=416, headers={"Content-Range": f"bytes */{size}"})
    file.seek(first)
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Range": f"bytes {first}-{last}/{size}",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(
        file.read(last + 1 - first), status_code=206, headers=headers, media_type=_MEDIA_TYPES[post.clip.container]
    )


@get("/posters/{publish_id:str}")
async def get_poster(publish_id: FromPath[str], world: NamedDependency[World]) -> Response[bytes]:
    post = world.posts.get(publish_id)
    if post is None or post.clip is None or not post.clip.poster:
        raise NotFoundException("no such video, or no longer kept")
    headers = {"Cache-Control": "max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(post.clip.poster, media_type="image/jpeg", headers=headers)


@get("/photos/{publish_id:str}/{index:int}")
async def get_photo(publish_id: FromPath[str], index: FromPath[int], world: NamedDependency[World]) -> Response[bytes]:
    photos = world.photos.get(publish_id)
    if not 0 <= index < len(photos):
        raise NotFoundException("no such photo, or no longer kept")
    photo = photos[index]
    headers = {"Cache-Control": "max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(photo.content, media_type=photo.content_type, headers=headers)


@get("/avatars/{name:str}")
async def get_avatar(name: FromPath[str], world: NamedDependency[World]) -> Response[str]:
    """Draw an avatar: the account's initial on a colour of its own."""
    account = world.find_account(name.removesuffix(".svg"))
    if account is None:
        raise NotFoundException("no such account")
    hue = sum(account.open_id.encode()) * 47 % 360
    return Response(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><rect width="100" height="100" '
        f'fill="hsl({hue} 62% 46%)"/><text x="50" y="67" font-family="sans-serif" font-size="50" font-weight="700" '
        f'fill="#fff" text-anchor="middle">{escape(account.display_name[:1].upper())}</text></svg>',
        media_type="image/svg+xml",
    )


def _show_public(world: World, kind: str, handle: str, post_id: str) -> Response[str]:
    for post in world.posts.values():
        if post.kind == kind and post_id in map(str, post.post_ids):
            view = _view(world, post)
            if f"@{view.username}" == handle:
                return render("post.html", phone=view, spark_code=_lend(post, view, post_id))
    raise NotFoundException("This post is not available.")


def _lend(post: Post, view: PhoneView, post_id: str) -> str:
    """Make the code that the post's owner finds in TikTok's app, under the post's ad settings; the same each time."""
    media_type = "PHOTO" if post.kind == "photo" else "VIDEO"
    starts = int(post.completed_at or post.accepted_at)
    return write_spark_code(LentPost(post_id, view.username, media_type, starts, _LENT_DAYS, post.title[:60]))


def _view(world: World, post: Post) -> PhoneView:
    account = world.accounts.get(post.open_id)
    pulled = len(world.photos.get(post.publish_id))
    return PhoneView(
        post=post,
        username=account.username if account else post.open_id,
        display_name=account.display_name if account else "Removed account",
        status=_STATUS_WORDS[post.stage],
        audience="Draft" if post.is_draft else (post.privacy_level or "").replace("_", " ").capitalize(),
        photos=[f"/_emulator/photos/{post.publish_id}/{index}" for index in range(pulled)],
        has_video=world.clips.get(post.publish_id) is not None,
        waits_for=_say_what_is_awaited(post),
        accepted=_time(post.accepted_at),
    )


def _say_what_is_awaited(post: Post) -> str:
    if post.kind == "photo":
        return f"{len(post.photo_urls)} photo(s) to fetch"
    if post.upload is None:
        return "A video to fetch"
    return f"{post.uploaded_bytes * 100 // post.upload.size} % of a video received"


def _view_call(world: World, call: Call) -> CallView:
    account = world.accounts.get(call.open_id or "")
    good = call.fault is None and call.code in {"ok", None} and (call.http_status or 500) < 400
    return CallView(call, _time(call.at), account.username if account else "", good)


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%H:%M:%S")


handlers = [show_dashboard, get_photo, get_video, get_poster, get_avatar]
