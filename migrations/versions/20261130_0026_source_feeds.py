"""Feeds of sources, what they have shown, and the names that articles have by them and by webhooks."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "source_feeds",
        sa.Column("source_id", sa.String(length=36), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("poll_minutes", sa.Integer(), nullable=False),
        sa.Column("max_age_hours", sa.Integer(), nullable=False),
        sa.Column("baseline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_poll_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.String(length=36), nullable=True),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("last_modified", sa.String(length=200), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("problem_message", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("too_old", sa.Integer(), nullable=False),
        sa.Column("taken_unheard", sa.Integer(), nullable=False),
        sa.Column("unheard_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_poll_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_source_feeds_source_id_sources")),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_source_feeds")),
    )
    with op.batch_alter_table("source_feeds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_source_feeds_next_poll_at"), ["next_poll_at"], unique=False)
    op.create_table(
        "feed_items",
        sa.Column("source_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=512), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("is_too_old", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_feed_items_source_id_sources")),
        sa.PrimaryKeyConstraint("source_id", "key", name=op.f("pk_feed_items")),
    )
    with op.batch_alter_table("feed_items", schema=None) as batch_op:
        batch_op.create_index("ix_feed_items_source_id_address", ["source_id", "address"], unique=False)
        batch_op.create_index(batch_op.f("ix_feed_items_last_seen_at"), ["last_seen_at"], unique=False)
    op.create_table(
        "article_names",
        sa.Column("source_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=512), nullable=False),
        sa.Column("is_by_feed", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_article_names_source_id_sources")),
        sa.PrimaryKeyConstraint("source_id", "name", name=op.f("pk_article_names")),
    )


def downgrade() -> None:
    op.drop_table("article_names")
    op.drop_table("feed_items")
    op.drop_table("source_feeds")
