"""What sources sent in the last 7 days, to be looked at and to be handled once more."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "source_deliveries",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("source_id", sa.String(length=36), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("message", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("article_id", sa.String(length=36), nullable=True),
        sa.Column("delivery_id", sa.String(length=255), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("body_bytes", sa.Integer(), nullable=False),
        sa.Column("kept_bytes", sa.Integer(), nullable=False),
        sa.Column("replay_of", sa.String(length=36), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_source_deliveries_source_id_sources")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_deliveries")),
    )
    op.create_index("ix_source_deliveries_source_id_id", "source_deliveries", ["source_id", "id"])
    op.create_index(op.f("ix_source_deliveries_received_at"), "source_deliveries", ["received_at"])


def downgrade() -> None:
    op.drop_table("source_deliveries")
