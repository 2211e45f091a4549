<%!
def tidy(body):
    lines = [line for line in (body or "pass").splitlines() if not line.strip().startswith("# ###")]
    return "\n".join(lines).strip()
%>\
"""${message[:1].upper()}${message[1:]}."""

# ruff: noqa: PLR0915

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision: str = ${repr(up_revision)}
down_revision: str | None = ${repr(down_revision)}
branch_labels: str | Sequence[str] | None = ${repr(branch_labels)}
depends_on: str | Sequence[str] | None = ${repr(depends_on)}


def upgrade() -> None:
    ${tidy(upgrades)}


def downgrade() -> None:
    ${tidy(downgrades)}
