"""Changing what a failed post says and shows, before it is sent again: TikTok would refuse the same once more."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from app.accounts.models import Account
from app.errors import Conflict, Invalid
from app.kit.clock import utcnow
from app.media.service import choose_pictures, grant_media, list_assets, retire_media
from app.messages import refusals, timeline
from app.posts.face.case import Case, won
from app.posts.face.edits import edited_text
from app.posts.models import Post, PostKind
from app.posts.schemas import PostRevise
from app.posts.transitions import MEDIA_KEPT_FOR, note


async def revise_post(case: Case, data: PostRevise) -> None:
    """Change the words and pictures of a post that failed, before it is retried."""
    post = case.post
    account = await case.session.get_one(Account, post.account_id)
    values = edited_text(case, account, data)
    if data.pictures is not None:
        values |= await _choose(case, data.pictures)
    changed = await case.session.exec(
        sa.update(Post)
        .where(col(Post.id) == post.id, col(Post.state) == post.state, col(Post.is_sending).is_(False))
        # A consent was to the text as it stood.
        .values(is_approved=False, updated_at=utcnow(), **values)
    )
    won(changed.rowcount == 1)
    await note(case.session, post.id, post.state, timeline.edited(who=case.by))


async def _choose(case: Case, numbers: Sequence[int]) -> dict[str, Any]:
    """Leave pictures out, or put them into another order."""
    session, post = case.session, case.post
    if post.kind is not PostKind.photo:
        raise Invalid(refusals.NO_PICTURES_IN_FILM)
    if len(set(numbers)) != len(numbers) or max(numbers) > post.media_count:
        raise Invalid(refusals.PICTURES_TWICE)
    if list(numbers) == list(range(1, post.media_count + 1)):
        return {}
    if len(await list_assets(session, post.id)) != post.media_count:
        raise Conflict(refusals.PICTURES_GONE)
    gone = await choose_pictures(session, post.id, numbers)
    # Media are served as immutable: another set needs other addresses.
    token = await grant_media(session, post.id)
    await retire_media(session, post.id, utcnow() + MEDIA_KEPT_FOR)
    left_out = [*post.left_out, *(url for url in gone if url)]
    return {"media_count": len(numbers), "preview_token": token, "left_out": left_out}
