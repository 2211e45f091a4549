"""The one clock: aware times in UTC."""

from datetime import UTC, datetime


def utcnow() -> datetime:
    """Tell the time, aware and in UTC."""
    return datetime.now(UTC)


def still_ahead(moment: datetime | None) -> datetime | None:
    """Give a moment that is still to come; None where it is over, or where there is none."""
    return moment if moment is not None and moment > utcnow() else None


def rfc3339(moment: datetime) -> str:
    """Write a moment as RFC 3339 in UTC, with milliseconds and a Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def in_utc(moment: datetime | None) -> datetime | None:
    """Put a time that somebody wrote into UTC; one without a zone is meant so. What lies outside all years is cut."""
    if moment is None or moment.tzinfo is None:
        return moment and moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) if moment.year == 1 else datetime.max.replace(tzinfo=UTC)
