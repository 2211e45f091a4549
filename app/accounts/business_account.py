"""For slices that speak to TikTok about a business account, such as that of comments: a client that is good for it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.accounts.business.access import account_client
from app.accounts.errors import NotBusinessAccount
from app.accounts.models import AccountKind
from app.accounts.queries import get_account
from app.accounts.tokens.access import access_token
from app.resources import Resources

if TYPE_CHECKING:
    from app.tiktok_business.client import TikTokBusinessClient
    from app.tiktok_business.sending import Patience


@dataclass(frozen=True, slots=True)
class BusinessAccount:
    """What a call of `business/*` needs: a client with the account's access token, and the account's id there."""

    account_id: str
    business_id: str
    scopes: tuple[str, ...]
    client: "TikTokBusinessClient"


async def open_business(app: Resources, account_id: str, *, patience: "Patience | None" = None) -> BusinessAccount:
    """Open a business account for calls; its token lives for another minute at least, and is refreshed where needed.

    Raises AccountNotFound, NotBusinessAccount, AccountDisconnected, AccountNeedsReconnect, and RefreshUnavailable for
    what passes by itself. A call that is refused for its token (`meaning.kind` auth) is worth one more try after
    `app.accounts.tokens.refresh.refresh_account`.
    """
    async with app.read() as session:
        account = await get_account(session, account_id)
    if account.kind is not AccountKind.business:
        raise NotBusinessAccount
    token = await access_token(app, account_id)
    client = account_client(app, token, patience=patience)
    return BusinessAccount(account_id, account.open_id, tuple(account.scopes), client)
