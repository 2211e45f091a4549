"""How far back a feed's list is still to be read after an outage."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0042"
down_revision: str | None = "0041"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("source_feeds", sa.Column("backlog_page", sa.Integer(), nullable=True))
    op.add_column("source_feeds", sa.Column("backlog_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("source_feeds", "backlog_since")
    op.drop_column("source_feeds", "backlog_page")
