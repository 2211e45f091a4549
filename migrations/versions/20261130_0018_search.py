"""Indexes of words of articles and posts, and of posts by their source: see `app/kit/search.py`."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.articles.search_index import ARTICLE_SEARCH
from app.posts.search_index import POST_SEARCH

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INDEXES = (ARTICLE_SEARCH, POST_SEARCH)


def upgrade() -> None:
    connection = op.get_bind()
    for index in _INDEXES:
        index.make(connection)
        for statement in index.fill[connection.dialect.name]:
            connection.execute(sa.text(statement))


def downgrade() -> None:
    connection = op.get_bind()
    for index in reversed(_INDEXES):
        for statement in index.drop[connection.dialect.name]:
            connection.execute(sa.text(statement))
    if connection.dialect.name != "sqlite":
        connection.execute(sa.text("DROP FUNCTION IF EXISTS newsreel_words(text)"))
