"""What stands in JSON that others wrote: odd values become none, and never a crash."""

from decimal import Decimal


def clean_text(value: object) -> str:
    """Make any scalar a text that databases can hold: no NUL, no half of a surrogate pair."""
    if isinstance(value, str) and value.isascii() and "\x00" not in value:
        return value
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        return ""
    return str(value).replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def read_int(value: object) -> int | None:
    """Read a whole number, also from text; `None` where there is none that a database can hold."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    try:
        number = int(value)
    except ValueError:
        return None
    return number if -(2**63) <= number < 2**63 else None
