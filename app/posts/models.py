"""Posts, their attempts and timelines."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Self

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.accounts.models import PublishMode
from app.db import NULLABLE_JSON, enum_type, new_list
from app.kit.clock import utcnow
from app.kit.dialects import partial_index
from app.kit.ids import new_id
from app.messages.translator import N_
from app.posts.models_settings import PostSettings, no_settings
from app.posts.search_index import POST_SEARCH


class PostKind(StrEnum):
    photo = "photo"
    video = "video"


class PostState(StrEnum):
    """Where a post stands. What each state means stands beside it: pages, README and the API have it from here."""

    _value_: str
    meaning: str

    def __new__(cls, value: str, meaning: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_, member.meaning = value, meaning
        return member

    scheduled = "scheduled", N_("The post waits for its time, or for something that has to be done first.")
    awaiting_approval = (
        "awaiting_approval",
        N_("Nothing has been sent. Read it, change what you like, and approve it."),
    )
    queued = "queued", N_("Text and pictures are being made ready; then the post goes to TikTok.")
    publishing = (
        "publishing",
        N_("TikTok has the post and is checking it. That takes minutes as a rule, and sometimes hours."),
    )
    retryable = "retryable", N_("A passing failure. The post is sent again by itself.")
    unconfirmed = (
        "unconfirmed",
        N_("Nobody knows yet whether TikTok has the post. Traces are looked for; nothing is sent again on a guess."),
    )
    sent_to_inbox = (
        "sent_to_inbox",
        N_("TikTok has delivered the draft. The creator opens the notification in TikTok's app and posts it there."),
    )
    published = "published", N_("TikTok says that the post is out.")
    failed = "failed", N_("TikTok refused the post, or every try has been used up.")
    cancelled = "cancelled", N_("The post was stopped and does not go out.")


# The OpenAPI document describes an enum by its docstring.
PostState.__doc__ = "Where a post stands.\n\n" + "\n".join(f"- `{state}`: {state.meaning}" for state in PostState)


FINAL_STATES = frozenset({PostState.sent_to_inbox, PostState.published, PostState.failed, PostState.cancelled})
NOT_YET_GIVEN = frozenset({PostState.scheduled, PostState.awaiting_approval, PostState.queued, PostState.retryable})
"""States in which TikTok does not have the post, provided that no attempt is under way."""


class AttemptOutcome(StrEnum):
    """`sending`: init may be on its way. `unknown`: its answer was lost."""

    sending = "sending"
    accepted = "accepted"
    not_sent = "not_sent"
    refused = "refused"
    unknown = "unknown"


_TIMED = "state = 'scheduled' AND scheduled_at IS NOT NULL"
_UPLOADING = "upload_url_encrypted IS NOT NULL AND upload_ended_at IS NULL"


IDS_AT_TIKTOK = "CAST(post_ids AS TEXT)"
"""A post's ids at TikTok as they are stored; nearly always there is one, of nineteen digits."""
HAS_MANY_IDS = f"length({IDS_AT_TIKTOK}) > 30"
_FINAL = ", ".join(f"'{state.value}'" for state in sorted(FINAL_STATES))


class Post(SQLModel, table=True):
    """One article for one account. Only `posts/transitions.py` assigns `state`.

    `state_reason` is a slug, `state_detail` the same as a sentence, in English for logs and older versions; slug and
    parameters of that sentence are in `state_message`, as `fail_message` and `media_messages` have those of `fail_help`
    and `media_problems`. A `scheduled` post without `scheduled_at` waits for a person: `state_reason` says for what.
    `lease_token` names the worker that has the post until `lease_until`. While `is_sending`, an attempt's init may be
    on its way, and nobody but its worker or the reconciler moves the post.
    `planned_mode` is the account's when the post was made, `mode` when it was last prepared.
    `is_forced`: a person wants it now, whatever the article's date. `failures` counts passing failures in a row.
    `left_out`: addresses of the article's pictures that a person does not want in this post.
    `media_missing_since`: since when media of the article's newest version are missed that may come yet.
    `taken_up`: the lease under which a worker last began; where it ended without a word, the work was cut off.
    `views`, `likes`, `comments` and `shares` are TikTok's newest figures; PostFigures has the older ones too.
    `take_down_by`: until when a person should have deleted it at TikTok, where its article was withdrawn.
    `cleared_at`: when a person last said, after a backup was restored, that TikTok does not have the post.
    """

    __tablename__ = "posts"
    __table_args__ = (
        sa.UniqueConstraint("article_id", "account_id"),
        sa.CheckConstraint(f"(finalized_at IS NOT NULL) = (state IN ({_FINAL}))", name="finalized"),
        sa.Index("ix_posts_state_id", "state", "id"),
        sa.Index("ix_posts_account_id_id", "account_id", "id"),
        sa.Index("ix_posts_account_id_state_id", "account_id", "state", "id"),
        # Of a million posts few are on their way: what sweeps and lines look for stands in small indexes of its own.
        partial_index("ix_posts_queued", "state = 'queued'", "account_id", "is_urgent", "id"),
        partial_index("ix_posts_line", _TIMED, "account_id", "is_urgent", "id"),
        partial_index("ix_posts_timed_due", _TIMED, "scheduled_at", "account_id"),
        partial_index("ix_posts_untimed", "state = 'scheduled' AND scheduled_at IS NULL", "account_id", "state_reason"),
        partial_index("ix_posts_retryable", "state = 'retryable'", "account_id", "next_attempt_at"),
        partial_index("ix_posts_finalized_at", "finalized_at IS NOT NULL", "finalized_at", "account_id", "state"),
        partial_index("ix_posts_state_finalized_at", "finalized_at IS NOT NULL", "state", "finalized_at"),
        partial_index("ix_posts_figures_due_at", "figures_due_at IS NOT NULL", "figures_due_at"),
        partial_index("ix_posts_alert", "alert IS NOT NULL", "id"),
        partial_index("ix_posts_scheduled_at", "scheduled_at IS NOT NULL", "scheduled_at", "id"),
        partial_index("ix_posts_post_ids", "finalized_at IS NOT NULL", sa.text(IDS_AT_TIKTOK)),
        partial_index("ix_posts_many_post_ids", f"finalized_at IS NOT NULL AND {HAS_MANY_IDS}", "id"),
        partial_index("ix_posts_next_check_at", "next_check_at IS NOT NULL", "next_check_at"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    article_id: str = Field(foreign_key="articles.id", index=True, max_length=36)
    account_id: str = Field(foreign_key="accounts.id", max_length=36)
    kind: PostKind = Field(default=PostKind.photo, sa_type=enum_type(PostKind))
    mode: PublishMode = Field(sa_type=enum_type(PublishMode, length=16))
    planned_mode: PublishMode | None = Field(default=None, sa_type=enum_type(PublishMode, length=16))
    state: PostState = Field(default=PostState.queued, sa_type=enum_type(PostState))
    state_reason: str | None = Field(default=None, max_length=64)
    state_detail: str | None = Field(default=None, sa_type=sa.Text)
    state_message: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE_JSON)
    alert: str | None = Field(default=None, max_length=64)
    take_down_by: datetime | None = Field(default=None)
    is_urgent: bool = Field(default=False)

    title: str = Field(default="", sa_type=sa.Text)
    description: str = Field(default="", sa_type=sa.Text)
    hashtags: list[str] = Field(default_factory=new_list, sa_type=sa.JSON)
    is_edited: bool = Field(default=False)
    is_approved: bool = Field(default=False)
    settings: PostSettings = Field(default_factory=no_settings, sa_type=sa.JSON)
    prepared_version: int | None = Field(default=None)
    media_count: int = Field(default=0)
    left_out: list[str] = Field(
        default_factory=new_list, sa_type=sa.JSON, sa_column_kwargs={"server_default": sa.text("'[]'")}
    )
    media_problems: list[str] = Field(default_factory=new_list, sa_type=sa.JSON)
    media_messages: list[dict[str, Any] | None] | None = Field(default=None, sa_type=NULLABLE_JSON)
    media_missing_since: datetime | None = Field(default=None)

    publish_id: str | None = Field(default=None, index=True, max_length=255)
    post_ids: list[str] = Field(default_factory=new_list, sa_type=sa.JSON)
    share_url: str | None = Field(default=None, sa_type=sa.Text)
    tiktok_status: str | None = Field(default=None, max_length=64)
    fail_reason: str | None = Field(default=None, max_length=128)
    fail_help: str | None = Field(default=None, sa_type=sa.Text)
    fail_message: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE_JSON)
    log_id: str | None = Field(default=None, max_length=128)

    attempt: int = Field(default=0)
    failures: int = Field(default=0)
    scheduled_at: datetime | None = Field(default=None)
    next_attempt_at: datetime | None = Field(default=None)
    publishing_since: datetime | None = Field(default=None)
    next_check_at: datetime | None = Field(default=None)
    is_sending: bool = Field(default=False)
    is_forced: bool = Field(default=False)
    preview_token: str | None = Field(default=None, max_length=64)
    lease_until: datetime | None = Field(default=None)
    lease_token: str | None = Field(default=None, max_length=64)
    taken_up: str | None = Field(default=None, max_length=64)
    created_at: datetime = Field(default_factory=utcnow)
    updated_at: datetime = Field(default_factory=utcnow)
    finalized_at: datetime | None = Field(default=None)
    cleared_at: datetime | None = Field(default=None)
    traceparent: str | None = Field(default=None, max_length=64)

    figures_due_at: datetime | None = Field(default=None)
    views: int | None = Field(default=None, sa_type=sa.BigInteger)
    likes: int | None = Field(default=None, sa_type=sa.BigInteger)
    comments: int | None = Field(default=None, sa_type=sa.BigInteger)
    shares: int | None = Field(default=None, sa_type=sa.BigInteger)


class PostAttempt(SQLModel, table=True):
    """One call of TikTok's init. The row is on disk before the call leaves; an account has at most one under way.

    `evidence` names what settled an attempt whose answer was lost: `answer` (it came late), `webhook`, `media`,
    `list`, `person`, `no_upload` where it could not become a post for want of its bytes, or `none` where nothing was
    seen in the whole pull window. `watched_at`: when our own address
    was last seen to serve while it was waited for TikTok's fetch; `is_watch_broken`: it was not seen for too long, so
    that silence proves nothing. `by_upload`: TikTok does not fetch the video, it is sent (FILE_UPLOAD), and
    `upload_url_encrypted` is where its bytes go, until `upload_ended_at`.
    """

    __tablename__ = "post_attempts"
    __table_args__ = (
        sa.UniqueConstraint("post_id", "number"),
        partial_index("uq_post_attempts_account_id_sending", "outcome = 'sending'", "account_id", unique=True),
        sa.Index("ix_post_attempts_account_id_started_at", "account_id", "started_at"),
        partial_index("ix_post_attempts_evidence", "evidence IS NOT NULL", "evidence"),
        partial_index("ix_post_attempts_uploading", _UPLOADING, "started_at"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    post_id: str = Field(foreign_key="posts.id", max_length=36, ondelete="CASCADE")
    account_id: str = Field(foreign_key="accounts.id", max_length=36)
    number: int
    media_token: str = Field(unique=True, max_length=64)
    outcome: AttemptOutcome = Field(default=AttemptOutcome.sending, sa_type=enum_type(AttemptOutcome))
    publish_id: str | None = Field(default=None, index=True, max_length=255)
    error_code: str | None = Field(default=None, max_length=128)
    message: str | None = Field(default=None, sa_type=sa.Text)
    log_id: str | None = Field(default=None, max_length=128)
    http_status: int | None = Field(default=None)
    started_at: datetime = Field(default_factory=utcnow)
    ended_at: datetime | None = Field(default=None)
    evidence: str | None = Field(default=None, max_length=32)
    watched_at: datetime | None = Field(default=None)
    is_watch_broken: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    by_upload: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    upload_url_encrypted: str | None = Field(default=None, sa_type=sa.Text)
    upload_ended_at: datetime | None = Field(default=None)


class PostEvent(SQLModel, table=True):
    """One line of a post's timeline. `from_state` equals `to_state` where something was only noted."""

    __tablename__ = "post_events"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    post_id: str = Field(foreign_key="posts.id", index=True, max_length=36, ondelete="CASCADE")
    at: datetime = Field(default_factory=utcnow)
    from_state: str | None = Field(default=None, max_length=32)
    to_state: str = Field(max_length=32)
    why: str = Field(sa_type=sa.Text)
    message: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE_JSON)
    log_id: str | None = Field(default=None, max_length=128)


SEARCH_INDEX = POST_SEARCH
"""What stands beside the tables, made of them by triggers: see `app/kit/search.py`."""
