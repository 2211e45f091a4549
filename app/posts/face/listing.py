"""Finding posts: by words, state, account, article, source and time, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
import uuid_utils
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from app.accounts.queries import is_id
from app.errors import BadRequest
from app.kit.ids import is_row_id
from app.kit.search import find_words
from app.messages import refusals
from app.posts.face.media_holds import waits_for_person, waits_for_proof
from app.posts.models import Post, PostState
from app.posts.search import SEARCH, among_hits, among_newest, has_few_hits

MOST_COUNTED = 10_000
"""To count a million posts would take longer than to show the page."""
_FEW = 3000
"""Among so few posts SQLite looks for words sooner than among all that hold them; so few hits PostgreSQL sorts soon."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCKS_APART = timedelta(days=2)


class PostSort(StrEnum):
    """In which order posts are listed; `-` is the newest first. By a time that a post does not have, it is left out.

    `from` and `to` mean the time that is sorted by.
    """

    newest = "-created_at"
    oldest = "created_at"
    settled = "-finalized_at"
    soonest = "scheduled_at"


class PostNeed(StrEnum):
    """What posts want of a person: `alert`, to be looked at on TikTok; `held`, that something is put right first;
    `unverified`, that TikTok takes the address of pictures and videos, for all of them at once."""

    alert = "alert"
    held = "held"
    unverified = "unverified"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostFilter:
    """Which posts are wanted. `q` is what somebody typed; `until` is no longer part of the time."""

    q: str = ""
    states: tuple[PostState, ...] = ()
    account_id: str | None = None
    article_id: str | None = None
    source_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    need: PostNeed | None = None
    sort: PostSort = PostSort.newest

    @property
    def is_nonsense(self) -> bool:
        """Tell whether it names what cannot be there at all."""
        ids = (self.account_id, self.article_id, self.source_id)
        has_odd_id = not all(is_id(value) for value in ids if value is not None)
        return has_odd_id or bool(self.q.strip() and not find_words(self.q))


@dataclass(frozen=True, slots=True)
class _Order:
    column: Any
    is_descending: bool


_ORDERS = {
    PostSort.newest: _Order(col(Post.id), True),
    PostSort.oldest: _Order(col(Post.id), False),
    PostSort.settled: _Order(col(Post.finalized_at), True),
    PostSort.soonest: _Order(col(Post.scheduled_at), False),
}


async def find_posts(
    session: AsyncSession, wanted: PostFilter, *, limit: int, cursor: str | None
) -> tuple[Sequence[Post], str | None]:
    """Give one page of posts, and the cursor of the next. Raises BadRequest for a cursor that was never given out."""
    order = _ORDERS[wanted.sort]
    after = _read_cursor(order, cursor) if cursor else None
    if wanted.is_nonsense:
        return [], None
    where = _conditions(wanted)
    if after is not None:
        where.append(after)
    found = await _find_among_newest(session, wanted, where, limit + 1, cursor)
    if len(found) <= limit:
        query = await _select(session, select(Post), wanted, where)
        found = (await session.exec(_sort(query, order).limit(limit + 1))).all()
    page = found[:limit]
    return page, _write_cursor(order, page[-1]) if len(found) > limit else None


async def _find_among_newest(
    session: AsyncSession, wanted: PostFilter, where: list[sa.ColumnElement[bool]], limit: int, cursor: str | None
) -> Sequence[Post]:
    """Look for words where they are soonest found; nothing where that would not do, or does not fill the page."""
    words = find_words(wanted.q)
    if not words or wanted.sort is not PostSort.newest or _is_sqlite(session):
        return ()
    query = select(Post).join(SEARCH, SEARCH.c.post_id == col(Post.id))
    query = _sort(among_newest(query, where, words, cursor), _ORDERS[wanted.sort])
    return (await session.exec(query.limit(limit))).all()


def _sort(query: SelectOfScalar[Post], order: _Order) -> SelectOfScalar[Post]:
    ids, column = col(Post.id), order.column
    columns = (column,) if column is ids else (column, ids)
    return query.order_by(*(one.desc() if order.is_descending else one for one in columns))


async def count_found(session: AsyncSession, wanted: PostFilter, most: int = MOST_COUNTED) -> dict[str, int]:
    """Count posts by state, leaving out which states are wanted; one with more than `most` counts so many."""
    if wanted.is_nonsense:
        return {}
    if wanted.q.strip() or wanted.source_id or wanted.since or wanted.until or wanted.need or wanted.article_id:
        query = await _select(session, select(Post), wanted, _conditions(wanted, with_states=False), is_sorted=False)
        few = query.with_only_columns(col(Post.state)).limit(most).subquery()
        rows = await session.exec(sa.select(few.c.state, func.count()).group_by(few.c.state))  # type: ignore[call-overload]
        return {PostState(state).value: count for state, count in rows.all()}
    where = () if wanted.account_id is None else (col(Post.account_id) == wanted.account_id,)
    counts = []
    for state in PostState:
        one = select(Post.id).where(col(Post.state) == state, *where).limit(most).subquery()
        counts.append(sa.select(sa.literal(state.value), func.count()).select_from(one))
    rows = await session.exec(sa.union_all(*counts))  # type: ignore[call-overload]
    return {state: count for state, count in rows.all() if count}


async def _select(
    session: AsyncSession,
    query: SelectOfScalar[Post],
    wanted: PostFilter,
    where: list[sa.ColumnElement[bool]],
    *,
    is_sorted: bool = True,
) -> SelectOfScalar[Post]:
    words = find_words(wanted.q)
    if words or wanted.source_id is not None:
        query = query.join(SEARCH, SEARCH.c.post_id == col(Post.id))
    if not words:
        return query.where(*where)
    is_sqlite = _is_sqlite(session)
    if is_sqlite:
        are_few = bool(where) and await _are_few(session, where)
    else:
        are_few = is_sorted and (await session.exec(has_few_hits(words, _FEW))).one()
    return among_hits(query, where, words, is_sqlite=is_sqlite, are_few=are_few)


def _is_sqlite(session: AsyncSession) -> bool:
    return session.get_bind().dialect.name == "sqlite"


async def _are_few(session: AsyncSession, where: list[sa.ColumnElement[bool]]) -> bool:
    """Tell whether so few posts meet the filters that the words are better looked for among them alone."""
    query = select(Post.id).join(SEARCH, SEARCH.c.post_id == col(Post.id)).where(*where)
    count = select(func.count()).select_from(query.limit(_FEW + 1).subquery())
    return (await session.exec(count)).one() <= _FEW


def _conditions(wanted: PostFilter, *, with_states: bool = True) -> list[sa.ColumnElement[bool]]:
    where: list[sa.ColumnElement[bool]] = []
    for column, value in ((Post.account_id, wanted.account_id), (Post.article_id, wanted.article_id)):
        if value is not None:
            where.append(col(column) == value)
    if wanted.source_id is not None:
        where.append(SEARCH.c.source_id == wanted.source_id)
    if with_states and wanted.states:
        is_one = len(wanted.states) == 1
        where.append(col(Post.state) == wanted.states[0] if is_one else col(Post.state).in_(wanted.states))
    if wanted.need is PostNeed.alert:
        where.append(col(Post.alert).is_not(None))
    if wanted.need is PostNeed.held:
        where += waits_for_person()
    if wanted.need is PostNeed.unverified:
        where += waits_for_proof()
    return where + _times(wanted)


def _times(wanted: PostFilter) -> list[sa.ColumnElement[bool]]:
    column = _ORDERS[wanted.sort].column
    where: list[sa.ColumnElement[bool]] = []
    if column is not col(Post.id) and wanted.sort in {PostSort.settled, PostSort.soonest}:
        where.append(column.is_not(None))
    else:
        column = col(Post.created_at)
        # Ids are made by the same clock: from them the database knows where to look.
        if wanted.since is not None:
            where.append(col(Post.id) >= _id_at(wanted.since - _CLOCKS_APART))
        if wanted.until is not None:
            where.append(col(Post.id) < _id_at(wanted.until + _CLOCKS_APART))
    if wanted.since is not None:
        where.append(column >= wanted.since)
    if wanted.until is not None:
        where.append(column < wanted.until)
    return where


def _id_at(moment: datetime) -> str:
    """Give the id before all that are made at a moment."""
    milliseconds = max(0, int((moment - _EPOCH) / timedelta(milliseconds=1)))
    return str(uuid_utils.UUID(int=milliseconds << 80))


def _write_cursor(order: _Order, last: Post) -> str:
    if order.column.key == "id":
        return last.id
    moment: datetime = getattr(last, order.column.key)
    return f"{int((moment - _EPOCH) / timedelta(microseconds=1))}.{last.id}"


def _read_cursor(order: _Order, cursor: str) -> sa.ColumnElement[bool]:
    ids, column = col(Post.id), order.column
    told, _, last_id = ("", "", cursor) if column.key == "id" else cursor.partition(".")
    if not is_row_id(last_id):
        raise BadRequest(refusals.BAD_CURSOR)
    if column.key == "id":
        return ids < cursor if order.is_descending else ids > cursor
    try:
        moment = _EPOCH + timedelta(microseconds=int(told))
    except (ValueError, OverflowError):
        raise BadRequest(refusals.BAD_CURSOR) from None
    if order.is_descending:
        return sa.or_(column < moment, sa.and_(column == moment, ids < last_id))
    return sa.or_(column > moment, sa.and_(column == moment, ids > last_id))
