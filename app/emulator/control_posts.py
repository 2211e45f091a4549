"""The control of posts and webhooks, and what tests read: the log and the counts."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath, FromQuery, JSONBody

from app.emulator import lifecycle, webhooks
from app.emulator.clock import rfc3339
from app.emulator.control import need_account
from app.emulator.progression import Pace, Progression
from app.emulator.records import Post
from app.emulator.world import World

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


class Event(msgspec.Struct, forbid_unknown_fields=True):
    event: str
    open_id: str | None = None
    content: dict[str, Any] = {}
    signature: Literal["valid", "wrong", "missing"] = "valid"


class Drop(msgspec.Struct, forbid_unknown_fields=True):
    count: Annotated[int, msgspec.Meta(ge=0)] = 1


class Release(msgspec.Struct, forbid_unknown_fields=True):
    order: Literal["fifo", "reversed"] = "fifo"


@post("/progression", status_code=200)
async def set_progression(data: JSONBody[ProgressionWish], world: NamedDependency[World]) -> dict[str, Any]:
    """Choose how posts go from here on; those already accepted keep theirs."""
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
async def list_posts(world: NamedDependency[World], open_id: FromQuery[str | None] = None) -> dict[str, Any]:
    lifecycle.settle_all(world)
    wanted = world.posts.values() if open_id is None else world.posts_by_account.get(open_id, [])
    by_caption = [
        {"open_id": account, "caption": caption, "count": count}
        for (account, caption), count in world.journal.inits_by_caption.items()
    ]
    return {
        "items": [show_post(world, found) for found in wanted],
        "inits": {
            "accepted": sum(world.journal.inits_by_account.values()),
            "by_account": dict(world.journal.inits_by_account),
            "by_caption": by_caption,
            "max_per_caption": max(world.journal.inits_by_caption.values(), default=0),
        },
    }


@get("/posts/{publish_id:str}")
async def get_post(publish_id: FromPath[str], world: NamedDependency[World]) -> dict[str, Any]:
    found = _need_post(world, publish_id)
    lifecycle.settle(world, found)
    return show_post(world, found)


@post("/posts/{publish_id:str}/stats", status_code=200)
async def set_stats(publish_id: FromPath[str], data: JSONBody[Stats], world: NamedDependency[World]) -> dict[str, Any]:
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
        "violations": dict(journal.violations),
        "violations_total": sum(journal.violations.values()),
    }


@get("/webhooks")
async def list_webhooks(world: NamedDependency[World]) -> dict[str, Any]:
    return {"items": [delivery.as_json() for delivery in world.outbox.deliveries]}


@post("/webhooks/send", status_code=200)
async def send_webhook(data: JSONBody[Event], world: NamedDependency[World]) -> dict[str, Any]:
    if world.settings.webhook_url is None:
        raise ClientException("webhook_url is not set")
    made = webhooks.make(world, data.event, data.open_id, data.content, data.signature)
    return {"items": [delivery.as_json() for delivery in made]}


@post("/webhooks/drop", status_code=200)
async def drop_webhooks(data: JSONBody[Drop], world: NamedDependency[World]) -> dict[str, int]:
    world.outbox.drop_next = data.count
    return {"drop_next": data.count}


@post("/webhooks/release", status_code=200)
async def release_webhooks(data: JSONBody[Release], world: NamedDependency[World]) -> dict[str, int]:
    return {"released": webhooks.release(world, data.order)}


def show_post(world: World, shown: Post) -> dict[str, Any]:
    account = world.accounts.get(shown.open_id)
    moments = {name: rfc3339(getattr(shown, name)) for name in _MOMENTS}
    return {
        "publish_id": shown.publish_id,
        "open_id": shown.open_id,
        "username": account.username if account else None,
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
        "switches": shown.switches,
        # As text, because a 19-digit number does not survive every JSON reader.
        "post_ids": [str(post_id) for post_id in shown.post_ids],
        "polls": shown.polls,
        "downloaded_bytes": shown.downloaded_bytes,
        "progression": shown.progression.as_json(),
        **moments,
    }


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
}
handlers = [
    set_progression,
    list_posts,
    get_post,
    set_stats,
    act_as_creator,
    show_log,
    list_webhooks,
    send_webhook,
    drop_webhooks,
    release_webhooks,
]
