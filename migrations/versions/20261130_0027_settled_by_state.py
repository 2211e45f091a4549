"""Posts of a state by when they were settled: what went out today, and what failed lately."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NAME, _WHERE = "ix_posts_state_finalized_at", "finalized_at IS NOT NULL"


def upgrade() -> None:
    op.create_index(
        _NAME, "posts", ["state", "finalized_at"], sqlite_where=sa.text(_WHERE), postgresql_where=sa.text(_WHERE)
    )


def downgrade() -> None:
    op.drop_index(_NAME, table_name="posts")
