"""Files on their way into an ad account's library."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.db import NULLABLE_JSON, enum_type
from app.kit.clock import utcnow
from app.kit.ids import new_id


class UploadState(StrEnum):
    """How far a file is: on its way to us, from us to TikTok, there, or not taken."""

    receiving = "receiving"
    sending = "sending"
    ready = "ready"
    failed = "failed"


class AdsUpload(SQLModel, table=True):
    """A picture or video on its way into an advertiser's library; whoever carries it notes each second how far it is.

    `size` and `name`, that in the library, are None until they are known. `media_id` is TikTok's. `detail_message` is
    what `detail` was made from.
    """

    __tablename__ = "ads_uploads"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    mode: str = Field(max_length=16)
    advertiser_id: str = Field(max_length=64)
    admin_id: str | None = Field(default=None, max_length=36)
    kind: str = Field(max_length=16)
    state: UploadState = Field(default=UploadState.receiving, sa_type=enum_type(UploadState))
    received: int = Field(default=0, sa_type=sa.BigInteger)
    sent: int = Field(default=0, sa_type=sa.BigInteger)
    size: int | None = Field(default=None, sa_type=sa.BigInteger)
    name: str | None = Field(default=None, max_length=255)
    media_id: str | None = Field(default=None, max_length=255)
    reason: str | None = Field(default=None, max_length=64)
    detail: str | None = Field(default=None, sa_type=sa.Text)
    detail_message: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE_JSON)
    created_at: datetime = Field(default_factory=utcnow, index=True)
    updated_at: datetime = Field(default_factory=utcnow)
    finished_at: datetime | None = Field(default=None)
