"""Verification files as the API takes and shows them."""

from datetime import datetime

from pydantic import BaseModel


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


class VerificationFileList(BaseModel):
    items: list[VerificationFileRead]
    next_cursor: str | None
