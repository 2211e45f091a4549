"""Comments under posts of business accounts: the posts, whom the account likes, and filters of the inbox."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0040"
down_revision: str | None = "0039"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_IS_FIRST = "parent_comment_id IS NULL AND deleted_at IS NULL"
_INDEXES = (
    ("ix_comments_item_id", "item_id", f"{_IS_FIRST} AND item_id IS NOT NULL"),
    ("ix_comments_language", "language", _IS_FIRST),
    ("ix_comments_source", "source", _IS_FIRST),
)


def upgrade() -> None:
    op.create_table(
        "comment_posts",
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("caption", sa.Text(), nullable=False),
        sa.Column("share_url", sa.Text(), nullable=False),
        sa.Column("comments", sa.Integer(), nullable=False),
        sa.Column("is_gone", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("mode", "account_id", "item_id", name=op.f("pk_comment_posts")),
    )
    op.add_column("comments", sa.Column("is_liked", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("webhook_events", sa.Column("comment_id", sa.String(length=64), nullable=True))
    for name, column, where in _INDEXES:
        told = sa.text(where)
        op.create_index(name, "comments", [column, "position"], postgresql_where=told, sqlite_where=told)


def downgrade() -> None:
    for name, _, _ in _INDEXES:
        op.drop_index(name, table_name="comments")
    # Not in a batch: SQLite would make the table anew, and lose the triggers of its index of words.
    op.drop_column("webhook_events", "comment_id")
    op.drop_column("comments", "is_liked")
    op.drop_table("comment_posts")
