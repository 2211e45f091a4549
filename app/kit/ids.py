"""Identifiers: time-ordered for rows, unguessable for tokens."""

import re
import secrets

import uuid_utils

ROW_ID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ROW_ID = re.compile(ROW_ID)


def new_id() -> str:
    """Make a row id: a UUIDv7, so that ids sort by the time they were made."""
    return str(uuid_utils.uuid7())


def is_row_id(text: str) -> bool:
    """Tell whether a text is a row id as we write them."""
    return _ROW_ID.fullmatch(text) is not None


def new_token(size: int = 32) -> str:
    """Make an unguessable URL-safe token from `size` random bytes."""
    return secrets.token_urlsafe(size)
