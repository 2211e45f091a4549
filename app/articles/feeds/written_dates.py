"""Times as feeds write them: by the standards, and as the people who set up a CMS thought that they should look."""

import re
from calendar import timegm
from collections import defaultdict
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

from babel import Locale

from app.articles.adapters import fields

_USUAL = re.compile(r"\d{4}-\d\d?-\d\d?|(?:[A-Za-z]{3,9},?\s+)?\d{1,2}[ -][A-Za-z]{3}[ -]\d{2}")
# The names that feedparser knows; it takes all others for UTC, and an hour in Almaty for one that is still to come.
_ZONE_NAME = r"Z|UTC?|GMT|[AECMP][SD]?T|MES?T"
_HAS_ZONE = re.compile(rf"(?:[+-]\d{{2}}:?\d{{2}}|(?<![A-Z])(?:{_ZONE_NAME}))\s*(?:\([^)]*\))?$")
_EPOCH = re.compile(r"(\d{10})(?:\d{3}|\.\d+)?")
_NUMBERS = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")
_CLOCK = re.compile(
    r"\b(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(?:([ap])\.?m\b\.?)?\s*(?:(UTC|GMT|Z)\b|([+-])(\d{2}):?(\d{2}))?",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{3,}")
# Those in which newsrooms around here publish, and what their software comes with.
_LANGUAGES = ("en", "ru", "kk", "uk", "ky", "uz", "uz_Cyrl", "az", "tr", "de", "fr", "es", "it", "pt", "pl")
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
"""What lies outside was never meant: a number of seconds that was read as a year, or a field that nobody filled."""


def moment_of(written: str, parsed: Any, zone: tzinfo) -> datetime | None:
    """Read a time as it is written; `parsed` is what feedparser made of it, which knows the stranger forms.

    What names no zone is a time of `zone`. None where it says no time that can have been meant.
    """
    written = written.strip()
    moment = None if _USUAL.match(written) else _in_words(written, zone)
    if moment is None and not _HAS_ZONE.search(written):
        moment = fields.find_moment(written, zone) or _of_mail(written, zone)
    if moment is None and parsed:
        moment = _of_library(parsed)
    if moment is None:
        moment = fields.find_moment(written, zone) or _of_mail(written, zone)
    return moment if moment and _FIRST_YEAR <= moment.year <= _LAST_YEAR else None


def _of_library(parsed: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def _of_mail(written: str, zone: tzinfo) -> datetime | None:
    """Read RFC 822 without its zone, which the library takes for no time at all."""
    try:
        moment = parsedate_to_datetime(written)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _in_words(written: str, zone: tzinfo) -> datetime | None:
    """Read a day whose month has a name, whatever its order, or `30.11.2026`, with a time or none; or Unix time."""
    if seconds := _EPOCH.fullmatch(written):
        return datetime.fromtimestamp(int(seconds[1]), UTC)
    clock = _CLOCK.search(written)
    day = _day(written.replace(clock[0], " ") if clock else written)
    if day is None:
        return None
    try:
        hour, minute, second = _time(clock) if clock else (0, 0, 0)
        own_zone = (_offset(clock) if clock else None) or zone
        return datetime(*day, hour, minute, second, tzinfo=own_zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _day(written: str) -> tuple[int, int, int] | None:
    if numbers := _NUMBERS.search(written):
        return int(numbers[3]), int(numbers[2]), int(numbers[1])
    months = set[int]().union(*(_months().get(word.casefold(), ()) for word in _WORD.findall(written)))
    found = sorted(re.findall(r"\d+", written), key=len)
    if len(months) != 1 or [len(number) > 2 for number in found] != [False, True] or len(found[1]) != 4:
        return None
    return int(found[1]), months.pop(), int(found[0])


@cache
def _months() -> dict[str, set[int]]:
    """The months by their names and by the beginnings of those, as they are cut short."""
    months: dict[str, set[int]] = defaultdict(set)
    for language in _LANGUAGES:
        for use in ("format", "stand-alone"):
            for number, name in Locale.parse(language).months[use]["wide"].items():
                for length in range(3, len(name) + 1):
                    months[name[:length].casefold()].add(number)
    return dict(months)


def _time(clock: re.Match[str]) -> tuple[int, int, int]:
    hour = int(clock[1])
    if half := clock[4]:
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    return hour, int(clock[2]), int(clock[3] or 0)


def _offset(clock: re.Match[str]) -> tzinfo | None:
    if clock[5]:
        return UTC
    if not clock[6]:
        return None
    ahead = timedelta(hours=int(clock[7]), minutes=int(clock[8]))
    return timezone(ahead if clock[6] == "+" else -ahead)
