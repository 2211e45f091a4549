"""TikTok's events, call budgets, evidence, videos and headline cards."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "call_budgets",
        sa.Column("key", sa.String(length=96), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_call_budgets")),
    )
    op.create_table(
        "webhook_events",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("dedup_key", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("client_key", sa.String(length=255), nullable=False),
        sa.Column("open_id", sa.String(length=128), nullable=True),
        sa.Column("publish_id", sa.String(length=255), nullable=True),
        sa.Column("post_id", sa.String(length=255), nullable=True),
        sa.Column("publish_type", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=128), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_events")),
        sa.UniqueConstraint("dedup_key", name=op.f("uq_webhook_events_dedup_key")),
    )
    with op.batch_alter_table("webhook_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_webhook_events_open_id"), ["open_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_webhook_events_publish_id"), ["publish_id"], unique=False)
        batch_op.create_index(
            "ix_webhook_events_unhandled",
            ["received_at"],
            unique=False,
            sqlite_where=sa.text("handled_at IS NULL"),
            postgresql_where=sa.text("handled_at IS NULL"),
        )

    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("resend_after_no_trace", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("headline_card", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("card_background", sa.String(length=7), nullable=False, server_default="#101418"))
        batch_op.add_column(sa.Column("card_text", sa.String(length=7), nullable=False, server_default="#ffffff"))
        batch_op.add_column(sa.Column("init_gap_seconds", sa.Float(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("init_gap_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("learned_daily_cap", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("learned_daily_cap_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("media_assets", schema=None) as batch_op:
        batch_op.add_column(sa.Column("duration_ms", sa.Integer(), nullable=True))

    with op.batch_alter_table("post_attempts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("evidence", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("upload_url_encrypted", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("upload_ended_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("traceparent", sa.String(length=64), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.drop_column("traceparent")

    with op.batch_alter_table("post_attempts", schema=None) as batch_op:
        batch_op.drop_column("upload_ended_at")
        batch_op.drop_column("upload_url_encrypted")
        batch_op.drop_column("evidence")

    with op.batch_alter_table("media_assets", schema=None) as batch_op:
        batch_op.drop_column("duration_ms")

    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_column("learned_daily_cap_at")
        batch_op.drop_column("learned_daily_cap")
        batch_op.drop_column("init_gap_since")
        batch_op.drop_column("init_gap_seconds")
        batch_op.drop_column("card_text")
        batch_op.drop_column("card_background")
        batch_op.drop_column("headline_card")
        batch_op.drop_column("resend_after_no_trace")

    with op.batch_alter_table("webhook_events", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_webhook_events_unhandled",
            sqlite_where=sa.text("handled_at IS NULL"),
            postgresql_where=sa.text("handled_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_webhook_events_publish_id"))
        batch_op.drop_index(batch_op.f("ix_webhook_events_open_id"))

    op.drop_table("webhook_events")
    op.drop_table("call_budgets")
