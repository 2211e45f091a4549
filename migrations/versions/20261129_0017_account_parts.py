"""Tokens, posting settings and pace of an account in tables of their own.

The columns of `accounts` that held them stay for this version, because processes of the version before go on with them
beside this one: triggers keep both places the same, so that whoever refreshes a token, nobody is left with the pair
that TikTok has spent. The next version drops the triggers first (`drop` of each mirror here), then the columns
(`RETIRED` in `app/models.py`).
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.kit.mirror import Mirror

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TEXTS = {"mode": 32, "language": 16, "card_background": 7, "card_text": 7}
_SWITCHES = (
    "enabled", "disable_comment", "disable_duet", "disable_stitch", "auto_add_music", "brand_content_toggle",
    "brand_organic_toggle", "is_aigc", "with_link", "resend_after_no_trace", "post_incomplete", "headline_card",
)  # fmt: skip
_LIMITS = ("title_limit", "description_limit", "caption_limit")
_GIVEN: dict[str, sa.types.TypeEngine[Any]] = {
    **{name: sa.Boolean() for name in _SWITCHES},
    **{name: sa.String(length=length) for name, length in _TEXTS.items()},
    "token_version": sa.Integer(),
    "daily_cap": sa.Integer(),
    "init_gap_seconds": sa.Float(),
}
"""What every row of `accounts` comes with until now, and this version does not give any more."""

_TOKENS = Mirror(
    old="accounts", new="account_tokens", key="account_id", given="token_version",
    columns={"token_version": "version"} | {name: name for name in (
        "access_token_encrypted", "refresh_token_encrypted", "obtained_at", "expires_at", "refresh_expires_at",
        "refresh_due_at", "refresh_lease_until", "refresh_lease_token",
    )},
)  # fmt: skip
_SETTINGS = Mirror(
    old="accounts", new="account_settings", key="account_id", given="enabled",
    columns={name: name for name in (*_SWITCHES, *_TEXTS, "privacy_level", "daily_cap", *_LIMITS)},
)  # fmt: skip
_PACE = Mirror(
    old="accounts", new="account_pace", key="account_id", given="enabled",
    columns={name: name for name in (
        "init_not_before", "init_pause_reason", "init_gap_seconds", "init_gap_since", "learned_daily_cap",
        "learned_daily_cap_at",
    )},
)  # fmt: skip


_MIRRORS = (_TOKENS, _SETTINGS, _PACE)


def upgrade() -> None:
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_accounts_refresh_due_at"))
        for name, kind in _GIVEN.items():
            batch_op.alter_column(name, existing_type=kind, nullable=True)
    _create_tokens()
    _create_settings()
    _create_pace()
    for mirror in _MIRRORS:
        op.execute(mirror.fill())
        for statement in mirror.create(op.get_context().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    for mirror in _MIRRORS:
        for statement in mirror.drop(op.get_context().dialect.name):
            op.execute(statement)
        op.drop_table(mirror.new)
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        for name, kind in _GIVEN.items():
            batch_op.alter_column(name, existing_type=kind, nullable=False)
        batch_op.create_index(op.f("ix_accounts_refresh_due_at"), ["refresh_due_at"])


def _create_tokens() -> None:
    op.create_table(
        "account_tokens",
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("access_token_encrypted", sa.Text(), nullable=True),
        sa.Column("refresh_token_encrypted", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("obtained_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refresh_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refresh_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refresh_lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refresh_lease_token", sa.String(length=64), nullable=True),
        *_belonging_to_an_account("account_tokens"),
    )
    op.create_index(op.f("ix_account_tokens_refresh_due_at"), "account_tokens", ["refresh_due_at"])


def _create_settings() -> None:
    op.create_table(
        "account_settings",
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("mode", sa.String(length=32), nullable=False),
        sa.Column("privacy_level", sa.String(length=64), nullable=True),
        sa.Column("disable_comment", sa.Boolean(), nullable=False),
        sa.Column("disable_duet", sa.Boolean(), nullable=False),
        sa.Column("disable_stitch", sa.Boolean(), nullable=False),
        sa.Column("auto_add_music", sa.Boolean(), nullable=False),
        sa.Column("brand_content_toggle", sa.Boolean(), nullable=False),
        sa.Column("brand_organic_toggle", sa.Boolean(), nullable=False),
        sa.Column("is_aigc", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("daily_cap", sa.Integer(), nullable=False),
        sa.Column("with_link", sa.Boolean(), nullable=False),
        sa.Column("resend_after_no_trace", sa.Boolean(), nullable=False),
        sa.Column("post_incomplete", sa.Boolean(), nullable=False),
        sa.Column("headline_card", sa.Boolean(), nullable=False),
        sa.Column("card_background", sa.String(length=7), nullable=False),
        sa.Column("card_text", sa.String(length=7), nullable=False),
        sa.Column("title_limit", sa.Integer(), nullable=True),
        sa.Column("description_limit", sa.Integer(), nullable=True),
        sa.Column("caption_limit", sa.Integer(), nullable=True),
        *_belonging_to_an_account("account_settings"),
    )


def _create_pace() -> None:
    op.create_table(
        "account_pace",
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("init_not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("init_pause_reason", sa.String(length=64), nullable=True),
        sa.Column("init_gap_seconds", sa.Float(), nullable=False),
        sa.Column("init_gap_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("learned_daily_cap", sa.Integer(), nullable=True),
        sa.Column("learned_daily_cap_at", sa.DateTime(timezone=True), nullable=True),
        *_belonging_to_an_account("account_pace"),
    )


def _belonging_to_an_account(table: str) -> tuple[sa.Constraint, ...]:
    points_to = op.f(f"fk_{table}_account_id_accounts")
    return (
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=points_to, ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id", name=op.f(f"pk_{table}")),
    )
