"""Changing a post that TikTok does not have: its words, pictures, switches and time."""

from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlmodel import col

from app.accounts.models import Account, PublishMode
from app.articles.models import Article, Source
from app.errors import Conflict, Invalid
from app.jobs import enqueue
from app.kit.clock import rfc3339, utcnow
from app.messages import decisions, post_refusals
from app.messages.message import Message
from app.posts.consent import end_consent, hash_of
from app.posts.face.case import Case, won
from app.posts.face.edits import SWITCHES, Words, edited_text, forbid_private_brands, words_of
from app.posts.face.pictures import choose_pictures_of, numbers_of
from app.posts.gates import AUDIENCE_NOT_OFFERED, mode_of
from app.posts.models import Post, PostKind, PostState
from app.posts.models_settings import PostSettings
from app.posts.prepare.caption import load_caption_rules, write_caption
from app.posts.schemas_decisions import PostRevise
from app.posts.sentences import with_messages
from app.posts.transitions import advance, new_lease, note, requeue
from app.posts.waits import LATEST_EMBARGO, chosen_time

_WAITING = frozenset({PostState.scheduled, PostState.retryable})


async def revise_post(case: Case, data: PostRevise) -> None:
    """Change a post that TikTok does not have: text, pictures, switches, time. A consent ends by it."""
    post = case.post
    if data.content_hash not in {None, await hash_of(case.session, post)}:
        raise Conflict(post_refusals.CHANGED_SINCE_READ, code="approval_outdated")
    account = await case.session.get_one(Account, post.account_id)
    settings = _change_settings(post, account, data)
    values = await _change_text(case, account, data)
    numbers = numbers_of(post, data.media) if data.media is not None else data.pictures
    if numbers is not None:
        values |= await choose_pictures_of(case, numbers, settings)
    is_moved = settings.get("not_before") != post.settings.get("not_before")
    changed = {name: value for name, value in values.items() if value != getattr(post, name)}
    is_edited = bool(changed) or _without_time(settings) != _without_time(post.settings)
    if not (is_edited or is_moved):
        return
    if is_edited and is_moved:
        await note(case.session, post.id, post.state, decisions.edited(who=case.by))
    # A consent was to the post as it stood.
    if is_edited and await end_consent(case.session, post.id, decisions.edited(who=case.by)) and post.is_approved:
        await note(case.session, post.id, post.state, decisions.consent_ended(who=case.by))
    changed |= {"settings": settings, "is_approved": False}
    is_other_audience = settings.get("privacy_level") != post.settings.get("privacy_level")
    if is_other_audience and post.state_reason == AUDIENCE_NOT_OFFERED:
        # An approval would drop the audience that TikTok refused; this one was chosen since.
        changed |= with_messages({"state_reason": "edited", "state_detail": decisions.edited(who=case.by)})
    why = _tell(case, data) if is_moved else decisions.edited(who=case.by)
    await _put(case, account, changed, is_moved=is_moved, why=why)


def _tell(case: Case, data: PostRevise) -> Message:
    if data.scheduled_at is None:
        return decisions.unscheduled(who=case.by)
    return decisions.rescheduled(who=case.by, time=data.scheduled_at)


def _without_time(settings: PostSettings) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name not in {"not_before", "is_held_by_rule"}}


def _change_settings(post: Post, account: Account, data: PostRevise) -> PostSettings:
    """The post's own settings; a switch that is null is the account's again. Raises Conflict or Invalid."""
    settings: dict[str, Any] = dict(post.settings)
    switches = {name: getattr(data, name) for name in SWITCHES if name in data.model_fields_set}
    for name, value in switches.items():
        settings.pop(name, None)
        if value is not None:
            settings[name] = value
    if switches:
        forbid_private_brands(settings, account)
    if "scheduled_at" in data.model_fields_set:
        settings.pop("not_before", None)
        settings.pop("is_held_by_rule", None)
        if data.scheduled_at is not None:
            settings["not_before"] = rfc3339(_check_time(post, data.scheduled_at))
    return cast(PostSettings, settings)


def _check_time(post: Post, at: datetime) -> datetime:
    if post.state is PostState.failed:
        raise Conflict(post_refusals.FAILED_HAS_NO_TIME, code="state_forbids")
    now = utcnow()
    if at <= now:
        raise Invalid(post_refusals.TIME_IS_OVER)
    if at - now > LATEST_EMBARGO:
        raise Invalid(post_refusals.TIME_TOO_FAR)
    return at


async def _change_text(case: Case, account: Account, data: PostRevise) -> dict[str, Any]:
    if data.title is None and data.description is None and data.hashtags is None:
        return {}
    before = await _words_before(case, account)
    return {"kind": before.kind, **edited_text(case.app, account, before, data)}


async def _words_before(case: Case, account: Account) -> Words:
    """What a change builds on: of a post that is not prepared yet, what it would say if it were."""
    post, session = case.post, case.session
    if post.prepared_version is not None or post.title or post.description:
        return words_of(post)
    article = await session.get_one(Article, post.article_id)
    source = await session.get_one(Source, article.source_id)
    kind = PostKind.video if article.video_url else PostKind.photo
    rules = await load_caption_rules(session)
    caption = write_caption(case.app.settings, article, account, rules, source_name=source.name, kind=kind)
    return Words(caption.title, caption.description, list(caption.hashtags), kind)


async def _put(case: Case, account: Account, values: dict[str, Any], *, is_moved: bool, why: Message) -> None:
    """Write the change, and let the post go where it belongs now: to whoever approves it, to its time, or on."""
    session, post = case.session, case.post
    asks = mode_of(post, account) is PublishMode.approve
    halt = chosen_time(values["settings"], utcnow()) if is_moved else None
    is_timed = post.state is PostState.scheduled and post.scheduled_at is not None
    if is_moved:
        values["is_forced"] = halt is not None
    # A worker may have written meanwhile what the change was built on.
    as_read = (col(Post.updated_at) == post.updated_at, col(Post.is_sending).is_(False))
    if post.state in _WAITING and (asks or (is_moved and halt is None and is_timed)):
        won(await requeue(session, post.id, expected=post.state, why=why, where=as_read, **values))
    elif halt is not None and not asks and post.state in {PostState.queued, PostState.retryable}:
        values |= halt.columns()
        won(await advance(session, post.id, expected=post.state, to=halt.to, why=why, where=as_read, **values))
    else:
        if halt is not None and is_timed:
            values |= with_messages(halt.columns())
        await _put_in_place(case, values, as_read, why)
    if is_moved:
        enqueue(session, "posts.keep_line", post.account_id)


async def _put_in_place(
    case: Case, values: dict[str, Any], as_read: tuple[sa.ColumnElement[bool], ...], why: Message
) -> None:
    session, post = case.session, case.post
    # Whoever has a queued post in hand has read it as it was: another worker takes it up anew.
    lease = new_lease() if post.state is PostState.queued else {}
    changed = await session.exec(
        sa.update(Post)
        .where(col(Post.id) == post.id, col(Post.state) == post.state, *as_read)
        .values(updated_at=utcnow(), **values, **lease)
    )
    won(changed.rowcount == 1)
    await note(session, post.id, post.state, why)
    if lease:
        enqueue(session, "posts.publish", post.id, lease["lease_token"])
