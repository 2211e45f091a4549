"""Finding posts by their words."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.kit.search import MOST_SORTED, as_match, as_tsquery
from app.posts.models import Post

SEARCH = sa.table("post_search", sa.column("id"), sa.column("post_id"), sa.column("source_id"), sa.column("words"))
_WORDS = sa.table("post_words", sa.column("rowid"))
_NEWEST = SEARCH.alias("newest")
MOST_NEWEST = 2000
"""Among so many posts PostgreSQL reads every text in about 3 ms."""


def among_hits(
    query: SelectOfScalar[Post],
    where: Sequence[sa.ColumnElement[bool]],
    words: Sequence[str],
    *,
    is_sqlite: bool,
    are_few: bool = False,
) -> SelectOfScalar[Post]:
    """Narrow a query, which joins `SEARCH`, to the posts that hold these words and meet `where`.

    `are_few`: SQLite: only few meet `where`, so it finds these first, and looks among them alone for the words.
    PostgreSQL: only few hold the words, so it finds these first, whatever it guesses of beginnings of words.
    """
    if not is_sqlite:
        if not are_few:
            return query.where(_is_hit(words), *where)
        holding = sa.select(SEARCH.c.post_id).where(_is_hit(words)).cte("holding").prefix_with("MATERIALIZED")
        return query.join(holding, holding.c.post_id == col(Post.id)).where(*where)
    is_match = sa.literal_column("post_words").op("MATCH")(as_match(words))
    if are_few:
        among = sa.select(SEARCH.c.id).join(Post, col(Post.id) == SEARCH.c.post_id).where(*where).correlate(None)
        # The plus keeps SQLite from asking the index of words anew for each of them.
        hits = sa.select(_WORDS.c.rowid).where(is_match, sa.literal_column("+post_words.rowid").in_(among))
        return query.where(SEARCH.c.id.in_(hits))
    found = (
        sa.select(SEARCH.c.post_id)
        .select_from(_WORDS.join(SEARCH, SEARCH.c.id == _WORDS.c.rowid))
        .join(Post, col(Post.id) == SEARCH.c.post_id)
        .where(is_match, *where)
        .order_by(_WORDS.c.rowid.desc())
        .limit(MOST_SORTED)
    )
    return query.where(col(Post.id).in_(found))


def among_newest(
    query: SelectOfScalar[Post], where: Sequence[sa.ColumnElement[bool]], words: Sequence[str], before: str | None
) -> SelectOfScalar[Post]:
    """Narrow a query on PostgreSQL, which joins `SEARCH`, to those of the newest posts that hold these words.

    `before`: of the newest that came before this one. What is found often fills a page from among them; by the index
    of words all of it would be fetched and sorted first.
    """
    ids = (col(Post.id), SEARCH.c.post_id)
    edge = sa.select(_NEWEST.c.post_id).order_by(_NEWEST.c.post_id.desc()).offset(MOST_NEWEST - 1).limit(1)
    if before:
        edge = edge.where(_NEWEST.c.post_id < before)
        query = query.where(*(one < before for one in ids))
    oldest = sa.func.coalesce(edge.scalar_subquery(), "")
    # No index serves what is wrapped so: posts are walked in their order.
    return query.where(sa.func.coalesce(_is_hit(words), sa.false()), *(one >= oldest for one in ids), *where)


def has_few_hits(words: Sequence[str], most: int) -> SelectOfScalar[bool]:
    """Ask PostgreSQL whether no more than so many posts hold these words."""
    hits = sa.select(SEARCH.c.post_id).where(_is_hit(words)).limit(most + 1).subquery()
    return select(sa.func.count() <= most).select_from(hits)


def _is_hit(words: Sequence[str]) -> sa.ColumnElement[bool]:
    return SEARCH.c.words.op("@@", is_comparison=True)(as_tsquery(words))
