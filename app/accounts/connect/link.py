"""Giving an account its tokens, and taking back those that nobody wants."""

from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.holds import forget_cap
from app.accounts.models import Account, AccountKind, AccountPace, AccountSettings, AccountState, PublishMode
from app.accounts.queries import get_account
from app.accounts.tokens import vault
from app.accounts.tokens.clients import app_client
from app.accounts.tokens.pairs import add_pair, read_tokens, store_pair
from app.errors import AppError, Conflict
from app.jobs import enqueue
from app.kit.clock import utcnow
from app.kit.crypto import Keyring
from app.kit.ids import new_id
from app.messages import access
from app.resources import Resources

log = structlog.get_logger(__name__)

_TRIES = 5


class RacedError(Exception):
    """Somebody else has stored tokens for this account in the same moment: look again."""


async def link_account(
    resources: Resources, open_id: str, grant: vault.Grant, *, kind: AccountKind = AccountKind.creator
) -> str:
    """Make the account of `open_id`, or connect it anew; return its id."""
    for _ in range(_TRIES):
        try:
            async with resources.transaction() as session:
                return await link_in(session, resources.keyring, open_id, grant, kind=kind)
        except (RacedError, IntegrityError):
            continue
    raise Conflict(access.CONNECTED_ELSEWHERE)


async def link_in(
    session: AsyncSession,
    keyring: Keyring,
    open_id: str,
    grant: vault.Grant,
    *,
    kind: AccountKind = AccountKind.creator,
    **profile: Any,
) -> str:
    """Do the same inside a transaction. Raises RacedError, or IntegrityError, when the caller must begin anew."""
    dates = {"connected_at": utcnow(), "updated_at": utcnow()}
    # Locked: of two connections at once the second waits, and then replaces the pair of the first. key_share: the posts
    # of articles that come in meanwhile refer to the account, and need not wait.
    mine = select(Account.id).where(Account.open_id == open_id)
    found = (await session.exec(mine.with_for_update(key_share=True))).first()
    if found is None:
        account_id = new_id()
        mode = _fit_mode(PublishMode.direct, grant.scopes)
        parts = {"settings": AccountSettings(mode=mode), "pace": AccountPace()}
        columns: dict[str, Any] = {"kind": kind, "scopes": list(grant.scopes), **parts, **profile, **dates}
        session.add(Account(id=account_id, open_id=open_id, **columns))
        await session.flush()
        await add_pair(session, keyring, account_id, grant)
        _let_comments_be_read(session, kind)
        log.info("account_connected", account_id=account_id, kind=kind, scopes=list(grant.scopes))
        return account_id
    account = await get_account(session, found)
    return await connect_anew(session, keyring, account, grant, {**profile, **dates, "kind": kind})


async def connect_anew(
    session: AsyncSession, keyring: Keyring, account: Account, grant: vault.Grant, columns: dict[str, Any]
) -> str:
    """Give an account that is locked another pair, and these columns. Raises RacedError."""
    version = (await read_tokens(session, account.id)).version
    if not await store_pair(session, keyring, account.id, grant, expected_version=version):
        raise RacedError
    mode = _fit_mode(account.settings.mode, grant.scopes)
    await forget_cap(session, account, mode)
    await session.exec(
        sa.update(AccountSettings).where(col(AccountSettings.account_id) == account.id).values(mode=mode)
    )
    await session.exec(sa.update(Account).where(col(Account.id) == account.id).values(**columns))
    _let_comments_be_read(session, columns.get("kind", account.kind))
    log.info("account_reconnected", account_id=account.id, scopes=list(grant.scopes), mode=mode)
    return account.id


def _let_comments_be_read(session: AsyncSession, kind: AccountKind) -> None:
    if kind is AccountKind.business:
        # Without it the comments under its posts are read from the next look for accounts on, within five minutes.
        enqueue(session, "comments.find_feeds")


async def revoke_unused(resources: Resources, kind: AccountKind, open_id: str, access_token: str) -> bool:
    """Tell TikTok that this permission is not wanted; false where it could not be told.

    TikTok ends the whole permission of a creator for this app, not one token: so nothing is revoked where a connected
    account lives on it.
    """
    query = select(Account.id).where(Account.open_id == open_id, Account.state == AccountState.connected)
    async with resources.read() as session:
        if (await session.exec(query)).first() is not None:
            return True
    return await revoke(resources, kind, open_id, access_token)


async def revoke(resources: Resources, kind: AccountKind, open_id: str, access_token: str) -> bool:
    """Tell TikTok to end a permission; false where it could not be told."""
    try:
        client = await app_client(resources, kind, open_id)
        await client.revoke_token(access_token)
    except AppError as error:
        log.warning("revoke_failed", error=error.code)
        return False
    return True


def _fit_mode(mode: PublishMode, scopes: tuple[str, ...]) -> PublishMode:
    """Keep the mode where the granted scopes allow it; else the other way, and never one that posts unasked."""
    if mode is PublishMode.inbox:
        return mode if "video.upload" in scopes else PublishMode.approve
    return mode if "video.publish" in scopes else PublishMode.inbox
