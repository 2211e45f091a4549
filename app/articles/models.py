"""CMS sources, the articles they published, and each delivery."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.articles.search_index import ARTICLE_SEARCH
from app.db import NULLABLE_JSON, enum_type, new_dict, new_list
from app.kit.clock import utcnow
from app.kit.ids import new_id


class ArticleState(StrEnum):
    published = "published"
    unpublished = "unpublished"


class Delivery(StrEnum):
    """What a delivery did.

    `created`: the article is to be posted, or is kept for later. `unpublished`: it is no longer to be posted; it was
    withdrawn, or its opt-in tag removed. `republished`: it is to be posted again. `duplicate`: nothing new.
    `stale`: older than what is known. `ignored`: of no use here.
    """

    created = "created"
    updated = "updated"
    unpublished = "unpublished"
    republished = "republished"
    duplicate = "duplicate"
    stale = "stale"
    ignored = "ignored"


class Source(SQLModel, table=True):
    """A CMS that sends us articles. After a rotation the previous secret stays valid for a day.

    `card_name` is what headline cards print; where it is empty, they print the name.

    `rules`: which of its articles go out, as `rules.SourceRules` writes itself.

    A deleted source keeps its row, because its articles and their posts refer to it; its secrets are gone.
    `silent_since`: when its silence was found to be longer than usual; a delivery after that ends it.
    """

    __tablename__ = "sources"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    slug: str = Field(unique=True, max_length=64)
    name: str = Field(max_length=200)
    card_name: str = Field(default="", max_length=60, sa_column_kwargs={"server_default": ""})
    kind: str = Field(max_length=32)
    enabled: bool = Field(default=True)
    options: dict[str, Any] = Field(default_factory=new_dict, sa_type=sa.JSON)
    rules: dict[str, Any] = Field(
        default_factory=new_dict, sa_type=sa.JSON, sa_column_kwargs={"server_default": sa.text("'{}'")}
    )
    secret_encrypted: str = Field(sa_type=sa.Text)
    previous_secret_encrypted: str | None = Field(default=None, sa_type=sa.Text)
    previous_secret_valid_until: datetime | None = Field(default=None)
    read_token_encrypted: str | None = Field(default=None, sa_type=sa.Text)
    last_delivery_at: datetime | None = Field(default=None)
    silent_since: datetime | None = Field(default=None)
    deleted_at: datetime | None = Field(default=None)
    created_at: datetime = Field(default_factory=utcnow)
    updated_at: datetime = Field(default_factory=utcnow)


class SourceRefusal(SQLModel, table=True):
    """How often a source's deliveries were refused for one reason, and how it was put the last time."""

    __tablename__ = "source_refusals"

    source_id: str = Field(foreign_key="sources.id", primary_key=True, max_length=36)
    code: str = Field(primary_key=True, max_length=64)
    detail: str = Field(sa_type=sa.Text)
    message: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE_JSON)
    count: int
    last_at: datetime


class SourceDelivery(SQLModel, table=True):
    """What a source sent, as long as it can be handled once more: a log, written after the answer and lost in a crash.

    `outcome` is what it did, and where it was refused `code` says why. `signed_at`: when it was signed; None where
    nobody knows who sent it, and of such a one no body is kept. `headers`: those that say what the body means, none
    that proves who sent it. `body`: without people's data, compressed, None where it was too large; `kept_bytes` what
    that takes. `replay_of`: the delivery that a person had repeated.
    """

    __tablename__ = "source_deliveries"
    __table_args__ = (sa.Index("ix_source_deliveries_source_id_id", "source_id", "id"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    source_id: str = Field(foreign_key="sources.id", max_length=36)
    outcome: Delivery | None = Field(default=None, sa_type=enum_type(Delivery))
    code: str = Field(default="", max_length=64)
    detail: str = Field(default="", sa_type=sa.Text)
    message: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE_JSON)
    article_id: str | None = Field(default=None, max_length=36)
    delivery_id: str | None = Field(default=None, max_length=255)
    signed_at: datetime | None = Field(default=None)
    headers: dict[str, str] = Field(default_factory=new_dict, sa_type=sa.JSON)
    body: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    body_bytes: int = Field(default=0)
    kept_bytes: int = Field(default=0)
    replay_of: str | None = Field(default=None, max_length=36)
    received_at: datetime = Field(default_factory=utcnow, index=True)


class ArticleLookup(SQLModel, table=True):
    """An article that a delivery named and told nothing of: the CMS is asked for it, until it answers.

    `named` is what it takes to ask; `asked_at` when the newest delivery came that named it. `told`: what that delivery
    said of it all the same, which is taken if the CMS does not answer.
    """

    __tablename__ = "article_lookups"
    __table_args__ = (sa.UniqueConstraint("source_id", "external_id"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    source_id: str = Field(foreign_key="sources.id", max_length=36)
    external_id: str = Field(max_length=512)
    type: str = Field(max_length=64)
    named: dict[str, str] = Field(default_factory=new_dict, sa_type=sa.JSON)
    told: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE_JSON)
    revision: datetime
    delivery_id: str | None = Field(default=None, max_length=255)
    digest: str = Field(max_length=64)
    attempts: int = Field(default=0)
    next_attempt_at: datetime = Field(default_factory=utcnow, index=True)
    asked_at: datetime = Field(default_factory=utcnow)
    created_at: datetime = Field(default_factory=utcnow)


class ArticleName(SQLModel, table=True):
    """What an article is called by one of a source's two ways in, its webhook and its feed: see `names.settle_name`."""

    __tablename__ = "article_names"

    source_id: str = Field(foreign_key="sources.id", primary_key=True, max_length=36)
    name: str = Field(primary_key=True, max_length=64)
    external_id: str = Field(max_length=512)
    is_by_feed: bool
    created_at: datetime = Field(default_factory=utcnow)


class Article(SQLModel, table=True):
    """An article as its newest revision has it. `(source_id, external_id)` is the same article for ever.

    Deliveries come in any order, so two clocks of the CMS's decide: `content_revision` is that of the stored content,
    and `state_revision` that of the newest word on whether the article is published. The former is None while only its
    unpublishing is known, the latter while only updates came: then nobody told us to post it. `revision` is the newest
    of all. `version` counts changes of the content. `was_live`: at some time it was to be posted. `left_out`: for whom
    the source's rules left it out when it last was to be posted, and why; None: they did not.

    `is_declined`: an editor said in the CMS that it is not for TikTok; `caption`: what one wrote there for TikTok.
    """

    __tablename__ = "articles"
    __table_args__ = (
        sa.UniqueConstraint("source_id", "external_id"),
        # A source's newest articles, without sorting all that it ever sent.
        sa.Index("ix_articles_source_id_id", "source_id", "id"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    source_id: str = Field(foreign_key="sources.id", max_length=36)
    external_id: str = Field(max_length=512)
    state: ArticleState = Field(default=ArticleState.published, sa_type=enum_type(ArticleState))
    revision: datetime
    content_revision: datetime | None = Field(default=None)
    state_revision: datetime | None = Field(default=None)
    version: int = Field(default=1)
    was_live: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    url: str = Field(default="", sa_type=sa.Text)
    title: str = Field(default="", sa_type=sa.Text)
    excerpt: str = Field(default="", sa_type=sa.Text)
    text: str = Field(default="", sa_type=sa.Text)
    language: str = Field(default="", max_length=35)
    category: str = Field(default="", sa_type=sa.Text)
    tags: list[str] = Field(default_factory=new_list, sa_type=sa.JSON)
    authors: list[str] = Field(
        default_factory=new_list, sa_type=sa.JSON, sa_column_kwargs={"server_default": sa.text("'[]'")}
    )
    breaking: bool = Field(default=False)
    is_paywalled: bool = Field(default=False)
    is_wanted: bool = Field(default=True)
    is_declined: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    caption: str = Field(default="", sa_type=sa.Text, sa_column_kwargs={"server_default": ""})
    images: list[dict[str, Any]] = Field(default_factory=new_list, sa_type=sa.JSON)
    video_url: str | None = Field(default=None, sa_type=sa.Text)
    published_at: datetime | None = Field(default=None)
    left_out: list[dict[str, Any]] | None = Field(default=None, sa_type=NULLABLE_JSON)
    received_at: datetime = Field(default_factory=utcnow)
    updated_at: datetime = Field(default_factory=utcnow)


class ArticleEvent(SQLModel, table=True):
    """One delivery for an article: what it was, and what it did. The body is not kept here: it holds personal data."""

    __tablename__ = "article_events"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    article_id: str = Field(foreign_key="articles.id", index=True, max_length=36, ondelete="CASCADE")
    delivery_id: str | None = Field(default=None, max_length=255)
    type: str = Field(max_length=64)
    outcome: Delivery = Field(sa_type=enum_type(Delivery))
    revision: datetime
    body_sha256: str = Field(max_length=64)
    received_at: datetime = Field(default_factory=utcnow)


class ArticlePage(SQLModel, table=True):
    """An article's own page, which is asked for what the CMS left out: one that a delivery told little of has one.

    `is_awaited`: pictures or words are missing, and the article's posts wait a moment for what the page has.
    `next_attempt_at`: None once it was read, or given up. `filled`: what was taken from it. `problem`: why it could not
    be read the last time.
    """

    __tablename__ = "article_pages"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    article_id: str = Field(foreign_key="articles.id", unique=True, max_length=36, ondelete="CASCADE")
    is_awaited: bool
    attempts: int = Field(default=0)
    next_attempt_at: datetime | None = Field(default_factory=utcnow, index=True)
    asked_at: datetime = Field(default_factory=utcnow)
    read_at: datetime | None = Field(default=None)
    filled: list[str] = Field(default_factory=new_list, sa_type=sa.JSON)
    problem: str = Field(default="", sa_type=sa.Text)
    problem_message: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE_JSON)


SEARCH_INDEX = ARTICLE_SEARCH
"""What stands beside the tables, made of them by triggers: see `app/kit/search.py`."""
