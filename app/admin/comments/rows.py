"""A comment as the queue shows it, and what of that moves."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.admin.comments.words import EDITED, GONE, HIDDEN, HIDDEN_BY_WORD, LIKED, OURS, PINNED, STATES
from app.comments.models import Comment, CommentPost, CommentSource, CommentState

_LONGEST_PLACE = 120


@dataclass(frozen=True, slots=True)
class RowView:
    """One line of the queue. `is_picture`: TikTok has a picture in place of a text. `place` is the ad's name or the
    post's caption; `chips` are words and tones; `who` is to whom it was given.
    """

    id: str
    author: str
    text: str
    is_picture: bool
    language: str
    is_own_post: bool
    place: str
    created_at: datetime
    replies: int
    is_unread: bool
    chips: Sequence[tuple[str, str]]
    who: str

    @property
    def initial(self) -> str:
        return self.author[:1].upper() or "?"


def view_row(row: Comment, team: Mapping[str, str], post: CommentPost | None) -> RowView:
    """Show a comment in the queue. `post` is the business account's under which it stands."""
    return RowView(
        id=row.id,
        author=row.author_name,
        text=row.text,
        is_picture=bool(row.image_url) and not row.text,
        language=row.language,
        is_own_post=row.source is CommentSource.organic,
        place=" ".join(post.caption.split())[:_LONGEST_PLACE] if post else row.ad_name,
        created_at=row.created_at,
        replies=row.replies,
        is_unread=row.state is CommentState.unread,
        chips=chips_of(row),
        who=team.get(row.assignee_id or "", ""),
    )


def chips_of(row: Comment) -> list[tuple[str, str]]:
    """Say how a comment stands."""
    chips = [STATES[row.state], *([OURS] if row.is_own else [])]
    if row.deleted_at is not None:
        chips.append(GONE)
    elif row.status != "PUBLIC":
        chips.append(HIDDEN_BY_WORD if row.is_blocked or row.hit_word else HIDDEN)
    if row.edited_at is not None or row.text_before:
        chips.append(EDITED)
    if row.is_pinned:
        chips.append(PINNED)
    if row.is_liked:
        chips.append(LIKED)
    return chips


def fingerprint(rows: Sequence[RowView]) -> str:
    """Tell one look of the queue from another."""
    told = repr([(row.id, row.chips, row.who, row.replies) for row in rows])
    return hashlib.sha256(told.encode()).hexdigest()[:16]
