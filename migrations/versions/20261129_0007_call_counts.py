"""How many calls of the Business API left in each hour, by who made them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "call_counts",
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("endpoint", sa.String(length=96), nullable=False),
        sa.Column("caller", sa.String(length=32), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "endpoint", "caller", name=op.f("pk_call_counts")),
    )


def downgrade() -> None:
    op.drop_table("call_counts")
