"""For slices that speak to TikTok about a business account, such as that of comments: a client that is good for it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from app.accounts.business.access import account_client
from app.accounts.errors import AccountNeedsReconnect, NotBusinessAccount
from app.accounts.models import AccountKind
from app.accounts.queries import get_account
from app.accounts.tokens.access import read_access
from app.accounts.tokens.reconnect import mark_reconnect
from app.accounts.tokens.refresh import refresh_account
from app.resources import Resources

if TYPE_CHECKING:
    from app.tiktok_business.client import TikTokBusinessClient
    from app.tiktok_business.sending import Patience

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BusinessAccount:
    """What a call of `business/*` needs: a client with the account's access token, and the account's id there.

    `version` is the token's: see `AccountTokens`.
    """

    account_id: str
    business_id: str
    scopes: tuple[str, ...]
    client: "TikTokBusinessClient"
    version: int = 0


async def open_business(app: Resources, account_id: str, *, patience: "Patience | None" = None) -> BusinessAccount:
    """Open a business account for calls; its token lives for another minute at least, and is refreshed where needed.

    Raises AccountNotFound, NotBusinessAccount, AccountDisconnected, AccountNeedsReconnect, and RefreshUnavailable for
    what passes by itself. A call that is refused for its token is worth one more try: see `call_as_business`.
    """
    async with app.read() as session:
        account = await get_account(session, account_id)
    if account.kind is not AccountKind.business:
        raise NotBusinessAccount
    access = await read_access(app, account_id)
    client = account_client(app, access.token, patience=patience)
    return BusinessAccount(account_id, account.open_id, tuple(account.scopes), client, access.version)


async def call_as_business(
    app: Resources,
    account_id: str,
    work: Callable[[BusinessAccount], Awaitable[T]],
    *,
    patience: "Patience | None" = None,
) -> T:
    """Do some work in the name of a business account; where TikTok does not accept the token, once more with a new one.

    Work that was refused for its token was not done, so that a write may be made again. A fresh token that is refused
    as well means that the owner has removed the app. Raises what `open_business` raises, and BusinessError.
    """
    from app.tiktok_business.codes import Kind
    from app.tiktok_business.errors import BusinessError

    opened = await open_business(app, account_id, patience=patience)
    try:
        return await work(opened)
    except BusinessError as error:
        if error.meaning.kind is not Kind.auth:
            raise
    await refresh_account(app, account_id, stale_version=opened.version)
    opened = await open_business(app, account_id, patience=patience)
    try:
        return await work(opened)
    except BusinessError as error:
        if error.meaning.kind is not Kind.auth:
            raise
        async with app.transaction() as session:
            await mark_reconnect(session, account_id, "access_token_invalid", expected_version=opened.version)
        raise AccountNeedsReconnect from error
