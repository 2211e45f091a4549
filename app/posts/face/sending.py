"""A person sends a post, again or now, or stops it."""

from functools import partial
from typing import Any

from sqlmodel import col

from app.accounts.tokens.access import call_with_token
from app.articles.models import Article
from app.errors import Conflict, VendorError
from app.kit.clock import utcnow
from app.limits.budgets import CANCEL
from app.messages import decisions, post_refusals
from app.posts.adoption import warn
from app.posts.attempts import fence_off_lost, find_accepted, was_perhaps_sent
from app.posts.face.case import Afterwards, Case, Nothing, won
from app.posts.line.media_probe import let_ask
from app.posts.models import Post, PostState
from app.posts.prepare.missing_media import ASKS_ABOUT_MEDIA
from app.posts.transitions import advance, note, requeue
from app.resources import Resources


async def retry_post(case: Case, _: Nothing) -> None:
    """Retry a failed or waiting post now, or send an unconfirmed one again."""
    session, post = case.session, case.post
    await let_ask(case.app, session, post)
    cleared: dict[str, Any] = {
        "publish_id": None,
        "tiktok_status": None,
        "fail_reason": None,
        "fail_help": None,
        "next_check_at": None,
        "cleared_at": utcnow(),
        "media_missing_since": None,
    }
    settings = post.settings.copy()
    settings.pop("not_before", None)
    settings.pop("is_held_by_rule", None)
    if post.state_reason in ASKS_ABOUT_MEDIA:
        settings["without_missing_of_version"] = (await session.get_one(Article, post.article_id)).version
    why = decisions.sent_again_by if post.state is PostState.unconfirmed else decisions.retried
    moved = await requeue(
        session,
        post.id,
        expected=post.state,
        why=why(who=case.by),
        failures=0,
        is_forced=True,
        alert=None,
        settings=settings,
        **cleared,
    )
    won(moved)
    # Also of one that a person has said is not there: TikTok may still be about to fetch it.
    await fence_off_lost(session, post.id)
    if (number := await find_accepted(session, post.id)) is not None:
        await warn(session, await session.get_one(Post, post.id, populate_existing=True), number)


async def cancel_post(case: Case, _: Nothing) -> Afterwards | None:
    """Stop a post; where TikTok works on it already, ask TikTok to stop."""
    post = case.post
    if post.state is PostState.publishing:
        return partial(_ask_tiktok_to_stop, case.app, post, case.by)
    why = decisions.cancelled(who=case.by)
    moved = await advance(
        case.session,
        post.id,
        expected=post.state,
        to=PostState.cancelled,
        why=why,
        where=(col(Post.is_sending).is_(False),),
        state_reason="cancelled_by_person",
        state_detail=why,
    )
    won(moved)
    return None


async def restore_post(case: Case, _: Nothing) -> None:
    """Bring back a post that a person had stopped before TikTok got it; it goes on as it would have."""
    if await was_perhaps_sent(case.session, case.post.id):
        raise Conflict(post_refusals.PERHAPS_ON_TIKTOK, code="state_forbids")
    why = decisions.brought_back(who=case.by)
    won(await requeue(case.session, case.post.id, expected=case.post.state, why=why, failures=0))


async def _ask_tiktok_to_stop(app: Resources, post: Post, by: str) -> None:
    """TikTok's answer decides."""
    publish_id = post.publish_id or ""
    try:
        await call_with_token(
            app, post.account_id, lambda client, token: client.cancel_publish(token, publish_id), limit=CANCEL
        )
    except VendorError as error:
        raise Conflict(post_refusals.not_stopped(cause=error.message), code="cancel_refused") from error
    async with app.transaction() as session:
        await note(session, post.id, post.state, decisions.stop_asked(who=by))
