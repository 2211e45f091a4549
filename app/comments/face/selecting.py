"""Which comments are wanted, and how they are found: by filters, words and cursor."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from app.ads.access import mode_of
from app.comments.models import IS_DELETED, IS_FIRST, IS_WAITING, Comment, CommentSource, CommentState
from app.kit.search import as_match, as_tsquery, find_words
from app.resources import Resources

NOBODY = "none"
DELETED = "DELETED"
_SEARCH = sa.table("comment_search", sa.column("position"), sa.column("words"))
_WORDS = sa.table("comment_words", sa.column("rowid"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which comments. `advertiser_id` and `account_id` are whose: of ads, and of posts. `assigned_to` is a person's id,
    or "none"; `status` DELETED asks for what TikTok shows no more.

    With `q` replies are found too, each for itself; without it comments of the first level are listed.
    """

    advertiser_id: str = ""
    ad_id: str = ""
    states: frozenset[CommentState] = frozenset()
    statuses: frozenset[str] = frozenset()
    q: str = ""
    assigned_to: str = ""
    source: CommentSource | None = None
    author_id: str = ""
    language: str = ""
    account_id: str = ""
    item_id: str = ""


async def walk_comments(app: Resources, wanted: Wanted, *, at_once: int = 500) -> AsyncIterator[Sequence[Comment]]:
    """Give all that is wanted, a few at a time, without threads: for a file."""
    cursor: str | None = None
    while True:
        async with app.read() as session:
            rows = await select_comments(session, app, wanted, at_once, cursor)
        if rows:
            yield rows
        if len(rows) < at_once:
            return
        cursor = str(rows[-1].position)


async def select_comments(
    session: AsyncSession, app: Resources, wanted: Wanted, limit: int, cursor: str | None
) -> Sequence[Comment]:
    """Give the next of them, the newest first."""
    where = list(_where(app, wanted))
    query = select(Comment)
    order: Any = col(Comment.position)
    if words := find_words(wanted.q):
        query, order = _among_hits(query, words, is_sqlite=app.db.is_sqlite)
    elif wanted.q:
        return []
    if cursor:
        where.append(order < int(cursor))
    return (await session.exec(query.where(*where).order_by(order.desc()).limit(limit))).all()


def _among_hits(
    query: SelectOfScalar[Comment], words: Sequence[str], *, is_sqlite: bool
) -> tuple[SelectOfScalar[Comment], Any]:
    """Narrow to the comments that hold these words; their numbers in SQLite's index are their places in time."""
    if is_sqlite:
        query = query.select_from(_WORDS).join(Comment, col(Comment.position) == _WORDS.c.rowid)
        return query.where(sa.literal_column("comment_words").op("MATCH")(as_match(words))), _WORDS.c.rowid
    query = query.join(_SEARCH, _SEARCH.c.position == col(Comment.position))
    return query.where(_SEARCH.c.words.op("@@")(as_tsquery(words))), col(Comment.position)


def _where(app: Resources, wanted: Wanted) -> Iterable[sa.ColumnElement[bool]]:
    # Nearly all are of one mode: the plus keeps SQLite from reading them all by the index that begins with it.
    mode: Any = sa.literal_column("+comments.mode") if app.db.is_sqlite else col(Comment.mode)
    yield mode == mode_of(app)
    # Word for word as the partial indexes have it, so that they serve.
    is_first: sa.ColumnElement[bool] = sa.literal_column(IS_FIRST)
    is_waiting: sa.ColumnElement[bool] = sa.literal_column(IS_WAITING)
    if DELETED in wanted.statuses:
        yield sa.literal_column(IS_DELETED)
    elif wanted.q:
        yield col(Comment.deleted_at).is_(None)
    else:
        yield is_waiting if wanted.states and CommentState.done not in wanted.states else is_first
    if wanted.states and wanted.states != frozenset(CommentState):
        yield col(Comment.state).in_(sorted(wanted.states))
    if statuses := wanted.statuses - {DELETED}:
        if statuses == {"HIDDEN"}:
            yield sa.literal_column("status <> 'PUBLIC'")
        yield col(Comment.status).in_(sorted(statuses))
    if wanted.assigned_to == NOBODY:
        yield col(Comment.assignee_id).is_(None)
    elif wanted.assigned_to:
        yield col(Comment.assignee_id) == wanted.assigned_to
    for column, value in (
        (Comment.owner_id, wanted.advertiser_id), (Comment.ad_id, wanted.ad_id), (Comment.source, wanted.source),
        (Comment.author_id, wanted.author_id), (Comment.language, wanted.language),
        (Comment.owner_id, wanted.account_id), (Comment.item_id, wanted.item_id),
    ):  # fmt: skip
        if value:
            yield col(column) == value
