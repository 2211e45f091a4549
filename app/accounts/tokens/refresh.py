"""The one place where tokens are refreshed: one call per account at a time, however many ask.

TikTok rotates refresh tokens (seen November 2026): two refreshes side by side would lock the account out. So whoever
refreshes holds a lease in the account's row, and stores the answer only over the version that it replaces.
"""

import asyncio
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from app.accounts.errors import (
    AccountNeedsReconnect,
    RefreshUnavailable,
)
from app.accounts.models import Account, AccountState
from app.accounts.queries import get_account
from app.accounts.states import check_usable, mark_reconnect
from app.accounts.tokens import vault
from app.accounts.tokens.credentials import tiktok_client
from app.errors import AppError, TransientError
from app.kit.clock import utcnow
from app.kit.failpoints import reach
from app.kit.ids import new_token
from app.resources import Resources
from app.tiktok.client import TikTokClient
from app.tiktok.errors import OAuthRefused, ReconnectNeeded, TikTokUnavailable
from app.tiktok.models import TokenGrant

log = structlog.get_logger(__name__)

# Two calls of 30 s each and the time to store: after that the holder is taken for dead.
_LEASE = timedelta(seconds=90)
_LONGEST_WAIT = 15.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.03, 0.5
_AFTER_MISCONFIGURATION = timedelta(minutes=10)
_STORE_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)

_under_way: set[asyncio.Task[None]] = set()


@dataclass(frozen=True, slots=True)
class _Lease:
    account: Account
    token: str

    @property
    def version(self) -> int:
        return self.account.token_version


async def refresh_account(resources: Resources, account_id: str, *, stale_version: int | None = None) -> None:
    """Replace the pair of `stale_version` (default: today's). Returns at once where that was done already.

    Raises AccountNeedsReconnect, AccountDisconnected, TokensUnreadable, NotConfigured, OAuthRefused for a wrong client
    secret, and RefreshUnavailable for what passes by itself.
    """
    first: Account | None = None
    pause = _FIRST_PAUSE
    give_up_at = asyncio.get_running_loop().time() + _LONGEST_WAIT
    while True:
        async with resources.read() as session:
            account = await get_account(session, account_id)
        check_usable(account)
        first = first or account
        stale_version = account.token_version if stale_version is None else stale_version
        if account.token_version != stale_version:
            return
        if account.refresh_due_at != first.refresh_due_at:
            raise RefreshUnavailable  # Somebody has tried since and failed: one more try by each who waits is a herd.
        lease = await _claim(resources, account)
        if lease is not None:
            await _finish(_refresh(resources, lease))
            return
        if asyncio.get_running_loop().time() > give_up_at:
            raise RefreshUnavailable
        await asyncio.sleep(pause * random.uniform(0.7, 1.3))  # noqa: S311 - spreads load, hides nothing
        pause = min(pause * 1.6, _LONGEST_PAUSE)


async def settle_refreshes(seconds: float) -> None:
    """Let refreshes that are under way store their answer before the process ends: the old token is spent."""
    if _under_way:
        await asyncio.wait(set(_under_way), timeout=seconds)


async def _claim(resources: Resources, account: Account) -> _Lease | None:
    now, token = utcnow(), new_token()
    if account.refresh_lease_until is not None and account.refresh_lease_until >= now:
        return None
    free = sa.or_(col(Account.refresh_lease_until).is_(None), col(Account.refresh_lease_until) < now)
    async with resources.transaction() as session:
        claimed = await session.exec(
            sa.update(Account)
            .where(
                col(Account.id) == account.id,
                col(Account.token_version) == account.token_version,
                col(Account.state) == AccountState.connected,
                col(Account.refresh_due_at).is_not_distinct_from(account.refresh_due_at),
                free,
            )
            .values(refresh_lease_until=now + _LEASE, refresh_lease_token=token)
        )
    return _Lease(account, token) if claimed.rowcount == 1 else None


async def _finish(work: Any) -> None:
    """Run to the end even when the caller is cancelled: an answer that is not stored locks the account out."""
    task: asyncio.Task[None] = asyncio.create_task(work)
    _under_way.add(task)
    task.add_done_callback(_forget)
    await asyncio.shield(task)


def _forget(task: asyncio.Task[None]) -> None:
    _under_way.discard(task)
    if not task.cancelled():
        task.exception()  # Looked at, so that an abandoned failure is not reported a second time.


async def _refresh(resources: Resources, lease: _Lease) -> None:
    account = lease.account
    try:
        client = await tiktok_client(resources)
        refresh_token = vault.open_refresh_token(resources.keyring, account)
        asked_at = utcnow()
        answer = await _ask(client, refresh_token)
    except ReconnectNeeded as error:
        await _give_up(resources, lease, error)
    except TransientError as error:
        await _release(resources, lease, due_at=_next_try(account))
        log.info("refresh_postponed", account_id=account.id, error=error.code, log_id=error.log_id)
        raise RefreshUnavailable(error.message, log_id=error.log_id, retry_after=error.retry_after) from error
    except AppError as error:
        await _release(resources, lease, due_at=utcnow() + _AFTER_MISCONFIGURATION)
        log.warning("refresh_misconfigured", account_id=account.id, error=error.code)
        raise
    else:
        reach("refresh.answered")
        await _store(resources, lease, client, answer, asked_at)


async def _ask(client: TikTokClient, refresh_token: str) -> TokenGrant:
    """Ask for a new pair. When the answer is lost, ask once more: the first try may not have arrived."""
    try:
        return await client.refresh_token(refresh_token)
    except TikTokUnavailable as error:
        if error.is_unsent:
            raise
    return await client.refresh_token(refresh_token)


async def _store(
    resources: Resources, lease: _Lease, client: TikTokClient, answer: TokenGrant, asked_at: datetime
) -> None:
    account = lease.account
    scopes = answer.scopes or tuple(account.scopes)
    grant = vault.read_grant(answer, scopes=scopes, asked_at=asked_at)
    if await _store_surely(resources, lease, grant):
        log.info("token_refreshed", account_id=account.id, expires_in=answer.expires_in)
        return
    async with resources.read() as session:
        now = await get_account(session, account.id)
    if now.state is AccountState.disconnected:
        # Disconnected while we asked: the fresh pair must not stay alive.
        await client.revoke_token(answer.access_token)


async def _store_surely(resources: Resources, lease: _Lease, grant: vault.Grant) -> bool:
    """Store the pair, however long the database takes to come back within the lease: TikTok has spent the old one."""
    for pause in _STORE_PAUSES:
        try:
            return await _try_store(resources, lease, grant)
        except (DBAPIError, OSError) as error:
            log.warning("token_not_stored_yet", account_id=lease.account.id, error=type(error).__name__)
            await asyncio.sleep(pause)
    return await _try_store(resources, lease, grant)


async def _try_store(resources: Resources, lease: _Lease, grant: vault.Grant) -> bool:
    async with resources.transaction() as session:
        return await vault.store_pair(
            session, resources.keyring, lease.account.id, grant, expected_version=lease.version
        )


async def _give_up(resources: Resources, lease: _Lease, error: OAuthRefused) -> None:
    """TikTok does not accept the refresh token. That is final, unless somebody else has stored a new pair meanwhile."""
    account_id = lease.account.id
    async with resources.transaction() as session:
        is_marked = await mark_reconnect(session, account_id, error.code, expected_version=lease.version)
    if is_marked:
        log.info("refresh_refused", account_id=account_id, vendor_code=error.vendor_code, log_id=error.log_id)
        raise AccountNeedsReconnect
    async with resources.read() as session:
        check_usable(await get_account(session, account_id))


async def _release(resources: Resources, lease: _Lease, *, due_at: datetime) -> None:
    async with resources.transaction() as session:
        await session.exec(
            sa.update(Account)
            .where(col(Account.id) == lease.account.id, col(Account.refresh_lease_token) == lease.token)
            .values(refresh_lease_until=None, refresh_lease_token=None, refresh_due_at=due_at)
        )


def _next_try(account: Account) -> datetime:
    """Try a tenth of what is left of the access token from now: between half a minute and ten minutes."""
    now = utcnow()
    left = (account.expires_at or now) - now
    pause = min(max(left / 10, timedelta(seconds=30)), timedelta(minutes=10))
    return now + pause * random.uniform(1.0, 1.3)  # noqa: S311 - spreads load, hides nothing
