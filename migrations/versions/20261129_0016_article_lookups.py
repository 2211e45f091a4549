"""What is to be asked of a CMS, and the token with which a source asks."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.add_column(sa.Column("read_token_encrypted", sa.Text(), nullable=True))
    op.create_table(
        "article_lookups",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("source_id", sa.String(length=36), nullable=False),
        sa.Column("external_id", sa.String(length=512), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("named", sa.JSON(), nullable=False),
        sa.Column("revision", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivery_id", sa.String(length=255), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_article_lookups_source_id_sources")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_lookups")),
        sa.UniqueConstraint("source_id", "external_id", name=op.f("uq_article_lookups_source_id_external_id")),
    )
    with op.batch_alter_table("article_lookups", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_article_lookups_next_attempt_at"), ["next_attempt_at"], unique=False)


def downgrade() -> None:
    op.drop_table("article_lookups")
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.drop_column("read_token_encrypted")
