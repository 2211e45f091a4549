"""Prepared media, who fetched it, TikTok's verification files, and what TikTok's refusal of our address holds back."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.kit.clock import utcnow
from app.kit.ids import new_id


class MediaAsset(SQLModel, table=True):
    """One converted picture of a post, or its film, kept as a file under the data folder until `delete_after`.

    `owner_id` is the post's id. `position` counts from 0 in carousel order. `path` is relative to the media folder.
    `source_url` is empty for a headline card. `cover_ms` is where a film's first good frame stands.
    """

    __tablename__ = "media_assets"
    __table_args__ = (sa.UniqueConstraint("owner_id", "position"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    owner_id: str = Field(index=True, max_length=36)
    position: int
    source_url: str = Field(sa_type=sa.Text)
    alt: str = Field(default="", sa_type=sa.Text)
    path: str = Field(max_length=255)
    content_type: str = Field(default="image/jpeg", max_length=64)
    width: int
    height: int
    size: int
    sha256: str = Field(max_length=64)
    duration_ms: int | None = Field(default=None)
    cover_ms: int | None = Field(default=None)
    created_at: datetime = Field(default_factory=utcnow)
    delete_after: datetime | None = Field(default=None, index=True)


class MediaGrant(SQLModel, table=True):
    """A token under which an owner's media is served: `/media/<token>/<n>.jpg` or `.mp4`. One per attempt.

    So a fetch under it proves that attempt.
    """

    __tablename__ = "media_grants"

    token: str = Field(primary_key=True, max_length=64)
    owner_id: str = Field(index=True, max_length=36)
    created_at: datetime = Field(default_factory=utcnow)
    delete_after: datetime | None = Field(default=None, index=True)


class MediaFetch(SQLModel, table=True):
    """One request for a media address. `is_ours`: by our own check or an admin's browser, so it proves nothing."""

    __tablename__ = "media_fetches"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    token: str = Field(index=True, max_length=64)
    position: int
    at: datetime = Field(default_factory=utcnow)
    method: str = Field(max_length=8)
    status: int
    range: str | None = Field(default=None, max_length=128)
    client: str = Field(default="", max_length=64)
    user_agent: str = Field(default="", max_length=255)
    is_ours: bool = Field(default=False)


class VerificationFile(SQLModel, table=True):
    """A file by which TikTok verifies that an address is ours.

    `found_at`: when it was last found under our public address, asked for as TikTok asks; None where it was not.
    """

    __tablename__ = "verification_files"

    filename: str = Field(primary_key=True, max_length=80)
    content: str = Field(max_length=1024)
    found_at: datetime | None = Field(default=None)
    created_at: datetime = Field(default_factory=utcnow)


class MediaHold(SQLModel, table=True):
    """TikTok has refused to fetch from our address: what it would have to fetch waits until it takes something again.

    One row for each kind of app (`portal`, as kinds of accounts are named): each is verified for itself. `refused_at`:
    when the call left that was refused last; `held_since`: since when the hold stands, until `lifted_at`. At `probe_at`
    one post may ask whether the address is verified by now; `probe_post_id` is the one that does, and `probes` counts
    those in vain.
    """

    __tablename__ = "media_holds"

    portal: str = Field(primary_key=True, max_length=16)
    prefix: str = Field(sa_type=sa.Text)
    client_key: str = Field(default="", max_length=128)
    held_since: datetime = Field(default_factory=utcnow)
    refused_at: datetime
    lifted_at: datetime | None = Field(default=None)
    probe_at: datetime
    probe_post_id: str | None = Field(default=None, max_length=36)
    probes: int = Field(default=0)
    log_id: str | None = Field(default=None, max_length=128)
