"""Secrets of endpoints, sealed: what webhooks are signed with, and the tokens of Telegram's bots."""

import base64
import secrets as randomness

from app.kit.crypto import Keyring
from app.kit.redact import hide
from app.kit.reseal import SealedColumn
from app.outbox.models_endpoints import NotificationEndpoint

_PREFIX = "whsec_"
_SECRET_BYTES = 32


def secret_place(endpoint_id: str) -> str:
    """Name the place to which an endpoint's secret is bound."""
    return f"notification_endpoints|{endpoint_id}|secret_encrypted"


SEALED = (SealedColumn(NotificationEndpoint, "secret_encrypted", secret_place),)


def make_hook_secret() -> str:
    """Make a secret as Standard Webhooks writes them."""
    return _PREFIX + base64.b64encode(randomness.token_bytes(_SECRET_BYTES)).decode()


def seal(endpoint: NotificationEndpoint, keyring: Keyring, secret: str) -> None:
    """Keep a secret in its row."""
    hide(secret)
    endpoint.secret_encrypted = keyring.encrypt(secret, place=secret_place(endpoint.id))


def reveal(endpoint: NotificationEndpoint, keyring: Keyring) -> str:
    """Give the secret in plain text; "" where there is none. Raises Undecryptable."""
    if not endpoint.secret_encrypted:
        return ""
    secret = keyring.decrypt(endpoint.secret_encrypted, place=secret_place(endpoint.id))
    hide(secret)
    return secret
