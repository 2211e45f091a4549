"""The control of posts, and what tests read: the log and the counts."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath, FromQuery, RawBody

from app.emulator import lifecycle
from app.emulator.control.control import decode, need_account
from app.emulator.world.clock import rfc3339
from app.emulator.world.progression import Pace, Progression
from app.emulator.world.records import Clip, Post
from app.emulator.world.world import World

Amount = Annotated[float, msgspec.Meta(ge=0)]


class ProgressionWish(msgspec.Struct, forbid_unknown_fields=True):
    pace: Any = "immediate"
    moderation_hours: Amount = 0.0
    fail_reason: str | None = None
    pull_delay: Amount = 0.0
    post_id_after: Amount = 0.0
    draft_posted_after: Amount | None = None
    applies: Literal["all", "account", "next"] = msgspec.field(name="for", default="all")
    open_id: str | None = None


class Stats(msgspec.Struct, forbid_unknown_fields=True):
    like_count: int = 0
    comment_count: int = 0
    share_count: int = 0
    view_count: int = 0


@post("/progression", status_code=200)
async def set_progression(body: RawBody, world: NamedDependency[World]) -> dict[str, Any]:
    """Choose how posts go from here on; those already accepted keep theirs."""
    data = decode(body, ProgressionWish)
    try:
        pace = Pace.parse(data.pace)
    except ValueError as error:
        raise ClientException(str(error)) from error
    chosen = Progression(
        pace=pace,
        moderation_hours=data.moderation_hours,
        fail_reason=data.fail_reason,
        pull_delay=data.pull_delay,
        post_id_after=data.post_id_after,
        draft_posted_after=data.draft_posted_after,
    )
    open_id = None if data.open_id is None else need_account(world, data.open_id).open_id
    if data.applies == "next":
        world.progressions.queued.append((open_id, chosen))
    elif data.applies == "all":
        world.progressions.default = chosen
    elif open_id is None:
        raise ClientException("open_id is required for an account's progression")
    else:
        world.progressions.by_account[open_id] = chosen
    return chosen.as_json()


@get("/posts")
async def list_posts(
    world: NamedDependency[World],
    open_id: FromQuery[str | None] = None,
    caption: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> dict[str, Any]:
    """List posts, oldest first; `limit` keeps the newest. The counts are of everything, whatever is listed."""
    lifecycle.settle_all(world)
    of_account = list(world.posts.values() if open_id is None else world.posts_by_account.get(open_id, []))
    wanted = [found for found in of_account if caption in {None, found.counted_as}]
    shown = wanted if limit is None else wanted[max(len(wanted) - limit, 0) :]
    journal = world.journal
    by_caption = [
        {"open_id": account, "caption": words, "count": count}
        for (account, words), count in journal.inits_by_caption.items()
        if open_id in {None, account} and caption in {None, words}
    ]
    return {
        "items": [show_post(world, found) for found in shown],
        "inits": {**_count(world), "by_account": dict(journal.inits_by_account), "by_caption": by_caption},
    }


@get("/counts")
async def show_counts(world: NamedDependency[World]) -> dict[str, Any]:
    """Count without listing, for tests that ask often while thousands of posts are under way."""
    lifecycle.settle_all(world)
    return {
        "inits": _count(world),
        "stages": dict(Counter(found.stage for found in world.posts.values())),
        "calls": dict(world.journal.calls_by_endpoint),
        "violations": dict(world.journal.violations),
        "violations_total": sum(world.journal.violations.values()),
    }


def _count(world: World) -> dict[str, int]:
    journal = world.journal
    return {
        "accepted": sum(journal.inits_by_account.values()),
        "max_per_caption": max(journal.inits_by_caption.values(), default=0),
        "max_per_content": max(journal.posts_by_content.values(), default=0),
    }


@get("/posts/{publish_id:str}")
async def get_post(publish_id: FromPath[str], world: NamedDependency[World]) -> dict[str, Any]:
    found = _need_post(world, publish_id)
    lifecycle.settle(world, found)
    return show_post(world, found)


@post("/posts/{publish_id:str}/stats", status_code=200)
async def set_stats(publish_id: FromPath[str], body: RawBody, world: NamedDependency[World]) -> dict[str, Any]:
    data = decode(body, Stats)
    found = _need_post(world, publish_id)
    found.stats = msgspec.to_builtins(data)
    return show_post(world, found)


@post("/posts/{publish_id:str}/{action:str}", status_code=200)
async def act_as_creator(
    publish_id: FromPath[str], action: FromPath[str], world: NamedDependency[World]
) -> dict[str, Any]:
    act = _ACTIONS.get(action)
    if act is None:
        raise NotFoundException(f"one of {', '.join(_ACTIONS)}")
    found = _need_post(world, publish_id)
    lifecycle.settle(world, found)
    if not act(world, found):
        raise ClientException(f"a post that is {found.stage} does not allow it", status_code=409)
    lifecycle.settle(world, found)
    return show_post(world, found)


@get("/log")
async def show_log(
    world: NamedDependency[World],
    endpoint: FromQuery[str | None] = None,
    open_id: FromQuery[str | None] = None,
    limit: FromQuery[int] = 1_000,
) -> dict[str, Any]:
    journal = world.journal
    calls = [
        call.as_json()
        for call in journal.calls
        if endpoint in {None, call.endpoint} and open_id in {None, call.open_id}
    ]
    return {
        "items": calls[-limit:] if limit > 0 else [],
        "calls": dict(journal.calls_by_endpoint),
        "codes": dict(journal.codes),
        "ignored": dict(journal.ignored),
        "violations": dict(journal.violations),
        "violations_total": sum(journal.violations.values()),
    }


def show_post(world: World, shown: Post) -> dict[str, Any]:
    account = world.accounts.get(shown.open_id)
    moments = {name: rfc3339(getattr(shown, name)) for name in _MOMENTS}
    return {
        "publish_id": shown.publish_id,
        "open_id": shown.open_id,
        "username": account.username if account else None,
        "kind": shown.kind,
        "source": shown.source,
        "post_mode": shown.post_mode,
        "status": shown.status,
        "stage": shown.stage,
        "fail_reason": shown.fail_reason,
        "fail_detail": shown.fail_detail,
        "title": shown.title,
        "description": shown.description,
        "caption": shown.caption,
        "privacy_level": shown.privacy_level,
        "public": shown.public,
        "photo_urls": shown.photo_urls,
        "photo_cover_index": shown.cover_index,
        "photos_pulled": len(world.photos.get(shown.publish_id)),
        "video_url": shown.video_url,
        "video": _show_clip(shown.clip),
        "cover_timestamp_ms": shown.cover_timestamp_ms,
        "switches": shown.switches,
        "ignored": shown.ignored,
        # As text, because a 19-digit number does not survive every JSON reader.
        "post_ids": [str(post_id) for post_id in shown.post_ids],
        "polls": shown.polls,
        "downloaded_bytes": shown.downloaded_bytes,
        "uploaded_bytes": shown.uploaded_bytes,
        "progression": shown.progression.as_json(),
        **moments,
    }


def _show_clip(clip: Clip | None) -> dict[str, Any] | None:
    if clip is None:
        return None
    return {name: value for name, value in asdict(clip).items() if name != "poster"}


def _need_post(world: World, publish_id: str) -> Post:
    found = world.posts.get(publish_id)
    if found is None:
        raise NotFoundException("no such post")
    return found


_MOMENTS = ("accepted_at", "pulled_at", "inbox_at", "completed_at", "failed_at", "last_polled_at")
_ACTIONS: dict[str, Callable[[World, Post], bool]] = {
    "post-draft": lifecycle.post_draft,
    "make-public": lifecycle.make_public,
    "remove": lifecycle.remove_from_public,
    "expire-upload": lifecycle.expire_upload,
}
handlers = [
    set_progression,
    list_posts,
    show_counts,
    get_post,
    set_stats,
    act_as_creator,
    show_log,
]
