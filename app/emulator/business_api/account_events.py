"""What TikTok tells about accounts: posts that come to their end, comments, and consents that were taken back."""

import asyncio
from typing import Any

import msgspec

from app.emulator.business_api.book import Book
from app.emulator.business_api.notices import make_notice, send_notices
from app.emulator.business_api.publishing_states import settle_share
from app.emulator.business_api.store import Doc
from app.emulator.world.world import World

_CATEGORIES = {"post": "VIDEO", "comment": "COMMENT", "brand": "BRAND_MENTION", "authorization": "VIDEO"}
_LOOK_SECONDS = 0.2


def make_event(book: Book, event: str, open_id: str, content: Doc) -> list[Doc]:
    """Make an event for the hook of its category, if there is one. Runs within a turn."""
    hook = book.store.get("hook", _CATEGORIES[event.partition(".")[0]])
    if hook is None:
        return []
    items = hook.get("item_list") or []
    if "video_id" in content and items and str(content["video_id"]) not in items:
        return []
    body = {
        "client_key": book.settings.app_id,
        "event": event,
        "create_time": int(book.now()),
        "user_openid": open_id,
        "content": msgspec.json.encode(content).decode(),
    }
    return [make_notice(book, hook["callback_url"], body)]


def tell_comment(book: Book, comment: Doc, action: str) -> list[Doc]:
    """Tell of a comment. Its ids are bare numbers, as TikTok sends them."""
    content: dict[str, Any] = {
        "comment_id": int(comment["comment_id"]),
        "video_id": int(comment["video_id"]),
        "parent_comment_id": int(comment["parent_comment_id"] or 0),
        "comment_type": "reply" if comment["parent_comment_id"] else "comment",
        "comment_action": action,
        "unique_identifier": comment["unique_identifier"],
        "timestamp": int(book.now() * 1_000),
        "text": comment["text"],
    }
    return make_event(book, "comment.update", comment["open_id"], content)


async def follow_share(book: Book, world: World, share_id: str) -> None:
    """Tell of a post whenever it comes a step further, as the book's clock has it."""
    told = 0
    while told < 2:
        with book.turn():
            share = book.store.get("share", share_id)
            notices = [] if share is None else _tell_step(book, share, told)
            over = share is None or bool(share["reason"]) or (share["draft"] and bool(notices))
            told += len(notices) or (1 if share is not None and _reached(book, share) > told else 0)
        send_notices(book, world, notices)
        if over:
            return
        await asyncio.sleep(_LOOK_SECONDS)


def _reached(book: Book, share: Doc) -> int:
    """Count the steps that are behind a post: its end, and its id in public."""
    if not share["pulled"]:
        return 0
    ended = share["pulled_at"] + book.settings.publish_seconds
    if book.now() < ended:
        return 0
    return 2 if book.now() >= ended + book.settings.post_id_seconds else 1


def _tell_step(book: Book, share: Doc, told: int) -> list[Doc]:
    kind = "DIRECT_POST" if not share["draft"] else "INBOX_SHARE"
    content = {"publish_id": share["share_id"], "publish_type": kind}
    if share["reason"]:
        return make_event(book, "post.publish.failed", share["open_id"], {**content, "reason": share["reason"]})
    if _reached(book, share) <= told:
        return []
    if told == 0:
        if share["draft"]:
            return make_event(book, "post.publish.inbox_delivered", share["open_id"], content)
        settle_share(book, share)
        return make_event(book, "post.publish.complete", share["open_id"], content)
    public = {**content, "post_id": share["item_id"]}
    return make_event(book, "post.publish.publicly_available", share["open_id"], public)
