"""Identifiers: time-ordered for rows, unguessable for tokens."""

import secrets

import uuid_utils


def new_id() -> str:
    """Make a row id: a UUIDv7, so that ids sort by the time they were made."""
    return str(uuid_utils.uuid7())


def new_token(size: int = 32) -> str:
    """Make an unguessable URL-safe token from `size` random bytes."""
    return secrets.token_urlsafe(size)
