"""Finding a post in the account's public list: by its text, because TikTok's list knows no publish_id."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.posts.models import Post, PostState
from app.tiktok.models import VideoItem

_MAYBE_THERE = (PostState.unconfirmed, PostState.publishing, PostState.sent_to_inbox, PostState.published)
_NEWEST = 200
_AFTERWARDS = timedelta(hours=48)
"""So long after a verdict its post may still become public, or get its public id."""

_ENOUGH = 30
"""So many characters in common, from the first on, where TikTok has cut one of the texts."""
_SPACE = re.compile(r"\s+")
_CUT = re.compile(r"(\s*(…|\.\.\.))+$")


@dataclass(frozen=True, slots=True)
class Sighting:
    """The one listed post that is ours. `is_doubtful`: one is there that may be, or several."""

    video: VideoItem | None = None
    is_doubtful: bool = False


async def look_for(session: AsyncSession, post: Post, videos: Sequence[VideoItem], *, since: datetime) -> Sighting:
    """Look for a post among those that TikTok lists: with its text, no older than `since`, and no other post of ours.

    Another post of the account may bear the same words, or all of them that TikTok shows: then it is not told.
    """
    others = await _list_others(session, post, since)
    taken = {post_id for other in others for post_id in other.post_ids}
    found = find_listed(videos, post.title, post.description, since=since, taken=taken)
    rivals = [
        o for o in others if not o.post_ids and any(is_same_text(video, o.title, o.description) for video in found)
    ]
    is_doubtful = len(found) > 1 or bool(rivals)
    return Sighting(found[0] if found and not is_doubtful else None, is_doubtful)


async def _list_others(session: AsyncSession, post: Post, since: datetime) -> list[Any]:
    """List the account's posts that TikTok has, or may have, from this time."""
    others: list[Any] = []
    for state in _MAYBE_THERE:
        query = select(Post.title, Post.description, Post.post_ids, Post.finalized_at).where(
            Post.account_id == post.account_id, Post.state == state, Post.id != post.id
        )
        others += (await session.exec(query.order_by(col(Post.id).desc()).limit(_NEWEST))).all()
    return [other for other in others if other.finalized_at is None or other.finalized_at > since - _AFTERWARDS]


def find_listed(
    videos: Sequence[VideoItem], title: str, description: str, *, since: datetime, taken: Collection[str]
) -> list[VideoItem]:
    """Find the public posts with this text that came after `since` and are not among `taken`."""
    return [
        video
        for video in videos
        if video.id not in taken
        and video.create_time is not None
        and video.create_time >= since.timestamp()
        and is_same_text(video, title, description)
    ]


def is_same_text(video: VideoItem, title: str, description: str) -> bool:
    """Tell whether a listed post carries our text. TikTok cuts after 150 characters and may join title and description.

    All that it shows must be ours, and our first words must be there: descriptions alone may be alike.
    """
    own = [text for text in (_normal(title), _normal(description)) if text]
    shown = [text for text in (_normal(video.title), _normal(video.video_description)) if text]
    if not own or not shown:
        return False
    whole = " ".join(own)
    heads = (own[0], whole)
    return all(_is_any(text, (*own, whole)) for text in shown) and any(_is_any(text, heads) for text in shown)


def _is_any(text: str, others: Sequence[str]) -> bool:
    return any(text == other or _is_cut(text, other) for other in others)


def _is_cut(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= _ENOUGH and longer.startswith(shorter)


def _normal(text: str) -> str:
    return _CUT.sub("", _SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip()).casefold()
