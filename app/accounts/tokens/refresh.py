"""The one place where tokens are refreshed: one call per account at a time, however many ask.

TikTok rotates refresh tokens (seen November 2026): two refreshes side by side would lock the account out. So whoever
refreshes holds a lease in the row of the tokens, and stores the answer only over the version that it replaces.
"""

import asyncio
import random
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.errors import (
    AccountNeedsReconnect,
    RefreshUnavailable,
)
from app.accounts.models import Account, AccountState, AccountTokens
from app.accounts.queries import get_account
from app.accounts.states import check_usable
from app.accounts.tokens import vault
from app.accounts.tokens.clients import AccountClient, app_client
from app.accounts.tokens.pairs import NO_LEASE, read_tokens, store_pair, write_tokens
from app.accounts.tokens.reconnect import mark_reconnect
from app.errors import AppError, TransientError
from app.kit.clock import utcnow
from app.kit.failpoints import reach
from app.kit.ids import new_token
from app.resources import Resources
from app.tiktok.errors import OAuthRefused, ReconnectNeeded, TikTokUnavailable
from app.tiktok.models import TokenGrant

log = structlog.get_logger(__name__)

# Two calls of 30 s each and the time to store: after that the holder is taken for dead.
_LEASE = timedelta(seconds=90)
_LONGEST_WAIT = 15.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.03, 0.5
_AFTER_MISCONFIGURATION = timedelta(minutes=10)
_STORE_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)


class _UnderWay:
    """The refreshes of this process."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[None]] = set()

    def add(self, task: asyncio.Task[None]) -> None:
        self.tasks.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled():
            task.exception()  # Looked at, so that an abandoned failure is not reported a second time.


@dataclass(frozen=True, slots=True)
class _Lease:
    account: Account
    tokens: AccountTokens = field(repr=False)
    key: str = field(repr=False)

    @property
    def version(self) -> int:
        return self.tokens.version


async def refresh_account(resources: Resources, account_id: str, *, stale_version: int | None = None) -> None:
    """Replace the pair of `stale_version` (default: today's). Returns at once where that was done already.

    Raises AccountNeedsReconnect, AccountDisconnected, TokensUnreadable, NotConfigured, OAuthRefused for a wrong client
    secret, and RefreshUnavailable for what passes by itself.
    """
    first: AccountTokens | None = None
    pause = _FIRST_PAUSE
    give_up_at = asyncio.get_running_loop().time() + _LONGEST_WAIT
    while True:
        async with resources.read() as session:
            account = await get_account(session, account_id)
            tokens = await read_tokens(session, account_id)
        check_usable(account)
        first = first or tokens
        stale_version = tokens.version if stale_version is None else stale_version
        if tokens.version != stale_version:
            return
        if tokens.refresh_due_at != first.refresh_due_at:
            raise RefreshUnavailable  # Somebody has tried since and failed: one more try by each who waits is a herd.
        lease = await claim(resources, account, tokens)
        if lease is not None:
            await _finish(resources, _refresh(resources, lease))
            return
        if asyncio.get_running_loop().time() > give_up_at:
            raise RefreshUnavailable
        await asyncio.sleep(pause * random.uniform(0.7, 1.3))  # noqa: S311 - spreads load, hides nothing
        pause = min(pause * 1.6, _LONGEST_PAUSE)


async def settle_refreshes(resources: Resources, seconds: float) -> None:
    """Let refreshes that are under way store their answer before the process ends: the old token is spent."""
    if tasks := set(resources.parts.of(_UnderWay).tasks):
        await asyncio.wait(tasks, timeout=seconds)


async def list_due(session: AsyncSession, now: datetime, *, most: int) -> list[str]:
    """List the connected accounts whose token has lived half its life, and that nobody refreshes now."""
    due = (Account.state == AccountState.connected, col(AccountTokens.refresh_due_at) <= now, _is_free(now))
    query = select(AccountTokens.account_id).join(Account, col(Account.id) == col(AccountTokens.account_id)).where(*due)
    return list((await session.exec(query.order_by(col(AccountTokens.refresh_due_at)).limit(most))).all())


async def refresh_if_due(resources: Resources, account_id: str) -> None:
    """Refresh a token where nobody has done so since it was found due. Raises what `refresh_account` raises."""
    query = select(Account.state).where(Account.id == account_id)
    async with resources.read() as session:
        is_connected = (await session.exec(query)).first() is AccountState.connected
        tokens = await read_tokens(session, account_id)
    if is_connected and tokens.refresh_due_at is not None and tokens.refresh_due_at <= utcnow():
        await refresh_account(resources, account_id, stale_version=tokens.version)


async def claim(resources: Resources, account: Account, tokens: AccountTokens) -> _Lease | None:
    """Take the lease of 90 seconds for the refresh of this very pair; None where another has it, or was faster."""
    now, key = utcnow(), new_token()
    if tokens.refresh_lease_until is not None and tokens.refresh_lease_until >= now:
        return None
    is_connected = sa.exists().where(col(Account.id) == account.id, col(Account.state) == AccountState.connected)
    async with resources.transaction() as session:
        is_claimed = await write_tokens(
            session,
            account.id,
            col(AccountTokens.version) == tokens.version,
            col(AccountTokens.refresh_due_at).is_not_distinct_from(tokens.refresh_due_at),
            _is_free(now),
            is_connected,
            refresh_lease_until=now + _LEASE,
            refresh_lease_token=key,
        )
    return _Lease(account, tokens, key) if is_claimed else None


def _is_free(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(col(AccountTokens.refresh_lease_until).is_(None), col(AccountTokens.refresh_lease_until) < now)


async def _finish(resources: Resources, work: Coroutine[Any, Any, None]) -> None:
    """Run to the end even when the caller is cancelled: an answer that is not stored locks the account out."""
    task = asyncio.create_task(work)
    resources.parts.of(_UnderWay).add(task)
    await asyncio.shield(task)


async def _refresh(resources: Resources, lease: _Lease) -> None:
    account = lease.account
    try:
        client = await app_client(resources, account.kind, account.open_id)
        refresh_token = vault.open_refresh_token(resources.keyring, lease.tokens)
        asked_at = utcnow()
        answer = await ask_for_pair(client, refresh_token)
    except ReconnectNeeded as error:
        await _give_up(resources, lease, error)
    except TransientError as error:
        await _release(resources, lease, due_at=_next_try(lease.tokens))
        log.info("refresh_postponed", account_id=account.id, error=error.code, log_id=error.log_id)
        raise RefreshUnavailable(error.message, log_id=error.log_id, retry_after=error.retry_after) from error
    except AppError as error:
        await _release(resources, lease, due_at=utcnow() + _AFTER_MISCONFIGURATION)
        log.warning("refresh_misconfigured", account_id=account.id, error=error.code)
        raise
    else:
        reach("refresh.answered")
        await _store(resources, lease, client, answer, asked_at)


async def ask_for_pair(client: AccountClient, refresh_token: str) -> TokenGrant:
    """Ask for a new pair. When the answer is lost, ask once more: the first try may not have arrived."""
    try:
        return await client.refresh_token(refresh_token)
    except TikTokUnavailable as error:
        if error.is_unsent:
            raise
    return await client.refresh_token(refresh_token)


async def _store(
    resources: Resources, lease: _Lease, client: AccountClient, answer: TokenGrant, asked_at: datetime
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
        return await store_pair(session, resources.keyring, lease.account.id, grant, expected_version=lease.version)


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
        is_ours = col(AccountTokens.refresh_lease_token) == lease.key
        await write_tokens(session, lease.account.id, is_ours, **NO_LEASE, refresh_due_at=due_at)


def _next_try(tokens: AccountTokens) -> datetime:
    """Try a tenth of what is left of the access token from now: between half a minute and ten minutes."""
    now = utcnow()
    left = (tokens.expires_at or now) - now
    pause = min(max(left / 10, timedelta(seconds=30)), timedelta(minutes=10))
    return now + pause * random.uniform(1.0, 1.3)  # noqa: S311 - spreads load, hides nothing
