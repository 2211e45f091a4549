"""What is held back while TikTok refuses the address of our media, and who is told of it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0048"
down_revision: str | None = "0047"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TOLD, _ALSO = "post.failed", "media.refused"
_ENDPOINTS = sa.table("notification_endpoints", sa.column("id", sa.String), sa.column("events", sa.JSON))


def upgrade() -> None:
    op.create_table(
        "media_holds",
        sa.Column("portal", sa.String(length=16), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("client_key", sa.String(length=128), nullable=False),
        sa.Column("held_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("probe_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("probe_post_id", sa.String(length=36), nullable=True),
        sa.Column("probes", sa.Integer(), nullable=False),
        sa.Column("log_id", sa.String(length=128), nullable=True),
        sa.PrimaryKeyConstraint("portal"),
    )
    # Such a refusal failed each post, and whoever listened to that was told.
    for endpoint_id, events in _list_endpoints():
        if _TOLD in events and _ALSO not in events:
            _listen(endpoint_id, [*events, _ALSO])


def downgrade() -> None:
    for endpoint_id, events in _list_endpoints():
        if _ALSO in events:
            _listen(endpoint_id, [name for name in events if name != _ALSO])
    op.drop_table("media_holds")


def _list_endpoints() -> list[tuple[str, list[str]]]:
    rows = op.get_bind().execute(sa.select(_ENDPOINTS.c.id, _ENDPOINTS.c.events))
    return [(row.id, row.events) for row in rows]


def _listen(endpoint_id: str, events: list[str]) -> None:
    mine = _ENDPOINTS.c.id == endpoint_id
    op.get_bind().execute(sa.update(_ENDPOINTS).where(mine).values(events=events))
