"""A sentence in JSON, beside its text."""

from typing import Any, Self

from pydantic import BaseModel

from app.messages.message import Message


class MessageRead(BaseModel):
    """The slug of a sentence and what it speaks of, for programs."""

    code: str
    params: dict[str, Any]

    @classmethod
    def of(cls, message: Message | None) -> Self | None:
        """Describe a sentence; None for one that has no slug."""
        return cls(code=message.code, params=dict(message.params)) if message is not None and message.code else None
