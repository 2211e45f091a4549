"""TikTok's events, call budgets, evidence, videos and headline cards."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TIMED = "state = 'scheduled' AND scheduled_at IS NOT NULL"
_FEW_POSTS: dict[str, tuple[str, list[str]]] = {
    "ix_posts_queued": ("state = 'queued'", ["account_id", "is_urgent", "id"]),
    "ix_posts_line": (_TIMED, ["account_id", "is_urgent", "id"]),
    "ix_posts_timed_due": (_TIMED, ["scheduled_at", "account_id"]),
    "ix_posts_untimed": ("state = 'scheduled' AND scheduled_at IS NULL", ["account_id", "state_reason"]),
    "ix_posts_retryable": ("state = 'retryable'", ["account_id", "next_attempt_at"]),
}


def upgrade() -> None:
    op.create_table(
        "call_budgets",
        sa.Column("key", sa.String(length=96), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gap_seconds", sa.Float(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_call_budgets")),
    )
    op.create_table(
        "metric_counts",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("labels", sa.String(length=400), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", "labels", name=op.f("pk_metric_counts")),
    )
    op.create_table(
        "restorations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("backup_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restorations")),
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
        batch_op.add_column(sa.Column("cover_ms", sa.Integer(), nullable=True))

    with op.batch_alter_table("post_attempts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("evidence", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("watched_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("is_watch_broken", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("upload_url_encrypted", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("upload_ended_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_post_attempts_publish_id"), ["publish_id"], unique=False)
    settled = sa.text("evidence IS NOT NULL")
    op.create_index(
        "ix_post_attempts_evidence", "post_attempts", ["evidence"], sqlite_where=settled, postgresql_where=settled
    )
    uploading = sa.text("upload_url_encrypted IS NOT NULL AND upload_ended_at IS NULL")
    op.create_index(
        "ix_post_attempts_uploading",
        "post_attempts",
        ["started_at"],
        sqlite_where=uploading,
        postgresql_where=uploading,
    )

    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("traceparent", sa.String(length=64), nullable=True))
        batch_op.drop_index(batch_op.f("ix_posts_next_check_at"))
        batch_op.create_index(
            "ix_posts_next_check_at",
            ["next_check_at"],
            unique=False,
            sqlite_where=sa.text("next_check_at IS NOT NULL"),
            postgresql_where=sa.text("next_check_at IS NOT NULL"),
        )

    op.drop_index("ix_articles_source_id", table_name="articles")
    op.create_index("ix_articles_source_id_id", "articles", ["source_id", "id"])

    op.drop_index("ix_posts_state_due", table_name="posts")
    op.drop_index("ix_posts_account_state", table_name="posts")
    op.create_index("ix_posts_state_id", "posts", ["state", "id"])
    op.create_index("ix_posts_account_id_id", "posts", ["account_id", "id"])
    op.create_index("ix_posts_account_id_state_id", "posts", ["account_id", "state", "id"])
    for name, (where, columns) in _FEW_POSTS.items():
        condition = sa.text(where)
        op.create_index(name, "posts", columns, sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    for name in (*_FEW_POSTS, "ix_posts_account_id_state_id", "ix_posts_account_id_id", "ix_posts_state_id"):
        op.drop_index(name, table_name="posts")
    op.create_index("ix_articles_source_id", "articles", ["source_id"])
    op.drop_index("ix_articles_source_id_id", table_name="articles")
    op.create_index("ix_posts_account_state", "posts", ["account_id", "state"])
    op.create_index("ix_posts_state_due", "posts", ["state", "next_attempt_at"])

    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.drop_index("ix_posts_next_check_at")
        batch_op.create_index(batch_op.f("ix_posts_next_check_at"), ["next_check_at"], unique=False)
        batch_op.drop_column("traceparent")
        batch_op.drop_column("cleared_at")

    op.drop_index("ix_post_attempts_uploading", table_name="post_attempts")
    op.drop_index("ix_post_attempts_evidence", table_name="post_attempts")
    with op.batch_alter_table("post_attempts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_post_attempts_publish_id"))
        batch_op.drop_column("upload_ended_at")
        batch_op.drop_column("upload_url_encrypted")
        batch_op.drop_column("is_watch_broken")
        batch_op.drop_column("watched_at")
        batch_op.drop_column("evidence")

    with op.batch_alter_table("media_assets", schema=None) as batch_op:
        batch_op.drop_column("cover_ms")
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
    op.drop_table("restorations")
    op.drop_table("metric_counts")
    op.drop_table("call_budgets")
