"""Words searched under one ad or post, of one account, or in one language: what a reply says is found there too."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0049"
down_revision: str | None = "0048"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_IS_FIRST = "parent_comment_id IS NULL AND deleted_at IS NULL"
_IS_THERE = "deleted_at IS NULL"
_OLD = (
    ("ix_comments_ad_id", ("ad_id", "position"), _IS_FIRST),
    ("ix_comments_item_id", ("item_id", "position"), f"{_IS_FIRST} AND item_id IS NOT NULL"),
    ("ix_comments_language", ("language", "position"), _IS_FIRST),
    ("ix_comments_owner_id", ("owner_id", "position"), _IS_FIRST),
)
_NEW = (
    ("ix_comments_ad_id", ("ad_id", "position", "parent_comment_id"), f"{_IS_THERE} AND ad_id IS NOT NULL"),
    ("ix_comments_item_id", ("item_id", "position", "parent_comment_id"), f"{_IS_THERE} AND item_id IS NOT NULL"),
    ("ix_comments_language", ("language", "position"), _IS_THERE),
    ("ix_comments_owner_id", ("owner_id", "position"), _IS_THERE),
)


def upgrade() -> None:
    _make_anew(_NEW)


def downgrade() -> None:
    _make_anew(_OLD)


def _make_anew(indexes: Sequence[tuple[str, tuple[str, ...], str]]) -> None:
    for name, columns, where in indexes:
        op.drop_index(name, table_name="comments")
        told = sa.text(where)
        op.create_index(name, "comments", list(columns), postgresql_where=told, sqlite_where=told)
