"""Which articles of a source go out, whom its rules left out, and who wrote an article."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0029"
down_revision: str | None = "0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("sources", sa.Column("rules", sa.JSON(), nullable=False, server_default=sa.text("'{}'")))
    op.add_column("articles", sa.Column("authors", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column("articles", sa.Column("left_out", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("articles", "left_out")
    op.drop_column("articles", "authors")
    op.drop_column("sources", "rules")
