"""Feeds of sources: what was read of them, their items, and the hubs that tell of what is new."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.db import NULLABLE_JSON, enum_type
from app.kit.clock import utcnow
from app.kit.ids import new_id


class SourceFeed(SQLModel, table=True):
    """A source's feed, or its address of articles in JSON: polled, so that nothing is lost that no webhook told of.

    `baseline_at`: when it was read for the first time; what stood in it then is known, and no news. `lease`: of whoever
    is polling it; what he found counts only while it stands. `etag`, `last_modified`, `body_sha256`: of what was read
    last. `failures`: in a row. `taken`: articles that it told of first, `taken_unheard` those of them since the webhook
    was last heard, from `unheard_since` on. `backlog_page`: from this page on its list is still to be read, behind what
    was first seen at `backlog_since` or later, and `backlog_url` is the page before it where only that says where it
    stands: see `feeds.further_pages`.
    """

    __tablename__ = "source_feeds"

    source_id: str = Field(foreign_key="sources.id", primary_key=True, max_length=36)
    url: str = Field(sa_type=sa.Text)
    poll_minutes: int = Field(default=5)
    max_age_hours: int = Field(default=24)
    baseline_at: datetime | None = Field(default=None)
    next_poll_at: datetime = Field(default_factory=utcnow, index=True)
    lease: str | None = Field(default=None, max_length=36)
    etag: str = Field(default="", sa_type=sa.Text)
    last_modified: str = Field(default="", max_length=200)
    body_sha256: str = Field(default="", max_length=64)
    backlog_page: int | None = Field(default=None)
    backlog_since: datetime | None = Field(default=None)
    backlog_url: str = Field(default="", sa_type=sa.Text, sa_column_kwargs={"server_default": ""})
    failures: int = Field(default=0)
    problem: str = Field(default="", sa_type=sa.Text)
    problem_message: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE_JSON)
    items: int = Field(default=0)
    taken: int = Field(default=0)
    too_old: int = Field(default=0)
    taken_unheard: int = Field(default=0)
    unheard_since: datetime | None = Field(default=None)
    last_poll_at: datetime | None = Field(default=None)
    last_success_at: datetime | None = Field(default=None)
    last_taken_at: datetime | None = Field(default=None)
    created_at: datetime = Field(default_factory=utcnow)


class HubState(StrEnum):
    """How a feed's subscription at its hub fares.

    `asked`: the hub was asked, and has not asked back. `active`: it tells of what is new. `denied`: it refused.
    `leaving`: it is asked to end it.
    """

    asked = "asked"
    active = "active"
    denied = "denied"
    leaving = "leaving"


class HubSubscription(SQLModel, table=True):
    """What a feed's hub is asked for: to tell at once of what is new (WebSub). The feed is polled all the same.

    `token`: the end of the address that the hub calls, known to it alone. `secret_encrypted`: what it signs with.
    `lease_until`: for so long it tells; None until it has confirmed. `next_attempt_at`: when it is asked, or asked
    again. `pinged_at`: when it told the last time.
    """

    __tablename__ = "hub_subscriptions"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    source_id: str = Field(foreign_key="sources.id", index=True, max_length=36)
    hub: str = Field(sa_type=sa.Text)
    topic: str = Field(sa_type=sa.Text)
    token: str = Field(unique=True, max_length=64)
    secret_encrypted: str = Field(sa_type=sa.Text)
    state: HubState = Field(default=HubState.asked, sa_type=enum_type(HubState))
    attempts: int = Field(default=0)
    next_attempt_at: datetime = Field(default_factory=utcnow, index=True)
    lease_until: datetime | None = Field(default=None)
    pinged_at: datetime | None = Field(default=None)
    problem: str = Field(default="", sa_type=sa.Text)
    problem_message: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE_JSON)
    created_at: datetime = Field(default_factory=utcnow)


class FeedItem(SQLModel, table=True):
    """An item that a source's feed has shown. `key` is what it is called there, hashed, `address` its `url_name`.

    `digest`: of its content when it was last looked at. It is remembered long after it has left the feed.
    """

    __tablename__ = "feed_items"
    __table_args__ = (sa.Index("ix_feed_items_source_id_address", "source_id", "address"),)

    source_id: str = Field(foreign_key="sources.id", primary_key=True, max_length=36)
    key: str = Field(primary_key=True, max_length=64)
    address: str = Field(default="", max_length=64)
    external_id: str = Field(max_length=512)
    digest: str = Field(max_length=64)
    is_too_old: bool = Field(default=False)
    first_seen_at: datetime = Field(default_factory=utcnow)
    last_seen_at: datetime = Field(default_factory=utcnow, index=True)
