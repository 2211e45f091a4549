"""The vault: the only place that sees tokens and the client secret in plain text.

Every ciphertext is bound to its row and column, so a copy of it elsewhere does not open. What passes through here in
plain text is blotted out of the log from then on.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from app.accounts.errors import TokensUnreadable
from app.accounts.models import AccountTokens, OAuthState, PendingConnection, TikTokApp
from app.kit.crypto import Keyring, Undecryptable
from app.kit.redact import hide
from app.kit.reseal import SealedColumn
from app.messages import access
from app.tiktok.models import TokenGrant

_SHORTEST_REFRESH_PAUSE = timedelta(seconds=30)


class Grant(msgspec.Struct, frozen=True):
    """A pair of tokens with its times, as it is sealed while an admin decides about it. Not for logs."""

    access_token: str
    refresh_token: str
    scopes: tuple[str, ...]
    obtained_at: datetime
    expires_at: datetime
    refresh_expires_at: datetime

    def __repr__(self) -> str:
        return "<Grant>"

    # What tracebacks ask that print local variables.
    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []


def read_grant(grant: TokenGrant, *, scopes: tuple[str, ...], asked_at: datetime) -> Grant:
    """Turn TikTok's answer into times, counted from when it was asked: its own clock started no earlier."""
    hide(grant.access_token, grant.refresh_token)
    return Grant(
        access_token=grant.access_token,
        refresh_token=grant.refresh_token,
        scopes=scopes,
        obtained_at=asked_at,
        expires_at=asked_at + timedelta(seconds=grant.expires_in),
        refresh_expires_at=asked_at + timedelta(seconds=grant.refresh_expires_in),
    )


def _bound(table: str, column: str) -> Callable[[str], str]:
    return lambda row_id: f"{table}|{row_id}|{column}"


SEALED = (
    SealedColumn(TikTokApp, "client_secret_encrypted", _bound("tiktok_apps", "client_secret_encrypted")),
    SealedColumn(AccountTokens, "access_token_encrypted", _bound("accounts", "access_token_encrypted")),
    SealedColumn(AccountTokens, "refresh_token_encrypted", _bound("accounts", "refresh_token_encrypted")),
    SealedColumn(OAuthState, "code_verifier_encrypted", _bound("oauth_states", "code_verifier_encrypted")),
    SealedColumn(PendingConnection, "grant_encrypted", _bound("pending_connections", "grant_encrypted")),
)
"""What the vault keeps, for a change of the key. A refresh that is under way stores over it, whichever comes first."""


def pair_columns(keyring: Keyring, account_id: str, grant: Grant) -> dict[str, Any]:
    """Give the columns of an account's tokens that hold this pair, sealed; the version is the caller's."""
    life = (grant.expires_at - grant.obtained_at) * random.uniform(0.45, 0.55)  # noqa: S311 - spreads load, hides nothing
    return {
        "access_token_encrypted": _seal(keyring, grant.access_token, _account(account_id, "access_token")),
        "refresh_token_encrypted": _seal(keyring, grant.refresh_token, _account(account_id, "refresh_token")),
        "obtained_at": grant.obtained_at,
        "expires_at": grant.expires_at,
        "refresh_expires_at": grant.refresh_expires_at,
        "refresh_due_at": grant.obtained_at + max(life, _SHORTEST_REFRESH_PAUSE),
        "refresh_lease_until": None,
        "refresh_lease_token": None,
    }


def open_access_token(keyring: Keyring, tokens: AccountTokens) -> str:
    """Open an account's access token. Raises TokensUnreadable."""
    return _open(keyring, tokens.access_token_encrypted, _account(tokens.account_id, "access_token"))


def open_refresh_token(keyring: Keyring, tokens: AccountTokens) -> str:
    """Open an account's refresh token. Raises TokensUnreadable."""
    return _open(keyring, tokens.refresh_token_encrypted, _account(tokens.account_id, "refresh_token"))


def seal_verifier(keyring: Keyring, state_id: str, code_verifier: str) -> str:
    """Encrypt an OAuth hop's code verifier, bound to the hop."""
    return _seal(keyring, code_verifier, f"oauth_states|{state_id}|code_verifier_encrypted")


def open_verifier(keyring: Keyring, state: OAuthState) -> str | None:
    """Open an OAuth hop's code verifier; `None` where PKCE was off. Raises TokensUnreadable."""
    if state.code_verifier_encrypted is None:
        return None
    return _open(keyring, state.code_verifier_encrypted, f"oauth_states|{state.id}|code_verifier_encrypted")


def seal_client_secret(keyring: Keyring, client_secret: str) -> str:
    """Encrypt the app's client secret."""
    return _seal(keyring, client_secret, "tiktok_apps|app|client_secret_encrypted")


def open_client_secret(keyring: Keyring, app: TikTokApp) -> str:
    """Open the client secret. Raises TokensUnreadable."""
    return _open(keyring, app.client_secret_encrypted, "tiktok_apps|app|client_secret_encrypted")


def seal_grant(keyring: Keyring, pending_id: str, grant: Grant) -> str:
    """Encrypt the pair that waits for an admin's decision, bound to that connection."""
    return _seal(keyring, msgspec.json.encode(grant).decode(), f"pending_connections|{pending_id}|grant_encrypted")


def open_grant(keyring: Keyring, pending: PendingConnection) -> Grant:
    """Open the pair that waits for an admin's decision. Raises TokensUnreadable."""
    plain = _open(keyring, pending.grant_encrypted, f"pending_connections|{pending.id}|grant_encrypted")
    grant = msgspec.json.decode(plain, type=Grant)
    hide(grant.access_token, grant.refresh_token)
    return grant


def _account(account_id: str, column: str) -> str:
    # The tokens stood in the table of accounts when their place got its name, and a ciphertext is bound to that.
    return f"accounts|{account_id}|{column}_encrypted"


def _seal(keyring: Keyring, plain: str, place: str) -> str:
    hide(plain)
    return keyring.encrypt(plain, place=place)


def _open(keyring: Keyring, text: str | None, place: str) -> str:
    if not text:
        raise TokensUnreadable(access.NO_TOKEN)
    try:
        plain = keyring.decrypt(text, place=place)
    except Undecryptable:
        raise TokensUnreadable from None
    hide(plain)
    return plain
