"""What a report's file leaves out, because it was bought the other way."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0045"
down_revision: str | None = "0044"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("ads_reports", sa.Column("not_included", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("ads_reports", "not_included")
