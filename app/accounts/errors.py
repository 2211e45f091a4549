"""What stands between us and an account's tokens.

NotFound: AccountNotFound, ConnectionNotFound. Conflict: the others, but RefreshUnavailable, which passes by itself.
"""

from app.errors import Conflict, NotFound, TransientError
from app.messages import access


class AccountNotFound(NotFound):
    code = "account_not_found"
    title = access.NO_SUCH_ACCOUNT


class ConnectionNotFound(NotFound):
    code = "pending_connection_not_found"
    title = access.CONNECTION_DECIDED


class NotConfigured(Conflict):
    """Client key or secret are missing."""

    code = "not_configured"
    title = access.NOT_CONFIGURED


class NotBusinessAccount(Conflict):
    """The account is connected as a creator's: the Business API does not know it."""

    code = "not_business_account"
    title = access.NOT_BUSINESS


class OwnershipNotProven(Conflict):
    """TikTok did not find the file that proves that our media's address is ours."""

    code = "ownership_not_proven"
    title = access.OWNERSHIP_NOT_PROVEN


class AccountDisconnected(Conflict):
    code = "account_disconnected"
    title = access.DISCONNECTED


class AccountNeedsReconnect(Conflict):
    """Only the creator can help: TikTok does not accept what we have."""

    code = "account_needs_reconnect"
    title = access.NEEDS_RECONNECT


class ScopeMissing(Conflict):
    code = "scope_missing"
    title = access.SCOPE_MISSING


class NoAudience(Conflict):
    """TikTok tells who follows an account of business accounts alone."""

    code = "no_audience"
    title = access.FOLLOWERS_OF_BUSINESS_ALONE


class TokensUnreadable(Conflict):
    """The tokens are there, but the key that sealed them is not."""

    code = "tokens_unreadable"
    title = access.TOKENS_UNREADABLE


class RefreshUnavailable(TransientError):
    """There is no usable token for the moment: TikTok cannot be reached, or another process is at it."""

    code = "refresh_unavailable"
    title = access.NOT_RENEWED
