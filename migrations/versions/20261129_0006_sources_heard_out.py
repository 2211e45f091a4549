"""What sources were refused, whether an article was ever to be posted, and the mode in which a post was made."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_COLUMNS = ("id", "state", "state_revision", "is_wanted", "was_live")
_articles = sa.table("articles", *map(sa.column, _COLUMNS))
_posts = sa.table("posts", sa.column("article_id"))


def upgrade() -> None:
    with op.batch_alter_table("articles", schema=None) as batch_op:
        batch_op.add_column(sa.Column("was_live", sa.Boolean(), nullable=False, server_default=sa.false()))
    is_live = sa.and_(
        _articles.c.state == "published", _articles.c.state_revision.is_not(None), _articles.c.is_wanted == sa.true()
    )
    has_posts = sa.exists(sa.select(_posts.c.article_id).where(_posts.c.article_id == _articles.c.id))
    op.execute(sa.update(_articles).where(sa.or_(is_live, has_posts)).values(was_live=sa.true()))
    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("planned_mode", sa.String(length=16), nullable=True))
    op.create_table(
        "source_refusals",
        sa.Column("source_id", sa.String(length=36), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_source_refusals_source_id_sources")),
        sa.PrimaryKeyConstraint("source_id", "code", name=op.f("pk_source_refusals")),
    )


def downgrade() -> None:
    op.drop_table("source_refusals")
    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.drop_column("planned_mode")
    with op.batch_alter_table("articles", schema=None) as batch_op:
        batch_op.drop_column("was_live")
