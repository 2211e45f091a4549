"""Time zones by their names in the IANA database."""

from datetime import tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=256)
def zone_of(name: str) -> tzinfo:
    """Give the zone of this name. Raises ValueError."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # a name with `..`, a folder, one that is not there
        raise ValueError("must be a time zone's name, such as Asia/Almaty or UTC") from None


def known_zone(name: str) -> str:
    """Check a zone's name; the empty one is left to whoever has a default. Raises ValueError."""
    if name:
        zone_of(name)
    return name
