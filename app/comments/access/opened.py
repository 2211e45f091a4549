"""A way to TikTok that is open for the comments of one owner, whichever of its APIs they stand behind."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self

from app.comments.models import Comment, CommentSource
from app.tiktok_business import comments, organic_comments
from app.tiktok_business.comments import Replied
from app.tiktok_business.limiter import Limiter


@dataclass(frozen=True, slots=True)
class Heard:
    """A comment of a thread, as far as it tells whether we have said it."""

    comment_id: str
    text: str
    created_at: datetime | None
    is_own: bool


class CommentAccess(Protocol):
    """What is done to comments at TikTok. Each call raises BusinessError."""

    @property
    def limiter(self) -> Limiter:
        """Where its calls wait for their turn."""

    def behind(self, limiter: Limiter) -> Self:
        """The same, with calls that wait elsewhere."""

    async def reply(self, row: Comment, text: str) -> Replied:
        """Answer a comment, once."""

    def walk_thread(self, row: Comment) -> AsyncIterator[Heard]:
        """Give what stands under a comment."""

    async def set_visible(self, rows: Sequence[Comment], *, visible: bool) -> None:
        """Hide comments of this owner's, or show them; `most_at_once` of them at most."""

    async def delete(self, row: Comment) -> None:
        """Delete one of our own."""


MOST_AT_ONCE = {CommentSource.ad: comments.MOST_IN_STATUS, CommentSource.organic: 1}
"""How many are hidden by one call."""
LONGEST_REPLY = {CommentSource.ad: comments.LONGEST_REPLY, CommentSource.organic: organic_comments.LONGEST_REPLY}
"""Characters of an answer."""
