"""Disconnecting an account: TikTok is told, and our copy of the tokens is gone whatever it says."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.connect.link import revoke
from app.accounts.errors import TokensUnreadable
from app.accounts.models import Account, AccountState
from app.accounts.queries import get_account
from app.accounts.states import announce_account
from app.accounts.tokens.access import access_token, stored_token
from app.accounts.tokens.pairs import forget_pair, has_pair
from app.audit.record import record
from app.errors import AppError
from app.kit.clock import utcnow
from app.messages import access
from app.outbox.models import EventType
from app.resources import Resources

log = structlog.get_logger(__name__)

REMOVED = "removed_at_tiktok_"
"""An account's `state_reason` begins so where TikTok told of the end of the permission; TikTok's number follows."""


@dataclass(frozen=True, slots=True)
class Disconnection:
    account: Account
    is_revoked: bool
    detail: str


async def disconnect_account(resources: Resources, account_id: str) -> Disconnection:
    """Revoke at TikTok and forget the tokens. The account's row and settings stay, for its posts and for later."""
    async with resources.read() as session:
        account = await get_account(session, account_id)
        had_tokens = await has_pair(session, account_id)
    is_revoked = had_tokens and await _revoke(resources, account)
    async with resources.transaction() as session:
        await forget_pair(session, account_id)
        await session.exec(
            sa.update(Account)
            .where(col(Account.id) == account_id)
            .values(state=AccountState.disconnected, state_reason="disconnected_by_admin", updated_at=utcnow())
        )
        record(session, "account.disconnected", object_kind="account", object_id=account_id,
               object_name=account.display_name, after={"revoked": is_revoked})  # fmt: skip
        if account.state is not AccountState.disconnected:
            await announce_account(session, account_id, EventType.account_disconnected, "disconnected_by_admin")
    log.info("account_disconnected", account_id=account_id, revoked=is_revoked)
    async with resources.read() as session:
        account = await get_account(session, account_id)
    detail = (access.REVOKED if is_revoked else access.NOT_REVOKED) if had_tokens else access.NOTHING_TO_REVOKE
    return Disconnection(account, is_revoked, detail)


async def note_removal(session: AsyncSession, account: Account, reason: str | None, occurred_at: datetime) -> bool:
    """TikTok says that the permission was taken back at this time: forget the tokens, unless a newer one was given.

    `reason` is TikTok's number. False where the account is disconnected already, or was connected anew since.
    """
    removed = await session.exec(
        sa.update(Account)
        .where(
            col(Account.id) == account.id,
            col(Account.state) != AccountState.disconnected,
            # TikTok's times are whole seconds, cut off. In doubt the account stays: TikTok refuses a dead token anyway.
            col(Account.connected_at) <= occurred_at,
        )
        .values(state=AccountState.disconnected, state_reason=f"{REMOVED}{reason or '0'}"[:64], updated_at=utcnow())
    )
    if removed.rowcount != 1:
        return False
    await forget_pair(session, account.id)
    await announce_account(session, account.id, EventType.account_disconnected, f"{REMOVED}{reason or '0'}"[:64])
    log.warning("account_removed_at_tiktok", account_id=account.id, reason=reason)
    return True


async def _revoke(resources: Resources, account: Account) -> bool:
    try:
        # TikTok takes only a living token; one that is over is renewed for this last call.
        token = await access_token(resources, account.id, min_life=5)
    except AppError:
        try:
            token = await stored_token(resources, account.id)
        except TokensUnreadable:
            return False
    return await revoke(resources, account.kind, account.open_id, token)
