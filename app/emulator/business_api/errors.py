"""How the Business API says no: HTTP 200, and a code."""

from typing import Any

OK = 0
PARTLY_OK = 20001
INVALID = 40002
NO_PERMISSION = 40001
NOT_FOUND = 40007
TOO_FREQUENT = 40100
SYSTEM_ERROR = 50000


class BusinessError(Exception):
    """A refusal in the envelope, by TikTok's number for it."""

    def __init__(self, code: int, message: str, data: dict[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.data = data or {}


def refuse(field: str, why: str) -> BusinessError:
    """Make the refusal of one parameter."""
    return BusinessError(INVALID, f"{field}: {why}")
