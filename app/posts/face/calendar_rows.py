"""The posts of a calendar's days as the database gives them: of what has ended a few rows and the numbers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles.models import Article
from app.kit.compound import fetch_each
from app.posts.models import Post, PostState

MOST_POSTS = 1000
_WENT_OUT = frozenset({PostState.published, PostState.sent_to_inbox})
_WHAT: tuple[Any, ...] = (
    Post.id, Post.account_id, Post.state, Post.title, col(Article.title).label("article_title"), Article.language,
)  # fmt: skip
_WHEN: tuple[Any, ...] = (
    Post.scheduled_at, Post.next_attempt_at, Post.publishing_since, Post.updated_at, Post.is_sending, Post.settings,
)  # fmt: skip

_COUNTED: tuple[Any, ...] = (Post.account_id, Post.state, sa.func.count().label("count"))


@dataclass(slots=True)
class Ended:
    """What has ended on one day: the day's last posts, how many there are, and how many of each account went out."""

    posts: list[Any] = field(default_factory=list)
    count: int = 0
    went_out: Counter[str] = field(default_factory=Counter)


async def list_ended(
    session: AsyncSession, borders: Sequence[datetime], most: Sequence[int], *where: Any
) -> Sequence[Ended]:
    """Read each day between two borders: at most so many rows of it, the newest, and the numbers of all."""
    spans = list(pairwise(borders))
    at = col(Post.finalized_at)
    # Only what has ended has this time: a check of the table says so.
    of_day = [(*where, at >= since, at < until) for since, until in spans]
    counted = await fetch_each(session, [
        sa.select(_day(number), *_COUNTED)
        .where(*wanted).group_by(col(Post.account_id), col(Post.state))
        for number, wanted in enumerate(of_day)
    ])  # fmt: skip
    days = [Ended() for _ in spans]
    for row in counted:
        days[row.day].count += row.count
        days[row.day].went_out[row.account_id] += row.count if row.state in _WENT_OUT else 0
    newest = await fetch_each(session, [
        sa.select(_day(number), at.label("at"), *_WHAT)
        .join(Article, col(Article.id) == Post.article_id)
        .where(*wanted).order_by(at.desc()).limit(most[number])
        for number, wanted in enumerate(of_day) if days[number].count
    ])  # fmt: skip
    for row in newest:
        days[row.day].posts.append(row)
    return days


def _day(number: int) -> Any:
    return sa.literal(number, sa.Integer).label("day")


async def list_open(session: AsyncSession, *where: Any, order: Any) -> Sequence[Any]:
    """Read posts that have not ended, at most MOST_POSTS, with all that their times follow from."""
    query = sa.select(*_WHAT, *_WHEN).join(Article, col(Article.id) == Post.article_id).where(*where)
    return (await session.exec(query.order_by(order).limit(MOST_POSTS))).all()  # type: ignore[call-overload,no-any-return]


async def count_untimed(session: AsyncSession, *where: Any) -> int:
    """Count the posts that wait without a time, up to MOST_POSTS."""
    few = (
        select(Post.id)
        .where(*where, col(Post.state) == PostState.scheduled, col(Post.scheduled_at).is_(None))
        .limit(MOST_POSTS)
    )
    return (await session.exec(select(sa.func.count()).select_from(few.subquery()))).one()
