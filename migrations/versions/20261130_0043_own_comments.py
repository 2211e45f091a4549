"""Comments of the newsroom's own under its posts, pictures of comments, and when an event last asked for a reading."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0043"
down_revision: str | None = "0042"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_IS_DELETED = sa.text("deleted_at IS NOT NULL")
_IS_OPEN = sa.text("state IN ('begun', 'sending', 'unknown')")


def upgrade() -> None:
    op.create_table(
        "own_comments",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("admin_id", sa.String(length=36), nullable=True),
        sa.Column("caller", sa.String(length=320), nullable=False),
        sa.Column("holder", sa.String(length=36), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comment_id", sa.String(length=64), nullable=True),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_comments")),
        sa.UniqueConstraint(
            "mode", "account_id", "item_id", "fingerprint", "number", name="uq_own_comments_fingerprint"
        ),
    )
    op.create_index(
        "ix_own_comments_open", "own_comments", ["created_at"], postgresql_where=_IS_OPEN, sqlite_where=_IS_OPEN
    )
    op.create_index("ix_own_comments_comment_id", "own_comments", ["comment_id"])
    op.add_column("comments", sa.Column("image_url", sa.Text(), nullable=False, server_default=""))
    op.create_index(
        "ix_comments_deleted", "comments", ["position"], postgresql_where=_IS_DELETED, sqlite_where=_IS_DELETED
    )
    for table in ("comment_feeds", "comment_sweeps"):
        op.add_column(table, sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for table in ("comment_sweeps", "comment_feeds"):
        op.drop_column(table, "asked_at")
    op.drop_index("ix_comments_deleted", table_name="comments")
    # Not in a batch: SQLite would make the table anew, and lose the triggers of its index of words.
    op.drop_column("comments", "image_url")
    op.drop_table("own_comments")
