"""How often posts are seen, and when TikTok is asked next."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_FIGURES = ("views", "likes", "comments", "shares")
_DUE = "figures_due_at IS NOT NULL"


def upgrade() -> None:
    op.create_table(
        "post_figures",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("post_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in _FIGURES),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_post_figures_post_id_posts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_figures")),
    )
    op.create_index(op.f("ix_post_figures_post_id"), "post_figures", ["post_id"])
    op.add_column("posts", sa.Column("figures_due_at", sa.DateTime(timezone=True), nullable=True))
    for name in _FIGURES:
        op.add_column("posts", sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_posts_figures_due_at", "posts", ["figures_due_at"],
        sqlite_where=sa.text(_DUE), postgresql_where=sa.text(_DUE),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_posts_figures_due_at", table_name="posts")
    for name in reversed(_FIGURES):
        op.drop_column("posts", name)
    op.drop_column("posts", "figures_due_at")
    op.drop_table("post_figures")
