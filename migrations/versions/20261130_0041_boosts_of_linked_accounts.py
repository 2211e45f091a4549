"""Boosts of accounts that are linked through a business center."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0041"
down_revision: str | None = "0040"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("ads_boosts", sa.Column("identity_bc_id", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("ads_boosts", "identity_bc_id")
