"""The ads desk: spending guards of an ad account."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "ads_guards",
        sa.Column("advertiser_id", sa.String(length=64), nullable=False),
        sa.Column("max_raise_percent", sa.String(length=32), nullable=True),
        sa.Column("max_daily_budget", sa.String(length=32), nullable=True),
        sa.Column("max_total_budget", sa.String(length=32), nullable=True),
        sa.Column("max_transfer", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("advertiser_id", name=op.f("pk_ads_guards")),
    )


def downgrade() -> None:
    op.drop_table("ads_guards")
