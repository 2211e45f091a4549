"""Batches that are fair over accounts: each gives a few of its posts, however long its queue is."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.posts.models import Post, PostState

Conditions = tuple[sa.ColumnElement[bool], ...]


@dataclass(frozen=True, eq=False)
class Part:
    """The posts that a partial index holds. SQLite must be told to use it: it would count on any index with `state`."""

    index: str
    conditions: Conditions

    @property
    def hint(self) -> str:
        return f"INDEXED BY {self.index}"


def in_state(state: PostState) -> sa.ColumnElement[bool]:
    """Compare with a state that stands in the statement itself: a partial index serves no bound value."""
    return col(Post.state) == sa.literal(state, col(Post.state).type, literal_execute=True)  # type: ignore[attr-defined]


QUEUED = Part("ix_posts_queued", (in_state(PostState.queued),))
RETRYABLE = Part("ix_posts_retryable", (in_state(PostState.retryable),))
TIMED = Part("ix_posts_line", (in_state(PostState.scheduled), col(Post.scheduled_at).is_not(None)))
TIMED_DUE = Part("ix_posts_timed_due", TIMED.conditions)
UNTIMED = Part("ix_posts_untimed", (in_state(PostState.scheduled), col(Post.scheduled_at).is_(None)))


_FOUND = aliased(Post)


async def accounts_with(session: AsyncSession, part: Part) -> Sequence[str]:
    """List the accounts that have posts of this part; it is leapt through, one look per account."""
    return (await session.exec(select(_leap(part).c.account_id))).all()


async def few_of_each(
    session: AsyncSession, part: Part, *more: sa.ColumnElement[bool], order: tuple[Any, ...], each: int
) -> Sequence[str]:
    """List the ids of the first posts of each account that has posts of this part."""
    accounts = _leap(part)
    first = (
        select(Post.id)
        .with_hint(Post, part.hint, "sqlite")
        .where(col(Post.account_id) == accounts.c.account_id, *part.conditions, *more)
        .order_by(*order)
        .limit(each)
        .correlate(accounts)
    )
    query = select(_FOUND.id).select_from(accounts).join(_FOUND, col(_FOUND.id).in_(first))
    return (await session.exec(query)).all()


@cache
def _leap(part: Part) -> sa.Subquery:
    """From one account id to the next greater one, each an index look-up: neither database does that by itself.

    Made once: to put it together takes longer than to run it.
    """
    least = sa.select(sa.func.min(col(Post.account_id)).label("account_id")).where(*part.conditions)
    leap = least.with_hint(Post, part.hint, "sqlite").cte("leap", recursive=True)
    following = (
        sa.select(sa.func.min(col(Post.account_id)))
        .with_hint(Post, part.hint, "sqlite")
        .where(*part.conditions, col(Post.account_id) > leap.c.account_id)
        .correlate(leap)
        .scalar_subquery()
    )
    leap = leap.union_all(sa.select(following).where(leap.c.account_id.is_not(None)))
    return sa.select(leap.c.account_id).where(leap.c.account_id.is_not(None)).subquery("accounts_leapt")
