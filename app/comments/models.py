"""The inbox: comments under ads and posts, how far each place was swept, and what the newsroom has set for it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.comments.search_index import COMMENT_SEARCH
from app.db import NULLABLE_JSON, enum_type, new_list
from app.kit.clock import utcnow
from app.kit.dialects import partial_index
from app.kit.ids import new_id

IS_FIRST = "parent_comment_id IS NULL AND deleted_at IS NULL"
"""What a list shows: comments of the first level that are there."""
IS_THERE = "deleted_at IS NULL"
"""Among what a search looks: replies too."""
IS_WAITING = f"{IS_FIRST} AND state <> 'done'"
IS_DELETED = "deleted_at IS NOT NULL"


class CommentSource(StrEnum):
    """Where a comment stands: under an ad, or under a post of a business account."""

    ad = "ad"
    organic = "organic"


class CommentState(StrEnum):
    """What the newsroom has done about it: `unread`, `open` (somebody has looked, or answered), `done`."""

    unread = "unread"
    open = "open"
    done = "done"


class Comment(SQLModel, table=True):
    """A comment or a reply as TikTok shows it, and what the newsroom has done about it.

    `owner_id` is an ad account's id or our account's, `place_id` an ad group's or a post's. `position` orders comments
    by when they were written: seconds, then thirty bits of its own, so that no two share one. `text_before` is what an
    edited comment said at first.
    `image_url` is where TikTok had its picture when it last told of it. `hit_word` is the blocked word that hid it,
    where it is known. `is_liked`: by the business account. `deleted_at`: since when TikTok shows it no more.
    """

    __tablename__ = "comments"
    __table_args__ = (
        sa.UniqueConstraint("mode", "comment_id", "source", "owner_id", name="uq_comments_comment_id"),
        partial_index("ix_comments_inbox", IS_FIRST, "position"),
        partial_index("ix_comments_waiting", IS_WAITING, "position"),
        partial_index("ix_comments_state", IS_FIRST, "state", "position"),
        # Lists and searches of a place both use these four. The two of three columns also count what stands there.
        partial_index("ix_comments_owner_id", IS_THERE, "owner_id", "position"),
        partial_index("ix_comments_language", IS_THERE, "language", "position"),
        partial_index(
            "ix_comments_item_id", f"{IS_THERE} AND item_id IS NOT NULL", "item_id", "position", "parent_comment_id"
        ),
        partial_index(
            "ix_comments_ad_id", f"{IS_THERE} AND ad_id IS NOT NULL", "ad_id", "position", "parent_comment_id"
        ),
        partial_index("ix_comments_source", IS_FIRST, "source", "position"),
        partial_index("ix_comments_assignee_id", "assignee_id IS NOT NULL", "assignee_id", "position"),
        partial_index("ix_comments_hidden", f"{IS_FIRST} AND status <> 'PUBLIC'", "position"),
        partial_index("ix_comments_deleted", IS_DELETED, "position"),
        sa.Index("ix_comments_owner_id_author_id", "owner_id", "author_id"),
        sa.Index("ix_comments_place_id_created_at", "place_id", "created_at"),
        partial_index("ix_comments_parent", "parent_comment_id IS NOT NULL", "parent_comment_id", "position"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    position: int = Field(sa_type=sa.BigInteger, unique=True)
    mode: str = Field(max_length=16)
    source: CommentSource = Field(sa_type=enum_type(CommentSource, length=16))
    owner_id: str = Field(max_length=64)
    place_id: str = Field(max_length=64)
    comment_id: str = Field(max_length=64)
    parent_comment_id: str | None = Field(default=None, max_length=64)
    ad_id: str | None = Field(default=None, max_length=64)
    ad_name: str = Field(default="", sa_type=sa.Text)
    item_id: str | None = Field(default=None, max_length=64)
    identity_id: str | None = Field(default=None, max_length=64)
    identity_type: str = Field(default="", max_length=64)
    author_id: str = Field(default="", max_length=64)
    author_name: str = Field(default="", max_length=255)
    avatar_url: str = Field(default="", sa_type=sa.Text)
    text: str = Field(sa_type=sa.Text)
    text_before: str | None = Field(default=None, sa_type=sa.Text)
    image_url: str = Field(default="", sa_type=sa.Text, sa_column_kwargs={"server_default": ""})
    language: str = Field(default="", max_length=16)
    likes: int = Field(default=0)
    replies: int = Field(default=0)
    status: str = Field(default="PUBLIC", max_length=32)
    hit_word: str | None = Field(default=None, max_length=255)
    is_blocked: bool = Field(default=False)
    is_own: bool = Field(default=False)
    is_pinned: bool = Field(default=False)
    is_liked: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    state: CommentState = Field(default=CommentState.unread, sa_type=enum_type(CommentState, length=16))
    assignee_id: str | None = Field(default=None, max_length=36)
    created_at: datetime
    seen_at: datetime = Field(default_factory=utcnow)
    edited_at: datetime | None = Field(default=None)
    deleted_at: datetime | None = Field(default=None)
    updated_at: datetime = Field(default_factory=utcnow)


class CommentAd(SQLModel, table=True):
    """An ad as it was last listed, and whether it takes answers. `is_smart_plus`: TikTok shows no comments of it."""

    __tablename__ = "comment_ads"

    mode: str = Field(primary_key=True, max_length=16)
    advertiser_id: str = Field(primary_key=True, max_length=64)
    ad_id: str = Field(primary_key=True, max_length=64)
    adgroup_id: str = Field(default="", max_length=64)
    ad_name: str = Field(default="", sa_type=sa.Text)
    item_id: str | None = Field(default=None, max_length=64)
    operation_status: str = Field(default="", max_length=64)
    secondary_status: str = Field(default="", max_length=64)
    is_smart_plus: bool = Field(default=False)
    is_gone: bool = Field(default=False)
    made_at: datetime | None = Field(default=None)
    seen_at: datetime = Field(default_factory=utcnow)


class CommentPost(SQLModel, table=True):
    """A post of a business account as it was last listed. `comments` is TikTok's count of what stands under it."""

    __tablename__ = "comment_posts"

    mode: str = Field(primary_key=True, max_length=16)
    account_id: str = Field(primary_key=True, max_length=36)
    item_id: str = Field(primary_key=True, max_length=64)
    caption: str = Field(default="", sa_type=sa.Text)
    share_url: str = Field(default="", sa_type=sa.Text)
    comments: int = Field(default=0)
    is_gone: bool = Field(default=False)
    made_at: datetime | None = Field(default=None)
    seen_at: datetime = Field(default_factory=utcnow)


class CommentFeed(SQLModel, table=True):
    """An ad account, or a business account, whose comments are swept. One worker at a time holds the lease.

    `trouble` is why it cannot be, since `failing_since`. `words` are the blocked words as TikTok last told them.
    `asked_at`: when an event last named a place that is not known yet; where that is later than `places_at`, the
    places are listed anew.
    """

    __tablename__ = "comment_feeds"
    __table_args__ = (sa.UniqueConstraint("mode", "source", "owner_id", name="uq_comment_feeds_owner_id"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    mode: str = Field(max_length=16)
    source: CommentSource = Field(sa_type=enum_type(CommentSource, length=16))
    owner_id: str = Field(max_length=64)
    next_at: datetime = Field(default_factory=utcnow, index=True)
    lease_token: str | None = Field(default=None, max_length=36)
    lease_until: datetime | None = Field(default=None)
    swept_at: datetime | None = Field(default=None)
    places_at: datetime | None = Field(default=None)
    asked_at: datetime | None = Field(default=None)
    words: list[str] = Field(default_factory=new_list, sa_type=sa.JSON)
    words_at: datetime | None = Field(default=None)
    trouble: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE_JSON)
    failing_since: datetime | None = Field(default=None)
    created_at: datetime = Field(default_factory=utcnow)


class CommentSweep(SQLModel, table=True):
    """How far the comments of an ad group, or of a post, are known.

    `begins_on`: what is older is not read. `back_to`: down to this day all was read once. `newest_at`: up to here all
    was read. `whole_at` and `deep_at`: when a reading of the last days, and of all, for edits and deletions last began.
    `asked_at`: when an event last asked for it; where that is later than `whole_at` it is due, also where the event
    came in the midst of such a reading. `is_quiet`: nothing is to be expected here. `refusal`: why TikTok does not
    show them.
    """

    __tablename__ = "comment_sweeps"

    feed_id: str = Field(foreign_key="comment_feeds.id", primary_key=True, max_length=36, ondelete="CASCADE")
    place_id: str = Field(primary_key=True, max_length=64)
    begins_on: datetime
    back_to: datetime | None = Field(default=None)
    newest_at: datetime | None = Field(default=None)
    whole_at: datetime | None = Field(default=None)
    deep_at: datetime | None = Field(default=None)
    asked_at: datetime | None = Field(default=None)
    next_at: datetime = Field(default_factory=utcnow)
    is_quiet: bool = Field(default=False)
    refusal: str | None = Field(default=None, max_length=32)


class CommentViewer(SQLModel, table=True):
    """Somebody who answers a comment just now, until the last sign of life of their page is old."""

    __tablename__ = "comment_viewers"

    comment_row_id: str = Field(foreign_key="comments.id", primary_key=True, max_length=36, ondelete="CASCADE")
    viewer_id: str = Field(primary_key=True, max_length=36)
    name: str = Field(default="", max_length=320)
    until: datetime


class CannedReply(SQLModel, table=True):
    """An answer that is given often, in one language, with variables."""

    __tablename__ = "canned_replies"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    title: str = Field(max_length=100)
    text: str = Field(sa_type=sa.Text)
    language: str = Field(default="", max_length=16)
    created_at: datetime = Field(default_factory=utcnow)
    updated_at: datetime = Field(default_factory=utcnow)


class CommentRule(SQLModel, table=True):
    """Of which comments the newsroom is told: one row, `id` is always "rule"."""

    __tablename__ = "comment_rules"

    id: str = Field(default="rule", primary_key=True, max_length=36)
    words: list[str] = Field(default_factory=new_list, sa_type=sa.JSON)
    negative: bool = Field(default=True)
    questions: bool = Field(default=True)
    every: bool = Field(default=False)
    updated_at: datetime = Field(default_factory=utcnow)


SEARCH_INDEX = COMMENT_SEARCH
"""What stands beside the tables, made of them by triggers: see `app/kit/search.py`."""
