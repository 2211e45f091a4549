"""Who counts the bad comments under a boost: a composition says it, because comments are a room above this one."""

from collections.abc import Awaitable, Callable

from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.models import Boost
from app.resources import Resources

CommentCounter = Callable[[AsyncSession, Boost], Awaitable[int]]
"""Counts the comments under a boost's ad that hold one of its `bad_words`."""


class Counting:
    """The counter of this process; None where nobody reads comments."""

    def __init__(self) -> None:
        self.counter: CommentCounter | None = None


def count_comments_with(app: Resources, counter: CommentCounter) -> None:
    """Tell the boosts of this process who counts comments."""
    app.parts.of(Counting).counter = counter
