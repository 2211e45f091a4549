"""The gateway's money: whether a transfer's call had its turn, and of which times a restored backup knows nothing."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("money_transfers", sa.Column("has_left", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_table(
        "ads_write_gaps",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ads_write_gaps")),
    )


def downgrade() -> None:
    op.drop_table("ads_write_gaps")
    with op.batch_alter_table("money_transfers", schema=None) as batch_op:
        batch_op.drop_column("has_left")
