"""Finding articles by their words."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.sql.expression import SelectOfScalar

from app.articles.models import Article
from app.kit.search import MOST_SORTED, as_match, as_tsquery

_SEARCH = sa.table("article_search", sa.column("id"), sa.column("article_id"), sa.column("words"))
_WORDS = sa.table("article_words", sa.column("rowid"))


def among_hits(
    query: SelectOfScalar[Article], where: Sequence[sa.ColumnElement[bool]], words: Sequence[str], *, is_sqlite: bool
) -> SelectOfScalar[Article]:
    """Narrow a query to the articles that hold these words and meet `where`."""
    if not is_sqlite:
        query = query.join(_SEARCH, _SEARCH.c.article_id == col(Article.id))
        return query.where(_SEARCH.c.words.op("@@")(as_tsquery(words)), *where)
    found = (
        sa.select(_SEARCH.c.article_id)
        .select_from(_WORDS.join(_SEARCH, _SEARCH.c.id == _WORDS.c.rowid))
        .join(Article, col(Article.id) == _SEARCH.c.article_id)
        .where(sa.literal_column("article_words").op("MATCH")(as_match(words)), *where)
        .order_by(_WORDS.c.rowid.desc())
        .limit(MOST_SORTED)
    )
    return query.where(col(Article.id).in_(found))
