"""Accounts of the Business API beside creators: which kind an account, a hop and a waiting connection is of."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0030"
down_revision: str | None = "0029"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES = ("accounts", "oauth_states", "pending_connections")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("kind", sa.String(length=32), nullable=False, server_default="creator"))


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "kind")
