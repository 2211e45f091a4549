"""Where a feed's further pages stand that only the page before them names."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0044"
down_revision: str | None = "0043"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("source_feeds", sa.Column("backlog_url", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("source_feeds", "backlog_url")
