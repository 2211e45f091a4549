"""The ads desk: published posts boosted as Spark ads, and the steps of each."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0034"
down_revision: str | None = "0033"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "ads_boosts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("post_id", sa.String(length=36), nullable=False),
        sa.Column("article_id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("advertiser_id", sa.String(length=64), nullable=False),
        sa.Column("admin_id", sa.String(length=36), nullable=True),
        sa.Column("open_key", sa.String(length=128), nullable=True),
        sa.Column("title", sa.String(length=512), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("is_video", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.String(length=16), nullable=False),
        sa.Column("budget", sa.String(length=32), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("objective_type", sa.String(length=64), nullable=False),
        sa.Column("call_to_action", sa.String(length=64), nullable=True),
        sa.Column("landing_page_url", sa.Text(), nullable=True),
        sa.Column("location_ids", sa.JSON(), nullable=False),
        sa.Column("max_spend", sa.String(length=32), nullable=True),
        sa.Column("max_hours", sa.Integer(), nullable=True),
        sa.Column("max_bad_comments", sa.Integer(), nullable=True),
        sa.Column("bad_words", sa.JSON(), nullable=False),
        sa.Column("code_encrypted", sa.Text(), nullable=True),
        sa.Column("code_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_code_end_told", sa.Boolean(), nullable=False),
        sa.Column("identity_id", sa.String(length=64), nullable=True),
        sa.Column("identity_type", sa.String(length=32), nullable=True),
        sa.Column("campaign_id", sa.String(length=64), nullable=True),
        sa.Column("adgroup_id", sa.String(length=64), nullable=True),
        sa.Column("ad_id", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("trouble", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("figures", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("figures_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bad_comments", sa.Integer(), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=36), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ads_boosts")),
        sa.UniqueConstraint("open_key", name=op.f("uq_ads_boosts_open_key")),
    )
    op.create_index(op.f("ix_ads_boosts_advertiser_id"), "ads_boosts", ["advertiser_id"])
    op.create_index(op.f("ix_ads_boosts_article_id"), "ads_boosts", ["article_id"])
    op.create_index(op.f("ix_ads_boosts_next_at"), "ads_boosts", ["next_at"])
    op.create_index(op.f("ix_ads_boosts_post_id"), "ads_boosts", ["post_id"])
    op.create_index(op.f("ix_ads_boosts_state"), "ads_boosts", ["state"])
    op.create_table(
        "ads_boost_steps",
        sa.Column("boost_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=20), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result_id", sa.String(length=64), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("boost_id", "position", name=op.f("pk_ads_boost_steps")),
        sa.ForeignKeyConstraint(
            ["boost_id"], ["ads_boosts.id"], name=op.f("fk_ads_boost_steps_boost_id_ads_boosts"), ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("ads_boost_steps")
    op.drop_table("ads_boosts")
