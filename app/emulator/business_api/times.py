"""Moments as the Business API writes and reads them: text in UTC, or days in an account's own zone."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from app.emulator.business_api.errors import refuse


def stamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")


def read_stamp(field: str, text: str) -> float:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise refuse(field, "it has the form YYYY-MM-DD HH:MM:SS") from None


def read_day(field: str, text: str) -> date:
    """Read YYYY-MM-DD; a time of day behind it is left out."""
    try:
        found = datetime.strptime(text[:10], "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise refuse(field, "it has the form YYYY-MM-DD") from None
    if not 1990 <= found.year <= 9990 or len(text) > 19:
        raise refuse(field, "it has the form YYYY-MM-DD")
    return found


def local(moment: float, zone: str) -> datetime:
    """Tell what the clock on the wall of an account shows."""
    return datetime.fromtimestamp(moment, UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return bool(name) and not name.startswith("/")
