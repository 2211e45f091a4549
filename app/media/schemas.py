"""Verification files as the API takes and shows them."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from app.media.ownership import Finding
from app.messages.message import Message


class VerificationFileCreate(BaseModel):
    """A file from TikTok's developer portal: its name and its content, byte for byte."""

    filename: str
    content: str


class VerificationFileRead(BaseModel):
    """A file, and the addresses under which TikTok may look for it."""

    filename: str
    content: str
    urls: list[str]
    created_at: datetime


class LookRead(BaseModel):
    """What came from one address. `finding` is the first that stands in the way; `status` is 0 where nothing came.

    `said` tells why nothing came; `size` counts the first 4 KB.
    """

    model_config = ConfigDict(from_attributes=True)

    url: str
    finding: Finding
    status: int
    location: str
    content_type: str
    size: int
    expected_size: int
    said: Message | None


class VerificationCheck(BaseModel):
    items: list[LookRead]


class UploadRead(BaseModel):
    """A picture or video for a post by hand: `url` goes into `article.images`, or into `article.video`.

    It is kept until `expires_at`, and longer once a post names it. `duration_seconds` is a video's.
    """

    url: str
    kind: Literal["photo", "video"]
    width: int
    height: int
    size: int
    duration_seconds: float | None
    expires_at: datetime


class VerificationFileList(BaseModel):
    items: list[VerificationFileRead]
    next_cursor: str | None
