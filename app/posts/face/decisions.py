"""What a person decides about a post on its way: approve, retry, cancel."""

import re
from collections.abc import Callable
from typing import Any

import structlog
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, PublishMode
from app.accounts.queries import is_id
from app.accounts.service import call_with_token
from app.articles.models import Article
from app.errors import Conflict, Invalid, NotFound, VendorError
from app.kit.clock import utcnow
from app.kit.text import clean, clean_multiline, utf16_len
from app.limits.budgets import CANCEL
from app.messages import refusals, timeline
from app.messages.kinds import State
from app.messages.message import Message
from app.posts.attempts import fence_off_lost
from app.posts.gates import AUDIENCE_NOT_OFFERED
from app.posts.models import Post, PostKind, PostState
from app.posts.prepare.caption_settings import text_limits
from app.posts.prepare.missing_media import ASKS_ABOUT_MEDIA, WITHOUT_MISSING
from app.posts.schemas import PostApprove, PostRevise
from app.posts.send.handover import toggles_of
from app.posts.transitions import advance, note, requeue
from app.resources import Resources

log = structlog.get_logger(__name__)

_HASHTAG = re.compile(r"#\w+")
RETRYABLE_BY_HAND = frozenset({PostState.failed, PostState.retryable, PostState.unconfirmed, PostState.scheduled})
CANCELLABLE = frozenset(
    {PostState.scheduled, PostState.awaiting_approval, PostState.queued, PostState.retryable, PostState.publishing}
)
_SETTINGS = (
    "privacy_level",
    "disable_comment",
    "disable_duet",
    "disable_stitch",
    "auto_add_music",
    "brand_content_toggle",
    "brand_organic_toggle",
    "is_aigc",
    "video_cover_timestamp_ms",
)


def list_actions(post: Post) -> list[str]:
    """Name the moves that a person has now."""
    actions = []
    if post.state is PostState.awaiting_approval:
        actions.append("approve")
    if post.state in RETRYABLE_BY_HAND and not post.is_sending:
        actions.append("retry")
    if post.state is PostState.failed and not post.is_sending:
        actions.append("revise")
    if post.state in CANCELLABLE and not post.is_sending:
        actions.append("cancel")
    if post.state is PostState.unconfirmed:
        actions += ["resolve", "check"]
    if post.alert is not None:
        actions.append("dismiss")
    return actions


async def approve_post(app: Resources, post_id: str, data: PostApprove, *, by: str) -> None:
    """Send an awaiting post on its way, with the text and settings as the approver left them."""
    async with app.transaction() as session:
        post = await find_post(session, post_id)
        require(post, PostState.awaiting_approval, refusals.cannot_approve)
        if data.prepared_version not in {None, post.prepared_version}:
            raise Conflict(refusals.READ_AGAIN, code="approval_outdated")
        account = await session.get_one(Account, post.account_id)
        values = edited_text(app, post, account, data) | {"settings": _approved_settings(post, account, data)}
        why = timeline.approved(who=by) if not values["is_edited"] else timeline.approved_with_edits(who=by)
        moved = await requeue(
            session,
            post_id,
            expected=post.state,
            why=why,
            is_approved=True,
            is_forced=True,
            cleared_at=utcnow(),
            **values,
        )
        won(moved)


def edited_text(app: Resources, post: Post, account: Account, data: PostApprove | PostRevise) -> dict[str, Any]:
    """The columns of a text as a person leaves it. Raises Invalid for one that TikTok would not take."""
    tidy = clean_multiline if post.kind is PostKind.video else clean
    title = post.title if data.title is None else tidy(data.title)
    description = post.description if data.description is None else clean_multiline(data.description)
    limits = text_limits(app.settings, account)
    most = limits.caption if post.kind is PostKind.video else limits.title
    for too_long, text, limit in (
        (refusals.title_too_long, title, most),
        (refusals.description_too_long, description, limits.description),
    ):
        if utf16_len(text) > limit:
            raise Invalid(too_long(utf16_len(text), limit))
    if not title and not description:
        raise Invalid(refusals.NO_WORDS)
    is_edited = post.is_edited or (title, description) != (post.title, post.description)
    words = f"{title} {description}".split()
    hashtags = list(dict.fromkeys(word for word in words if _HASHTAG.fullmatch(word))) if is_edited else post.hashtags
    return {"title": title, "description": description, "hashtags": hashtags, "is_edited": is_edited}


def _approved_settings(post: Post, account: Account, data: PostApprove) -> dict[str, Any]:
    """What the approver consents to, whole: the account's settings may change while the post waits for its slot."""
    given = {name: getattr(data, name) for name in _SETTINGS if getattr(data, name) is not None}
    earlier = dict(post.settings)
    if post.state_reason == AUDIENCE_NOT_OFFERED:
        earlier.pop("privacy_level", None)
    names = {"privacy_level", *toggles_of(post.kind)} if post.mode != PublishMode.inbox else set()
    settings = {name: getattr(account, name) for name in names} | earlier | given
    privacy_level = settings.get("privacy_level") or account.privacy_level
    if not privacy_level and post.mode != PublishMode.inbox:
        raise Invalid(refusals.CHOOSE_AUDIENCE)
    branded = settings.get("brand_content_toggle", account.brand_content_toggle)
    if branded and privacy_level == "SELF_ONLY":
        raise Invalid(refusals.BRANDED_PRIVATE)
    return settings


async def retry_post(app: Resources, post_id: str, *, by: str) -> None:
    """Send a post again, or now: a failed one, one that waits, or (a person's risk) an unconfirmed one."""
    async with app.transaction() as session:
        post = await find_post(session, post_id)
        if post.state not in RETRYABLE_BY_HAND:
            raise Conflict(refusals.cannot_retry(state=State(post.state)), code="state_forbids")
        cleared: dict[str, Any] = {
            "publish_id": None,
            "tiktok_status": None,
            "fail_reason": None,
            "fail_help": None,
            "next_check_at": None,
            "cleared_at": utcnow(),
            "media_missing_since": None,
        }
        if post.state_reason in ASKS_ABOUT_MEDIA:
            article = await session.get_one(Article, post.article_id)
            cleared["settings"] = {**post.settings, WITHOUT_MISSING: article.version}
        why = timeline.retried(who=by)
        if post.state is PostState.unconfirmed:
            why = timeline.sent_again_by(who=by)
        moved = await requeue(
            session, post_id, expected=post.state, why=why, failures=0, is_forced=True, alert=None, **cleared
        )
        won(moved)
        # Also of one that a person has said is not there: TikTok may still be about to fetch it.
        await fence_off_lost(session, post_id)


async def cancel_post(app: Resources, post_id: str, *, by: str) -> None:
    """Stop a post. Where TikTok already works on it, TikTok is asked to stop, and its answer decides."""
    async with app.transaction() as session:
        post = await find_post(session, post_id)
        if post.state not in CANCELLABLE:
            raise Conflict(refusals.cannot_cancel(state=State(post.state)), code="state_forbids")
        if post.state is not PostState.publishing:
            why = timeline.cancelled(who=by)
            moved = await advance(
                session,
                post_id,
                expected=post.state,
                to=PostState.cancelled,
                why=why,
                where=(col(Post.is_sending).is_(False),),
                state_reason="cancelled_by_person",
                state_detail=why,
            )
            won(moved)
            return
    await _ask_tiktok_to_stop(app, post, by)


async def _ask_tiktok_to_stop(app: Resources, post: Post, by: str) -> None:
    publish_id = post.publish_id or ""
    try:
        await call_with_token(
            app, post.account_id, lambda client, token: client.cancel_publish(token, publish_id), limit=CANCEL
        )
    except VendorError as error:
        raise Conflict(refusals.not_stopped(cause=error.message), code="cancel_refused") from error
    async with app.transaction() as session:
        await note(session, post.id, post.state, timeline.stop_asked(who=by))


async def find_post(session: AsyncSession, post_id: str) -> Post:
    """Get a post. Raises NotFound."""
    post = await session.get(Post, post_id) if is_id(post_id) else None
    if post is None:
        raise NotFound(refusals.NO_POST)
    return post


def require(post: Post, state: PostState, too_late: Callable[[State, State], Message]) -> None:
    """Raise Conflict for a decision that comes too late."""
    if post.state is not state:
        raise Conflict(too_late(State(post.state), State(state)), code="state_forbids")


def won(moved: bool) -> None:
    """Raise Conflict where somebody else was faster."""
    if not moved:
        raise Conflict(refusals.MOVED_ON, code="state_forbids")
