"""The ads desk: reports that are kept, and told anew each day, week or month."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "ads_saved_reports",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("advertiser_id", sa.String(length=64), nullable=False),
        sa.Column("admin_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("span", sa.String(length=32), nullable=False),
        sa.Column("every", sa.String(length=32), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ads_saved_reports")),
    )
    with op.batch_alter_table("ads_saved_reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ads_saved_reports_advertiser_id"), ["advertiser_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ads_saved_reports_next_at"), ["next_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("ads_saved_reports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ads_saved_reports_next_at"))
        batch_op.drop_index(batch_op.f("ix_ads_saved_reports_advertiser_id"))

    op.drop_table("ads_saved_reports")
