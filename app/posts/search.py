"""Finding posts by their words."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.sql.expression import SelectOfScalar

from app.kit.search import MOST_SORTED, as_match, as_tsquery
from app.posts.models import Post

SEARCH = sa.table("post_search", sa.column("id"), sa.column("post_id"), sa.column("source_id"), sa.column("words"))
_WORDS = sa.table("post_words", sa.column("rowid"))


def among_hits(
    query: SelectOfScalar[Post],
    where: Sequence[sa.ColumnElement[bool]],
    words: Sequence[str],
    *,
    is_sqlite: bool,
    are_few: bool = False,
) -> SelectOfScalar[Post]:
    """Narrow a query, which joins `SEARCH`, to the posts that hold these words and meet `where`.

    `are_few`: only few meet `where`, so SQLite finds these first, and looks among them alone for the words.
    """
    if not is_sqlite:
        return query.where(SEARCH.c.words.op("@@")(as_tsquery(words)), *where)
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
