"""Since when a post misses media, which lease was begun, and whether an account posts without what is missing."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("post_incomplete", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("posts", sa.Column("media_missing_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("posts", sa.Column("taken_up", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("posts", "taken_up")
    op.drop_column("posts", "media_missing_since")
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_column("post_incomplete")
