"""What stands between us and an account's tokens.

NotFound: AccountNotFound, ConnectionNotFound. Conflict: the others, but RefreshUnavailable, which passes by itself.
"""

from app.errors import Conflict, NotFound, TransientError


class AccountNotFound(NotFound):
    code = "account_not_found"
    title = "There is no such account"


class ConnectionNotFound(NotFound):
    code = "pending_connection_not_found"
    title = "This connection was decided already, or nobody decided in time. Connect the account again"


class NotConfigured(Conflict):
    """Client key or secret are missing."""

    code = "not_configured"
    title = "Client key and secret of the TikTok app are missing. Enter them on the settings page"


class AccountDisconnected(Conflict):
    code = "account_disconnected"
    title = "The account is disconnected. Connect it first"


class AccountNeedsReconnect(Conflict):
    """Only the creator can help: TikTok does not accept what we have."""

    code = "account_needs_reconnect"
    title = "TikTok no longer accepts this account's permission. Connect the account again"


class ScopeMissing(Conflict):
    code = "scope_missing"
    title = "The creator has not granted the permission that this needs. Connect the account again with it ticked"


class TokensUnreadable(Conflict):
    """The tokens are there, but the key that sealed them is not."""

    code = "tokens_unreadable"
    title = (
        "The stored secrets were sealed with a key that is not in NEWSREEL_SECRET_KEY. Put that key back, or enter the "
        "client secret and connect the accounts again"
    )


class RefreshUnavailable(TransientError):
    """There is no usable token for the moment: TikTok cannot be reached, or another process is at it."""

    code = "refresh_unavailable"
    title = "The account's token could not be renewed just now. It is tried again"
