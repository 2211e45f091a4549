"""consents to the very words and pictures, one-time links to sign off by, who looks at a post, what was read

Revision ID: 0020
Revises: 0019
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "post_consents",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("post_id", sa.String(length=36), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("given_by", sa.String(length=320), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("link_id", sa.String(length=36), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_message", sa.JSON(), nullable=True),
        _of_a_post("post_consents"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_consents")),
    )
    op.create_index(op.f("ix_post_consents_post_id"), "post_consents", ["post_id"])
    op.create_table(
        "sign_off_links",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("post_id", sa.String(length=36), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.String(length=320), nullable=False),
        sa.Column("made_for", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_for", sa.String(length=32), nullable=True),
        _of_a_post("sign_off_links"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_off_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_off_links_token_hash")),
    )
    op.create_index(op.f("ix_sign_off_links_post_id"), "sign_off_links", ["post_id"])
    op.create_index(op.f("ix_sign_off_links_expires_at"), "sign_off_links", ["expires_at"])
    op.create_table(
        "post_viewers",
        sa.Column("post_id", sa.String(length=36), nullable=False),
        sa.Column("viewer_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=320), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        _of_a_post("post_viewers"),
        sa.PrimaryKeyConstraint("post_id", "viewer_id", name=op.f("pk_post_viewers")),
    )
    op.create_index(op.f("ix_post_viewers_until"), "post_viewers", ["until"])
    op.create_table(
        "notification_readings",
        sa.Column("admin_id", sa.String(length=36), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["admin_id"], ["admins.id"], name=op.f("fk_notification_readings_admin_id_admins"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("admin_id", name=op.f("pk_notification_readings")),
    )
    op.add_column("sources", sa.Column("silent_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("sources", "silent_since")
    for table in ("notification_readings", "post_viewers", "sign_off_links", "post_consents"):
        op.drop_table(table)


def _of_a_post(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["post_id"], ["posts.id"], name=op.f(f"fk_{table}_post_id_posts"), ondelete="CASCADE"
    )
