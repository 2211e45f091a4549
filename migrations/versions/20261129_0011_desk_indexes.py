"""What the desk looks for: posts that ended in some days, and those that want a look."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INDEXES = (
    ("ix_posts_finalized_at", ["finalized_at", "account_id", "state"], "finalized_at IS NOT NULL"),
    ("ix_posts_alert", ["id"], "alert IS NOT NULL"),
)


def upgrade() -> None:
    for name, columns, where in _INDEXES:
        op.create_index(name, "posts", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name, _, _ in reversed(_INDEXES):
        op.drop_index(name, table_name="posts")
