"""Writing down what TikTok shows: what is new, what was changed, and what is there no more."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.captions.detection import detect_language
from app.comments.models import Comment, CommentFeed, CommentSource, CommentState
from app.kit.clock import utcnow
from app.kit.dialects import insert_into

PUBLIC, HIDDEN = "PUBLIC", "HIDDEN"
_BITS = 30
_LAST_SECOND = 2**33 - 1
_FOLLOWED = (
    "text", "status", "likes", "replies", "is_blocked", "is_pinned", "is_liked", "ad_name", "author_name",
    "avatar_url", "image_url", "item_id", "identity_id", "identity_type", "place_id", "ad_id",
)  # fmt: skip
"""What of a comment may become another at TikTok."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A comment as TikTok shows it now, wherever it stands."""

    comment_id: str
    place_id: str
    text: str
    created_at: datetime
    parent_comment_id: str | None = None
    ad_id: str | None = None
    ad_name: str = ""
    item_id: str | None = None
    identity_id: str | None = None
    identity_type: str = ""
    author_id: str = ""
    author_name: str = ""
    avatar_url: str = ""
    image_url: str = ""
    likes: int = 0
    replies: int = 0
    status: str = PUBLIC
    is_blocked: bool = False
    is_own: bool = False
    is_pinned: bool = False
    is_liked: bool = False


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose comments they are."""

    mode: str
    source: CommentSource
    owner_id: str
    words: Sequence[str] = field(default_factory=tuple)

    @classmethod
    def of(cls, feed: CommentFeed) -> "Owner":
        return cls(feed.mode, feed.source, feed.owner_id, tuple(feed.words))

    def where(self) -> tuple[sa.ColumnElement[bool], ...]:
        return (
            col(Comment.mode) == self.mode,
            col(Comment.source) == self.source,
            col(Comment.owner_id) == self.owner_id,
        )


@dataclass(slots=True)
class Stored:
    """What came of it."""

    new: list[Comment] = field(default_factory=list)
    changed: int = 0


async def store(session: AsyncSession, owner: Owner, seen: Iterable[Seen]) -> Stored:
    """Write comments down. Whoever writes the same at the same time, each stands there once."""
    by_id = {one.comment_id: one for one in seen}
    known = await _known(session, owner, by_id)
    told = Stored()
    fresh = [_row(owner, one) for name, one in by_id.items() if name not in known]
    if fresh:
        await _give_places(session, fresh)
        told.new = await _insert(session, fresh)
    for row in known.values():
        if _follow(owner, row, by_id[row.comment_id]):
            session.add(row)
            told.changed += 1
    await session.flush()
    await _restate(session, owner, told.new)
    return told


async def mark_gone(session: AsyncSession, rows: Sequence[Comment]) -> None:
    """Note that TikTok shows them no more, nor what answered them."""
    now = utcnow()
    for row in rows:
        own = (col(Comment.mode) == row.mode, col(Comment.source) == row.source, col(Comment.owner_id) == row.owner_id)
        those = sa.or_(col(Comment.id) == row.id, col(Comment.parent_comment_id) == row.comment_id)
        await session.exec(
            sa.update(Comment)
            .where(*own, those, col(Comment.deleted_at).is_(None))
            .values(deleted_at=now, updated_at=now)
        )


def first_position(moment: datetime) -> int:
    """Give the position that comes before those of all comments from this moment on."""
    return min(max(int(moment.timestamp()), 0), _LAST_SECOND) << _BITS


def find_word(text: str, words: Iterable[str]) -> str | None:
    """Tell which blocked word a text holds; the longest, where there are several."""
    folded = text.casefold()
    return max((word for word in words if word and word.casefold() in folded), key=len, default=None)


async def _known(session: AsyncSession, owner: Owner, by_id: Mapping[str, Seen]) -> dict[str, Comment]:
    query = select(Comment).where(*owner.where(), col(Comment.comment_id).in_(list(by_id)))
    return {row.comment_id: row for row in (await session.exec(query)).all()}


def _row(owner: Owner, one: Seen) -> Comment:
    name = f"{owner.mode} {owner.source} {owner.owner_id} {one.comment_id}"
    own_bits = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") >> (32 - _BITS)
    return Comment(
        position=first_position(one.created_at) | own_bits, mode=owner.mode, source=owner.source,
        owner_id=owner.owner_id, place_id=one.place_id, comment_id=one.comment_id,
        parent_comment_id=one.parent_comment_id, ad_id=one.ad_id, ad_name=one.ad_name,
        item_id=one.item_id, identity_id=one.identity_id, identity_type=one.identity_type,
        author_id=one.author_id, author_name=one.author_name[:255], avatar_url=one.avatar_url,
        image_url=one.image_url, text=one.text,
        language=detect_language(one.text)[:16], likes=one.likes, replies=one.replies, status=one.status[:32],
        is_blocked=one.is_blocked, hit_word=_hit(owner, one), is_own=one.is_own, is_pinned=one.is_pinned,
        is_liked=one.is_liked, created_at=one.created_at,
        state=CommentState.done if one.is_own else CommentState.unread,
    )  # fmt: skip


def _hit(owner: Owner, one: Seen) -> str | None:
    return (find_word(one.text, owner.words) or "")[:255] or None if one.is_blocked else None


async def _give_places(session: AsyncSession, rows: Sequence[Comment]) -> None:
    """Move those aside whose position is another's already: two of thirty bits may fall together."""
    wanted = [row.position for row in rows]
    query = select(Comment.position).where(col(Comment.position).in_(wanted))
    taken = set((await session.exec(query)).all())
    for row in rows:
        while row.position in taken:
            row.position += 1
        taken.add(row.position)


async def _insert(session: AsyncSession, rows: Sequence[Comment]) -> list[Comment]:
    """Insert what nobody else has inserted meanwhile, and tell which."""
    insert = insert_into(session.get_bind().dialect.name, Comment)
    values: list[dict[str, Any]] = [row.model_dump() for row in rows]
    key = ("mode", "comment_id", "source", "owner_id")
    await session.exec(insert.values(values).on_conflict_do_nothing(index_elements=key))
    ids = [row.id for row in rows]
    return list((await session.exec(select(Comment).where(col(Comment.id).in_(ids)))).all())


def _follow(owner: Owner, row: Comment, one: Seen) -> bool:
    """Take over what has become another; tell whether anything has."""
    now = utcnow()
    new: dict[str, Any] = {name: getattr(one, name) for name in _FOLLOWED}
    new |= {"author_name": one.author_name[:255], "status": one.status[:32], "deleted_at": None}
    if row.is_own and not one.is_own:
        # What we have sent is ours, whatever a list says of it.
        new["is_own"] = True
    new["hit_word"] = row.hit_word if row.is_blocked and one.is_blocked and row.hit_word else _hit(owner, one)
    if one.text != row.text:
        new |= {"text_before": row.text_before or row.text, "edited_at": now}
        new["language"] = detect_language(one.text)[:16]
    changes = {name: value for name, value in new.items() if getattr(row, name) != value}
    for name, value in changes.items():
        setattr(row, name, value)
    if changes:
        row.updated_at = now
    return bool(changes)


async def _restate(session: AsyncSession, owner: Owner, new: Sequence[Comment]) -> None:
    """A thread that a reader went on with is unread again; one that ends with our answer is done."""
    roots = {row.parent_comment_id or row.comment_id for row in new}
    if not roots:
        return
    query = select(Comment).where(*owner.where(), col(Comment.parent_comment_id).in_(roots))
    last: dict[str, Comment] = {}
    # TikTok's times are whole seconds: of two within one the reader's counts as the later.
    for row in sorted((await session.exec(query)).all(), key=lambda one: (one.created_at, not one.is_own)):
        last[row.parent_comment_id or ""] = row
    fresh = {row.comment_id for row in new}
    for name, row in last.items():
        if row.comment_id not in fresh and name not in fresh:
            continue
        wanted = CommentState.done if row.is_own else CommentState.unread
        await session.exec(
            sa.update(Comment)
            .where(*owner.where(), col(Comment.comment_id) == name, col(Comment.parent_comment_id).is_(None))
            .values(state=wanted)
        )
