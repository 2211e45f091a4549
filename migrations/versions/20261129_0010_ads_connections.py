"""The ads desk: consents of advertisers with their tokens, the ad accounts that they open, and who works on which."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "ads_connections",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("core_user_id", sa.String(length=64), nullable=True),
        sa.Column("display_name", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("advertiser_ids", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("state_reason", sa.String(length=64), nullable=True),
        sa.Column("admin_id", sa.String(length=36), nullable=True),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ads_connections")),
    )
    op.create_index(op.f("ix_ads_connections_core_user_id"), "ads_connections", ["core_user_id"])
    op.create_index(op.f("ix_ads_connections_state"), "ads_connections", ["state"])
    op.create_table(
        "ads_tokens",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("access_token_encrypted", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ads_tokens")),
    )
    op.create_table(
        "ads_advertisers",
        sa.Column("advertiser_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=16), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("country", sa.String(length=16), nullable=False),
        sa.Column("balance", sa.String(length=64), nullable=True),
        sa.Column("bc_id", sa.String(length=64), nullable=True),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("advertiser_id", name=op.f("pk_ads_advertisers")),
    )
    op.create_table(
        "ads_grants",
        sa.Column("connection_id", sa.String(length=36), nullable=False),
        sa.Column("advertiser_id", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=True),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "advertiser_id", "mode", name=op.f("pk_ads_grants")),
    )
    op.create_index(op.f("ix_ads_grants_advertiser_id"), "ads_grants", ["advertiser_id"])
    op.create_table(
        "ads_current",
        sa.Column("admin_id", sa.String(length=36), nullable=False),
        sa.Column("advertiser_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("admin_id", name=op.f("pk_ads_current")),
    )
    op.create_table(
        "ads_hops",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("binding_hash", sa.String(length=64), nullable=False),
        sa.Column("admin_id", sa.String(length=36), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ads_hops")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_ads_hops_state_hash")),
    )
    op.create_index(op.f("ix_ads_hops_expires_at"), "ads_hops", ["expires_at"])


def downgrade() -> None:
    for table in ("ads_hops", "ads_current", "ads_grants", "ads_advertisers", "ads_tokens", "ads_connections"):
        op.drop_table(table)
