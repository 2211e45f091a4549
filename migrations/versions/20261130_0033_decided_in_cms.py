"""What an editor decided in the CMS for TikTok alone: that an article is not for it, and a text of its own."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0033"
down_revision: str | None = "0032"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("articles", sa.Column("is_declined", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("articles", sa.Column("caption", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("articles", "caption")
    op.drop_column("articles", "is_declined")
