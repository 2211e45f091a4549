"""What is filled into a stored sentence, as a person reads it: a moment, a code in words, a quotation of TikTok's."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

from markupsafe import Markup

from app.admin.wording.codes import DISK_ERRORS, FAILURES, LIMITS, MODES, PRIVACY_LEVELS, SCOPES
from app.admin.wording.i18n import DEFAULT_LANGUAGE, N_, Translator
from app.admin.wording.times import show_day, show_moment

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_NUMBER = re.compile(r"(\d+)\.(\d+)")
_UNITS = {" fps": N_(" fps"), " s": N_(" s")}
_NOTHING = "nothing"

Say = Callable[[Translator, str], str]


def fill(i18n: Translator, name: str, value: str, say: Say) -> str:
    """Write the value of one placeholder; `say` translates what is a sentence itself."""
    if _MOMENT.fullmatch(value):
        return _moment(i18n, value)
    if _DAY.fullmatch(value):
        return _day(i18n, value)
    write = _WRITERS.get(name)
    if write is not None:
        return write(i18n, value)
    if name == "cause" and value in DISK_ERRORS:
        return i18n.gettext(DISK_ERRORS[value])
    said = say(i18n, value)
    # A word of another program's that we have no word for is a quotation.
    is_foreign = said == value and name == "cause" and i18n.language != DEFAULT_LANGUAGE
    return quote(value) if is_foreign else said


def quote(text: str) -> Markup:
    """Mark somebody's own words, which are English as a rule, for eyes and for voices."""
    return Markup('<q lang="en">{}</q>').format(text)


def name_level(i18n: Translator, level: str) -> str:
    """Name an audience as the form does; one that we do not know is TikTok's own word."""
    return _named(i18n, PRIVACY_LEVELS, level)


def name_scope(i18n: Translator, scope: str) -> str:
    """Name a permission as the settings page does."""
    return _named(i18n, SCOPES, scope)


def _named(i18n: Translator, words: Mapping[str, str], code: str) -> str:
    known = words.get(code)
    return _in_quotes(i18n, i18n.gettext(known)) if known else quote(code)


def _in_quotes(i18n: Translator, text: str) -> str:
    return f"“{text}”" if i18n.language == DEFAULT_LANGUAGE else f"«{text}»"


def _levels(i18n: Translator, value: str) -> str:
    if value == _NOTHING:
        return "—"
    return _join([name_level(i18n, level) for level in value.split(", ")])


def _mode(i18n: Translator, value: str) -> str:
    return _named(i18n, {mode: label for mode, (label, _) in MODES.items()}, value)


def _limit(i18n: Translator, value: str) -> str:
    return i18n.gettext(LIMITS[value]) if value in LIMITS else value


def _failure(i18n: Translator, value: str) -> str:
    return i18n.gettext(FAILURES[value]) if value in FAILURES else quote(value)


def _facts(i18n: Translator, value: str) -> str:
    """A film in short: codec, size, pictures a second, length."""
    for unit, word in _UNITS.items():
        value = re.sub(rf"(?<=\d){unit}\b", i18n.gettext(word), value)
    return value if i18n.language == DEFAULT_LANGUAGE else _NUMBER.sub(r"\1,\2", value)


def _join(parts: list[str]) -> str:
    return Markup(", ").join(parts) if any(isinstance(part, Markup) for part in parts) else ", ".join(parts)


def _moment(i18n: Translator, value: str) -> str:
    try:
        return show_moment(i18n, datetime.fromisoformat(value))
    except (ValueError, OverflowError):
        return value


def _day(i18n: Translator, value: str) -> str:
    try:
        return show_day(i18n, date.fromisoformat(value))
    except ValueError:
        return value


def _quotation(_i18n: Translator, value: str) -> str:
    return quote(value)


_WRITERS: Mapping[str, Callable[[Translator, str], str]] = {
    "level": name_level,
    "chosen": name_level,
    "offered": _levels,
    "mode": _mode,
    "scope": name_scope,
    "limit_name": _limit,
    "code": _failure,
    "facts": _facts,
    "said": _quotation,
    "reason": _quotation,
}
"""By the name of the placeholder."""
