"""Posts in the order in which they were to go out."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0039"
down_revision: str | None = "0038"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_HAS_TIME = sa.text("scheduled_at IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_posts_scheduled_at", "posts", ["scheduled_at", "id"], sqlite_where=_HAS_TIME, postgresql_where=_HAS_TIME
    )


def downgrade() -> None:
    op.drop_index("ix_posts_scheduled_at", table_name="posts")
