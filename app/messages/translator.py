"""Languages: each one's catalogue, read once, and how it writes times and numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.core import Locale
    from babel.support import NullTranslations

LANGUAGES: Mapping[str, str] = {"en": "English", "ru": "Русский", "kk": "Қазақша"}
"""In their own words. English is the source and needs no catalogue."""

DEFAULT_LANGUAGE = "en"
DOMAIN = "newsreel"
LOCALE_DIR = Path(__file__).parent / "locale"


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
    locale: "Locale"
    catalogue: "NullTranslations"
    zone: str = ""
    """Of a reader who has chosen one; without it pages leave times to the browser."""

    def gettext(self, message: str) -> str:
        return str(self.catalogue.gettext(message)) if message else ""

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        return str(self.catalogue.ngettext(singular, plural, count))


@cache
def translator(language: str, zone: str = "") -> Translator:
    """Give the translator of a language, for a reader in a time zone; the catalogue is read once."""
    from babel.core import Locale

    return Translator(language, Locale.parse(language), _read_catalogue(language), zone)


@cache
def _read_catalogue(language: str) -> "NullTranslations":
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po
    from babel.support import NullTranslations, Translations

    if language == DEFAULT_LANGUAGE:
        return NullTranslations()
    compiled = BytesIO()
    with catalogue_path(language).open("rb") as file:
        write_mo(compiled, read_po(file, locale=language, domain=DOMAIN))
    compiled.seek(0)
    return Translations(compiled, domain=DOMAIN)
