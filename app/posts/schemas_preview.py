"""What a preview asks for and gives."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from app.messages.message import Message


class PreviewRequest(BaseModel):
    """What to preview, for which account: an article that is here, or `data` as the generic webhook has it."""

    model_config = ConfigDict(extra="forbid")

    account_id: str | None = None
    article_id: str | None = None
    article: dict[str, Any] | None = None


class MediaVerdict(BaseModel):
    """Whether the pictures or the video would do. `card` is the headline card that takes their place, a data URL."""

    usable: int
    problems: list[Message]
    card: str | None = None


class PreviewRead(BaseModel):
    """What would be posted. Nothing was changed, and TikTok was not asked."""

    kind: str
    title: str
    description: str
    hashtags: list[str]
    media: MediaVerdict
    problems: list[Message]
