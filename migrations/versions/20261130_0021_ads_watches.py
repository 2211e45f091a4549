"""The ads desk: watches, and the log of what they have found."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "ads_watches",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("advertiser_id", sa.String(length=64), nullable=False),
        sa.Column("admin_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("object_ids", sa.JSON(), nullable=False),
        sa.Column("threshold", sa.String(length=32), nullable=True),
        sa.Column("period", sa.String(length=32), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_trouble_told", sa.Boolean(), nullable=False),
        sa.Column("subscriptions", sa.JSON(), nullable=False),
        sa.Column("subscribe_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ads_watches")),
    )
    with op.batch_alter_table("ads_watches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ads_watches_advertiser_id"), ["advertiser_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ads_watches_next_at"), ["next_at"], unique=False)

    op.create_table(
        "ads_watch_events",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("watch_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=True),
        sa.Column("object_name", sa.String(length=512), nullable=False),
        sa.Column("before", sa.String(length=128), nullable=True),
        sa.Column("after", sa.String(length=128), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["ads_watches.id"], name=op.f("fk_ads_watch_events_watch_id_ads_watches"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ads_watch_events")),
    )
    with op.batch_alter_table("ads_watch_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ads_watch_events_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_ads_watch_events_watch_id"), ["watch_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("ads_watch_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ads_watch_events_watch_id"))
        batch_op.drop_index(batch_op.f("ix_ads_watch_events_at"))

    op.drop_table("ads_watch_events")
    with op.batch_alter_table("ads_watches", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ads_watches_next_at"))
        batch_op.drop_index(batch_op.f("ix_ads_watches_advertiser_id"))

    op.drop_table("ads_watches")
