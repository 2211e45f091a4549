"""Tokens for those who call TikTok."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.errors import AccountNeedsReconnect, TokensUnreadable
from app.accounts.models import Account, AccountKind, AccountTokens
from app.accounts.queries import get_account
from app.accounts.states import check_usable
from app.accounts.tokens import vault
from app.accounts.tokens.clients import AccountClient, bearer_client
from app.accounts.tokens.pairs import read_tokens
from app.accounts.tokens.reconnect import mark_reconnect
from app.accounts.tokens.refresh import refresh_account
from app.kit.clock import utcnow
from app.kit.crypto import Keyring
from app.limits.budgets import Limit, slow_down, spend
from app.resources import Resources
from app.tiktok.errors import AccessTokenInvalid, TikTokRateLimited

T = TypeVar("T")

Call = Callable[[AccountClient, str], Awaitable[T]]

MIN_LIFE_SECONDS = 60.0
_MOST_TOKENS = 20_000


@dataclass(frozen=True, slots=True)
class SealedAccess:
    """An account's tokens as they are stored, in the hands of somebody who cannot read them."""

    tokens: AccountTokens = field(repr=False)


@dataclass(slots=True)
class CreatorAccess:
    """What a run needs to speak to TikTok in a creator's name: opened once, and the same for all its calls."""

    resources: Resources
    account_id: str
    token: str = field(repr=False)
    version: int
    kind: AccountKind = AccountKind.creator
    open_id: str = ""

    @property
    def client(self) -> AccountClient:
        return bearer_client(self.resources, self.kind, self.open_id)

    async def call(self, call: Call[T], *, limit: Limit, patience: float = 0.0) -> T:
        """Run `await call(client, token)`; when TikTok does not accept the token, refresh it once and call once more.

        A fresh token that is refused as well means that the creator has removed the app: the account asks to be
        connected again. Each call is taken out of the budget of `limit`, for which `patience` seconds are waited at
        most. Raises what `refresh_account` and the call raise, and BudgetSpent.
        """
        try:
            return await self._spend_and_call(call, limit, patience)
        except AccessTokenInvalid:
            return await self.call_again(call, limit=limit)

    async def call_again(self, call: Call[T], *, limit: Limit) -> T:
        """Refresh the token that TikTok has just refused, and make the call once more."""
        await refresh_account(self.resources, self.account_id, stale_version=self.version)
        self.token, self.version = await _open_stored(self.resources, self.account_id)
        try:
            return await self._spend_and_call(call, limit)
        except AccessTokenInvalid as error:
            async with self.resources.transaction() as session:
                await mark_reconnect(session, self.account_id, error.code, expected_version=self.version)
            raise AccountNeedsReconnect from error

    async def _spend_and_call(self, call: Call[T], limit: Limit, patience: float = 0.0) -> T:
        return await spend_and_call(
            self.resources, self.account_id, self.client, self.token, call, limit=limit, patience=patience
        )


async def access_token(resources: Resources, account_id: str, *, min_life: float = MIN_LIFE_SECONDS) -> str:
    """Give an access token that lives for another `min_life` seconds, refreshed first where needed.

    Raises what `refresh_account` raises.
    """
    return (await read_access(resources, account_id, min_life=min_life)).token


async def open_access(
    resources: Resources, account: Account, sealed: SealedAccess, *, min_life: float = MIN_LIFE_SECONDS
) -> CreatorAccess:
    """Open the access of an account that was read just now; refreshed first unless it lives another `min_life` seconds.

    Raises what `refresh_account` raises.
    """
    check_usable(account)
    tokens = sealed.tokens
    if tokens.expires_at is not None and tokens.expires_at - utcnow() >= timedelta(seconds=min_life):
        token, version = vault.open_access_token(resources.keyring, tokens), tokens.version
    else:
        await refresh_account(resources, account.id, stale_version=tokens.version)
        token, version = await _open_stored(resources, account.id)
    return CreatorAccess(resources, account.id, token, version, account.kind, account.open_id)


async def find_access(session: AsyncSession, account_id: str) -> SealedAccess:
    """Read an account's tokens where a session is open anyway, for `open_access`."""
    return SealedAccess(await read_tokens(session, account_id))


async def read_access(resources: Resources, account_id: str, *, min_life: float = MIN_LIFE_SECONDS) -> CreatorAccess:
    """Read the account first."""
    async with resources.read() as session:
        account = await get_account(session, account_id)
        sealed = await find_access(session, account_id)
    return await open_access(resources, account, sealed, min_life=min_life)


async def stored_token(resources: Resources, account_id: str) -> str:
    """Give an access token as it is stored, however old, to revoke it. Raises TokensUnreadable."""
    async with resources.read() as session:
        return vault.open_access_token(resources.keyring, await read_tokens(session, account_id))


async def call_with_token(
    resources: Resources, account_id: str, call: Call[T], *, limit: Limit, patience: float = 0.0
) -> T:
    """Make one call in a creator's name, as `CreatorAccess.call` does."""
    access = await read_access(resources, account_id)
    return await access.call(call, limit=limit, patience=patience)


async def newest_opens(session: AsyncSession, keyring: Keyring) -> bool:
    """Tell whether the key ring opens the newest account's token, if there is any."""
    query = select(AccountTokens).where(col(AccountTokens.access_token_encrypted).is_not(None))
    newest = (await session.exec(query.order_by(col(AccountTokens.account_id).desc()).limit(1))).first()
    try:
        if newest is not None:
            vault.open_access_token(keyring, newest)
    except TokensUnreadable:
        return False
    return True


class TokenCache:
    """Access tokens in plain text, opened once per version: following asks with the same ones every few seconds."""

    def __init__(self) -> None:
        self._tokens: OrderedDict[str, tuple[int, str]] = OrderedDict()

    def __repr__(self) -> str:
        return f"<TokenCache of {len(self._tokens)}>"

    def find(self, account_id: str, version: int) -> str | None:
        """Find the token of this version, if it was opened already."""
        known, token = self._tokens.get(account_id, (None, None))
        return token if known == version else None

    async def load(self, resources: Resources, session: AsyncSession, account_ids: Iterable[str]) -> None:
        """Open the tokens of these accounts. What cannot be opened is left out."""
        query = select(AccountTokens).where(col(AccountTokens.account_id).in_(list(account_ids)))
        for tokens in (await session.exec(query)).all():
            with suppress(TokensUnreadable):
                token = vault.open_access_token(resources.keyring, tokens)
                self._tokens[tokens.account_id] = (tokens.version, token)
                self._tokens.move_to_end(tokens.account_id)
        while len(self._tokens) > _MOST_TOKENS:
            self._tokens.popitem(last=False)


async def spend_and_call(
    resources: Resources,
    account_id: str,
    client: AccountClient,
    token: str,
    call: Call[T],
    *,
    limit: Limit,
    patience: float = 0.0,
) -> T:
    """Make one call with a token that is at hand; a refusal for speed closes the budget for everybody."""
    await spend(resources, limit, account_id, patience=patience)
    try:
        return await call(client, token)
    except TikTokRateLimited as error:
        async with resources.transaction() as session:
            await slow_down(session, limit, account_id, error.retry_after)
        raise


async def _open_stored(resources: Resources, account_id: str) -> tuple[str, int]:
    async with resources.read() as session:
        account = await get_account(session, account_id)
        tokens = await read_tokens(session, account_id)
    check_usable(account)
    return vault.open_access_token(resources.keyring, tokens), tokens.version
