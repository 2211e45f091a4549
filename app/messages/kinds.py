"""Kinds of parameters: how each is kept in a row, and how a reader sees it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, NewType
from zoneinfo import ZoneInfo

from markupsafe import Markup

from app.messages import codes
from app.messages.translator import DEFAULT_LANGUAGE, Translator

Quote = NewType("Quote", str)
"""Somebody else's own words, English as a rule."""
Level = NewType("Level", str)
Levels = NewType("Levels", list[str])
"""Who may see a post, in TikTok's words."""
Mode = NewType("Mode", str)
Scope = NewType("Scope", str)
Limit = NewType("Limit", str)
State = NewType("State", str)
Failure = NewType("Failure", str)
"""What went wrong on the way to TikTok: `app.kit.http.failures` names it."""
DiskError = NewType("DiskError", str)
"""What the operating system says of a file, in its own English."""
Facts = NewType("Facts", str)
"""A film in short: codec, size, pictures a second, length."""
Amount = NewType("Amount", str)
"""A sum of money, as a decimal number."""
Address = NewType("Address", str)
"""A web address, which is read from left to right in every language."""

# As the pages' script writes them. Kazakh has the numeric form, because browsers come without its month names.
_DAYS: Mapping[str, str] = {"en": "d MMM y", "ru": "d MMM y 'г.'", "kk": "dd.MM.y"}
_NOTHING = "nothing"


class Plain:
    """Writes values into text: an API's answer, a mail."""

    def __init__(self, i18n: Translator) -> None:
        self.i18n = i18n

    def moment(self, at: datetime) -> str:
        return _in_utc(self.i18n, at)

    def quote(self, text: str) -> str:
        return _in_quotes(self.i18n, text)

    def address(self, text: str) -> str:
        return text


class InZone(Plain):
    """Writes values into text for somebody whose time zone is known: moments are theirs, and the zone is named."""

    def __init__(self, i18n: Translator, zone: tzinfo) -> None:
        super().__init__(i18n)
        self._zone = zone

    def moment(self, at: datetime) -> str:
        from babel.dates import format_datetime

        local = at.astimezone(self._zone)
        text: str = format_datetime(local, f"{_DAYS[self.i18n.language]}, HH:mm", locale=self.i18n.locale)
        return f"{text} ({self._zone})"


class Page(Plain):
    """Writes values into a page, whose script moves moments into the reader's own zone; the rest is escaped."""

    def moment(self, at: datetime) -> str:
        return show_moment(self.i18n, at)

    def quote(self, text: str) -> str:
        return quote(text)

    def address(self, text: str) -> str:
        from app.messages.readable import readable_address

        return Markup('<bdi dir="ltr">{}</bdi>').format(readable_address(text))


def show_moment(i18n: Translator, moment: datetime) -> Markup:
    """Write a moment for a page in the zone that the reader has chosen; else in UTC, for the page's script to move."""
    if i18n.zone:
        here = _written(i18n, moment.astimezone(ZoneInfo(i18n.zone)))
        return Markup('<time datetime="{}" title="{}">{}</time>').format(stamp(moment), i18n.zone, here)
    return Markup('<time datetime="{}" data-local>{}</time>').format(stamp(moment), _in_utc(i18n, moment))


def show_day(i18n: Translator, day: date) -> str:
    """Write a day as the reader's language does."""
    return _day(Plain(i18n), day.isoformat())


def show_number(i18n: Translator, number: float) -> str:
    """Write a number as the reader's language does."""
    return _number(Plain(i18n), number)


def show_span(i18n: Translator, seconds: float) -> str:
    """Write a length of time in its largest unit, rounded."""
    from babel.dates import format_timedelta

    text: str = format_timedelta(timedelta(seconds=seconds), threshold=1.5, format="short", locale=i18n.locale)
    return text


def quote(text: str) -> Markup:
    """Mark somebody's own words, which are English as a rule, for eyes and for voices."""
    return Markup('<q lang="en">{}</q>').format(text)


def stamp(moment: datetime) -> str:
    """Write a moment for machines."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def name_level(i18n: Translator, level: str) -> str:
    """Name an audience as the form does; one that we do not know is TikTok's own word."""
    return _named(Page(i18n), codes.PRIVACY_LEVELS, level)


def name_scope(i18n: Translator, scope: str) -> str:
    """Name a permission as the settings page does."""
    return _named(Page(i18n), codes.SCOPES, scope)


# Babel is heavy, and children of the sandbox, which make sentences, never say them: it is loaded by the first reader.
def _in_utc(i18n: Translator, moment: datetime) -> str:
    return f"{_written(i18n, moment.astimezone(UTC))} UTC"


def _written(i18n: Translator, moment: datetime) -> str:
    from babel.dates import format_datetime

    # Without its zone, because Babel would move an aware moment into its own.
    bare = moment.replace(tzinfo=None)
    return str(format_datetime(bare, f"{_DAYS[i18n.language]}, HH:mm", locale=i18n.locale))


def _in_quotes(i18n: Translator, text: str) -> str:
    return f"“{text}”" if i18n.language == DEFAULT_LANGUAGE else f"«{text}»"


def _named(to: Plain, words: Mapping[str, str], code: str) -> str:
    known = words.get(code)
    return _in_quotes(to.i18n, to.i18n.gettext(known)) if known else to.quote(code)


def _worded(words: Mapping[str, str]) -> Callable[[Plain, Any], str]:
    """Codes that have words of their own, which stand in the sentence without quotation marks."""

    def write(to: Plain, code: str) -> str:
        known = words.get(code)
        return to.i18n.gettext(known) if known else to.quote(code)

    return write


def _levels(to: Plain, levels: list[str]) -> str:
    parts = [_named(to, codes.PRIVACY_LEVELS, level) for level in levels]
    return Markup(", ").join(parts) if any(isinstance(part, Markup) for part in parts) else ", ".join(parts) or "—"


def _facts(to: Plain, facts: str) -> str:
    for unit, word in codes.UNITS.items():
        facts = facts.replace(unit, to.i18n.gettext(word))
    return facts if to.i18n.language == DEFAULT_LANGUAGE else facts.replace(".", ",")


def _number(to: Plain, number: float) -> str:
    from babel.numbers import format_decimal

    return str(format_decimal(number, locale=to.i18n.locale))


def _amount(to: Plain, amount: str) -> str:
    from babel.numbers import format_decimal

    try:
        number = Decimal(amount)
    except InvalidOperation:
        return amount
    return str(format_decimal(number, locale=to.i18n.locale)) if number.is_finite() else amount


def _moment(to: Plain, at: str) -> str:
    return to.moment(datetime.fromisoformat(at))


def _day(to: Plain, day: str) -> str:
    from babel.dates import format_date

    return str(format_date(date.fromisoformat(day), _DAYS[to.i18n.language], locale=to.i18n.locale))


def _bare(value: Any) -> Any:
    """A member of an enum, and a message, are texts that JSON takes as texts."""
    return str(value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Kind:
    """`keep`: from Python to what JSON holds. `english`: as logs have it. `write`: as a reader sees it."""

    write: Callable[[Plain, Any], str]
    keep: Callable[[Any], Any] = _bare
    english: Callable[[Any], str] = str


KINDS: Mapping[object, Kind] = {
    str: Kind(lambda _, value: str(value)),
    int: Kind(_number),
    float: Kind(_number, english=lambda value: f"{value:g}"),
    datetime: Kind(_moment, stamp),
    date: Kind(_day, date.isoformat),
    Quote: Kind(lambda to, value: to.quote(value)),
    Level: Kind(lambda to, value: _named(to, codes.PRIVACY_LEVELS, value)),
    Levels: Kind(_levels, lambda levels: [str(level) for level in levels], lambda value: ", ".join(value) or _NOTHING),
    Mode: Kind(lambda to, value: _named(to, {mode: label for mode, (label, _) in codes.MODES.items()}, value)),
    Scope: Kind(lambda to, value: _named(to, codes.SCOPES, value)),
    Limit: Kind(_worded(codes.LIMITS)),
    State: Kind(lambda to, value: _named(to, codes.STATES, value)),
    Failure: Kind(_worded(codes.FAILURES)),
    DiskError: Kind(_worded(codes.DISK_ERRORS)),
    Facts: Kind(_facts),
    Amount: Kind(_amount),
    Address: Kind(lambda to, value: to.address(value)),
}
"""By the type that a sentence's signature names; a sentence within a sentence is told apart by its own."""
