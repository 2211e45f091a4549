"""Posts found by the ids that TikTok gave them, and names of files for ads."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0047"
down_revision: str | None = "0046"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_IDS = "CAST(post_ids AS TEXT)"
_INDEXES = (
    ("ix_posts_post_ids", sa.text(_IDS), "finalized_at IS NOT NULL"),
    ("ix_posts_many_post_ids", "id", f"finalized_at IS NOT NULL AND length({_IDS}) > 30"),
)


def upgrade() -> None:
    op.add_column("ads_uploads", sa.Column("name", sa.String(length=255), nullable=True))
    for name, column, where in _INDEXES:
        told = sa.text(where)
        op.create_index(name, "posts", [column], postgresql_where=told, sqlite_where=told)


def downgrade() -> None:
    for name, _, _ in _INDEXES:
        op.drop_index(name, table_name="posts")
    op.drop_column("ads_uploads", "name")
