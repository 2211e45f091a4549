"""Languages of the pages: catalogues read at start, and the choice made for each request."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.core import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from app.captions.languages import bare_language, normalise_language

LANGUAGES: Mapping[str, str] = {"en": "English", "ru": "Русский", "kk": "Қазақша"}
"""In their own words. English is the source and needs no catalogue."""

DEFAULT_LANGUAGE = "en"
LANGUAGE_COOKIE = "newsreel_language"
DOMAIN = "newsreel"
LOCALE_DIR = Path(__file__).parents[1] / "locale"


def N_(message: str) -> str:  # noqa: N802
    """Mark a message for the catalogues where it stands; it is translated where it is shown."""
    return message


def catalogue_path(language: str) -> Path:
    """Tell where a language's catalogue stands."""
    return LOCALE_DIR / language / "LC_MESSAGES" / f"{DOMAIN}.po"


@dataclass(frozen=True, slots=True)
class Translator:
    """One language: its messages and how it writes times and numbers."""

    language: str
    locale: Locale
    catalogue: NullTranslations

    def gettext(self, message: str) -> str:
        return str(self.catalogue.gettext(message)) if message else ""

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        return str(self.catalogue.ngettext(singular, plural, count))


@cache
def translator(language: str) -> Translator:
    """Give the translator of a language; the catalogue is read once."""
    return Translator(language, Locale.parse(language), _read_catalogue(language))


def _read_catalogue(language: str) -> NullTranslations:
    if language == DEFAULT_LANGUAGE:
        return NullTranslations()
    compiled = BytesIO()
    with catalogue_path(language).open("rb") as file:
        write_mo(compiled, read_po(file, locale=language, domain=DOMAIN))
    compiled.seek(0)
    return Translations(compiled, domain=DOMAIN)


def choose_language(asked: str | None, kept: str | None, accept_language: str) -> str:
    """Choose by the page's switch, then by the cookie, then by what the browser prefers."""
    for choice in (asked, kept):
        if choice is not None and choice in LANGUAGES:
            return choice
    for preferred in _by_preference(accept_language):
        if preferred in LANGUAGES:
            return preferred
    return DEFAULT_LANGUAGE


def _by_preference(accept_language: str) -> list[str]:
    weighted: list[tuple[float, str]] = []
    for item in accept_language.split(",")[:20]:
        tag, *parameters = (part.strip() for part in item.split(";"))
        weighted.append((-_quality(parameters), bare_language(normalise_language(tag))))
    return [tag for weight, tag in sorted(weighted, key=lambda pair: pair[0]) if weight < 0]


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0
