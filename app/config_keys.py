"""The secret key that an installation makes for itself, in its data folder."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from app.errors import ConfigurationError

SHORTEST_KEY = 32
"""Characters of a key."""


def kept_secret_key(path: Path) -> str:
    """Give the key in the file; the first who asks makes it. Raises ConfigurationError."""
    if not path.exists():
        try:
            _make_secret_key(path)
        except OSError as error:
            raise ConfigurationError(
                f"The secret key cannot be kept in {path}: {error.strerror or error}. Make the folder writable, or set "
                "NEWSREEL_SECRET_KEY."
            ) from None
    return _read_secret_key(path)


def _make_secret_key(path: Path) -> None:
    """Make the key, unless another process is faster. It stands there whole or not at all, for that one reads it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, prefix=".secret-", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(file.name, path)


def _read_secret_key(path: Path) -> str:
    key = path.read_text(encoding="ascii").strip()
    if len(key) < SHORTEST_KEY:
        raise ConfigurationError(
            f"{path} is damaged: restore it from a backup; without it no stored token can be read."
        )
    return key
