"""Moments and days as a reader writes them; the page's script moves moments into the reader's own time zone."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from babel.dates import format_date, format_datetime
from markupsafe import Markup

from app.admin.wording.i18n import Translator
from app.kit.clock import rfc3339

# As the script writes them. Kazakh has the numeric form, because browsers are shipped without its month names.
_DAYS: Mapping[str, str] = {"en": "d MMM y", "ru": "d MMM y 'г.'", "kk": "dd.MM.y"}


def show_moment(i18n: Translator, moment: datetime) -> Markup:
    """Write a moment in UTC, and say so."""
    pattern = f"{_DAYS[i18n.language]}, HH:mm"
    text = format_datetime(moment.astimezone(UTC), pattern, locale=i18n.locale)
    stamp = rfc3339(moment)
    return Markup('<time datetime="{}" data-local>{} UTC</time>').format(stamp, text)


def show_day(i18n: Translator, day: date) -> str:
    """Write a day, which is the same in every zone."""
    return format_date(day, _DAYS[i18n.language], locale=i18n.locale)
