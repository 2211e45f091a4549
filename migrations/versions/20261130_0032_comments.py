"""The inbox of comments."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.comments.search_index import COMMENT_SEARCH

revision: str = "0032"
down_revision: str | None = "0031"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_IS_FIRST = "parent_comment_id IS NULL AND deleted_at IS NULL"
_PARTIAL = (
    ("ix_comments_ad_id", "comments", ("ad_id", "position"), _IS_FIRST),
    ("ix_comments_assignee_id", "comments", ("assignee_id", "position"), "assignee_id IS NOT NULL"),
    ("ix_comments_hidden", "comments", ("position",), f"{_IS_FIRST} AND status <> 'PUBLIC'"),
    ("ix_comments_inbox", "comments", ("position",), _IS_FIRST),
    ("ix_comments_owner_id", "comments", ("owner_id", "position"), _IS_FIRST),
    ("ix_comments_parent", "comments", ("parent_comment_id", "position"), "parent_comment_id IS NOT NULL"),
    ("ix_comments_state", "comments", ("state", "position"), _IS_FIRST),
    ("ix_comments_waiting", "comments", ("position",), f"{_IS_FIRST} AND state <> 'done'"),
    ("ix_comment_replies_open", "comment_replies", ("created_at",), "state IN ('begun', 'sending', 'unknown')"),
)


def upgrade() -> None:
    op.create_table(
        "canned_replies",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_replies")),
    )
    op.create_table(
        "comment_ads",
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("advertiser_id", sa.String(length=64), nullable=False),
        sa.Column("ad_id", sa.String(length=64), nullable=False),
        sa.Column("adgroup_id", sa.String(length=64), nullable=False),
        sa.Column("ad_name", sa.Text(), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=True),
        sa.Column("operation_status", sa.String(length=64), nullable=False),
        sa.Column("secondary_status", sa.String(length=64), nullable=False),
        sa.Column("is_smart_plus", sa.Boolean(), nullable=False),
        sa.Column("is_gone", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("mode", "advertiser_id", "ad_id", name=op.f("pk_comment_ads")),
    )
    op.create_table(
        "comment_feeds",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_token", sa.String(length=36), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("places_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("words_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_feeds")),
        sa.UniqueConstraint("mode", "source", "owner_id", name="uq_comment_feeds_owner_id"),
    )
    with op.batch_alter_table("comment_feeds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_comment_feeds_next_at"), ["next_at"], unique=False)

    op.create_table(
        "comment_rules",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("negative", sa.Boolean(), nullable=False),
        sa.Column("questions", sa.Boolean(), nullable=False),
        sa.Column("every", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_rules")),
    )
    op.create_table(
        "comments",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("place_id", sa.String(length=64), nullable=False),
        sa.Column("comment_id", sa.String(length=64), nullable=False),
        sa.Column("parent_comment_id", sa.String(length=64), nullable=True),
        sa.Column("ad_id", sa.String(length=64), nullable=True),
        sa.Column("ad_name", sa.Text(), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=True),
        sa.Column("identity_id", sa.String(length=64), nullable=True),
        sa.Column("identity_type", sa.String(length=64), nullable=False),
        sa.Column("author_id", sa.String(length=64), nullable=False),
        sa.Column("author_name", sa.String(length=255), nullable=False),
        sa.Column("avatar_url", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_before", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("likes", sa.Integer(), nullable=False),
        sa.Column("replies", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("hit_word", sa.String(length=255), nullable=True),
        sa.Column("is_blocked", sa.Boolean(), nullable=False),
        sa.Column("is_own", sa.Boolean(), nullable=False),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("assignee_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
        sa.UniqueConstraint("mode", "comment_id", "source", "owner_id", name="uq_comments_comment_id"),
        sa.UniqueConstraint("position", name=op.f("uq_comments_position")),
    )
    op.create_index("ix_comments_owner_id_author_id", "comments", ["owner_id", "author_id"])
    op.create_index("ix_comments_place_id_created_at", "comments", ["place_id", "created_at"])
    op.create_table(
        "comment_replies",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("comment_row_id", sa.String(length=36), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("admin_id", sa.String(length=36), nullable=True),
        sa.Column("caller", sa.String(length=320), nullable=False),
        sa.Column("holder", sa.String(length=36), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply_comment_id", sa.String(length=64), nullable=True),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_row_id"],
            ["comments.id"],
            name=op.f("fk_comment_replies_comment_row_id_comments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_replies")),
        sa.UniqueConstraint("comment_row_id", "fingerprint", "number", name="uq_comment_replies_fingerprint"),
    )
    op.create_index("ix_comment_replies_reply_comment_id", "comment_replies", ["reply_comment_id"])
    op.create_table(
        "comment_sweeps",
        sa.Column("feed_id", sa.String(length=36), nullable=False),
        sa.Column("place_id", sa.String(length=64), nullable=False),
        sa.Column("begins_on", sa.DateTime(timezone=True), nullable=False),
        sa.Column("back_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("newest_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("whole_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deep_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_quiet", sa.Boolean(), nullable=False),
        sa.Column("refusal", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["comment_feeds.id"], name=op.f("fk_comment_sweeps_feed_id_comment_feeds"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("feed_id", "place_id", name=op.f("pk_comment_sweeps")),
    )
    op.create_table(
        "comment_viewers",
        sa.Column("comment_row_id", sa.String(length=36), nullable=False),
        sa.Column("viewer_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=320), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_row_id"],
            ["comments.id"],
            name=op.f("fk_comment_viewers_comment_row_id_comments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("comment_row_id", "viewer_id", name=op.f("pk_comment_viewers")),
    )
    for name, table, columns, where in _PARTIAL:
        op.create_index(name, table, list(columns), sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    connection = op.get_bind()
    COMMENT_SEARCH.make(connection)
    for statement in COMMENT_SEARCH.fill[connection.dialect.name]:
        connection.execute(sa.text(statement))


def downgrade() -> None:
    connection = op.get_bind()
    for statement in COMMENT_SEARCH.drop[connection.dialect.name]:
        connection.execute(sa.text(statement))
    for table in (
        "comment_viewers", "comment_sweeps", "comment_replies", "comments", "comment_rules", "comment_feeds",
        "comment_ads", "canned_replies",
    ):  # fmt: skip
        op.drop_table(table)
