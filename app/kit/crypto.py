"""Encryption at rest: AES-256-GCM with a key ring, each text bound to the place where it stands."""

import base64
import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = "v1"
_NONCE_BYTES = 12


class Undecryptable(Exception):
    """No key of the ring opens this text here: a key was dropped, or the text was moved from another row."""


class Keyring:
    """Encrypts with its first key and decrypts with any.

    A ciphertext reads `v1.<key id>.<nonce>.<text>`. `place` (table, row id, column) goes into the associated data, so
    that a text copied into another row or column does not open.
    """

    def __init__(self, secret_keys: Sequence[str]) -> None:
        self._keys = {_key_id(secret): AESGCM(derive_key(secret, b"newsreel at rest")) for secret in secret_keys}
        self._current = _key_id(secret_keys[0])

    def encrypt(self, plain: str, *, place: str) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._keys[self._current].encrypt(nonce, plain.encode(), _associated(place, self._current))
        return ".".join((_VERSION, self._current, _encode(nonce), _encode(sealed)))

    def decrypt(self, text: str, *, place: str) -> str:
        """Open a text that `encrypt` made for the same place. Raises Undecryptable."""
        try:
            version, key_id, nonce, sealed = text.split(".")
            if version != _VERSION:
                raise Undecryptable(f"unknown format {version!r}")
            return self._keys[key_id].decrypt(_decode(nonce), _decode(sealed), _associated(place, key_id)).decode()
        except (KeyError, ValueError, InvalidTag) as error:
            raise Undecryptable(f"nothing in the key ring opens {place}") from error

    def reseal(self, text: str, *, place: str) -> str:
        """Encrypt with the first key what any key encrypted for the same place. Raises Undecryptable."""
        return self.encrypt(self.decrypt(text, place=place), place=place)

    @property
    def current_prefix(self) -> str:
        """How every text begins that the first key made: the others are left to rotate."""
        return f"{_VERSION}.{self._current}."

    def is_current(self, text: str) -> bool:
        """Tell whether a text was made with the first key, so that nothing is left to rotate."""
        return text.startswith(self.current_prefix)

    def has_key(self, key_id: str) -> bool:
        """Tell whether a key of the ring bears this id."""
        return key_id in self._keys


def key_id_of(text: str) -> str | None:
    """Tell which key made a text, by the id that stands in it; None where it is no text of ours."""
    parts = text.split(".")
    return parts[1] if len(parts) == 4 and parts[0] == _VERSION else None


def derive_key(secret: str, purpose: bytes) -> bytes:
    """Derive a 256-bit key for one purpose, so that no key serves two."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())


def _key_id(secret: str) -> str:
    return hashlib.sha256(b"newsreel key id" + secret.encode()).hexdigest()[:8]


def _associated(place: str, key_id: str) -> bytes:
    return f"{place}|{key_id}".encode()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
