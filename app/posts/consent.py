"""Consent to a post's very words and pictures: by their hash, until they change."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.kit.clock import utcnow
from app.media.models import MediaAsset
from app.media.service import list_assets
from app.messages import timeline
from app.messages.message import Message, keep_whole
from app.posts.models import Post, PostState
from app.posts.models_approval import PostConsent
from app.posts.waits import Halt

SUPERSEDED = timeline.CONSENT_RENEWED


def content_hash(post: Post, pictures: Sequence[MediaAsset], *, changes: Mapping[str, Any] | None = None) -> str:
    """Hash what a reader would see: title, description, and each picture's bytes in their order.

    `changes` are columns that the post is about to get.
    """
    changed = changes or {}
    settings = changed.get("settings", post.settings)
    seen = {
        "kind": post.kind.value,
        "title": changed.get("title", post.title),
        "description": changed.get("description", post.description),
        "pictures": [picture.sha256 for picture in sorted(pictures, key=lambda picture: picture.position)],
        "cover_ms": settings.get("video_cover_timestamp_ms"),
    }
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()


async def hash_of(session: AsyncSession, post: Post) -> str:
    """Hash a post as it stands."""
    return content_hash(post, await list_assets(session, post.id))


async def give_consent(
    session: AsyncSession, post_id: str, hashed: str, *, by: str, link_id: str | None = None
) -> None:
    """Keep who consented to what. An earlier consent gives way to it."""
    await end_consent(session, post_id, SUPERSEDED)
    session.add(PostConsent(post_id=post_id, content_hash=hashed, given_by=by[:320], link_id=link_id))
    await session.flush()


async def end_consent(session: AsyncSession, post_id: str, why: Message) -> bool:
    """Let the consent to a post hold no longer; tell whether there was one."""
    ended = await session.exec(
        sa.update(PostConsent)
        .where(col(PostConsent.post_id) == post_id, col(PostConsent.ended_at).is_(None))
        .values(ended_at=utcnow(), end_message=keep_whole(why))
    )
    return ended.rowcount > 0


async def find_consent(session: AsyncSession, post_id: str) -> PostConsent | None:
    """Give the newest consent to a post, also one that has ended."""
    query = select(PostConsent).where(PostConsent.post_id == post_id).order_by(col(PostConsent.id).desc())
    return (await session.exec(query.limit(1))).first()


async def consent_gate(session: AsyncSession, post: Post) -> Halt | None:
    """Stop an approved post that is not word for word and picture for picture what was consented to.

    A post that a version without such hashes approved has none to compare with.
    """
    if not post.is_approved:
        return None
    consent = await find_consent(session, post.id)
    if consent is None or consent.ended_at is not None or consent.content_hash == await hash_of(session, post):
        return None
    return Halt(PostState.awaiting_approval, "approval_outdated", timeline.CONSENT_OUTDATED)
