"""The one clock: aware times in UTC."""

from datetime import UTC, datetime


def utcnow() -> datetime:
    """Tell the time, aware and in UTC."""
    return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """Write a moment as RFC 3339 in UTC, with milliseconds and a Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
