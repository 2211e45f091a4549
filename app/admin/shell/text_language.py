"""In which language a text stands, for browsers and voices: the attributes `lang` and `dir`."""

from functools import lru_cache

from babel.core import Locale, UnknownLocaleError
from markupsafe import Markup

from app.kit.languages import normalise_language

_RIGHT_TO_LEFT = frozenset({"adlm", "arab", "hebr", "mand", "nkoo", "rohg", "samr", "syrc", "thaa"})


@lru_cache(maxsize=512)
def language_attributes(language: str | None) -> Markup:
    """Give the attributes for an article's words. Unknown: no language, and the words' own direction."""
    primary, script = normalise_language(language or ""), _script(language or "")
    if not primary:
        return Markup('lang="" dir="auto"')
    tag = f"{primary}-{script}" if script and "-" not in primary else primary
    return Markup('lang="{}" dir="{}"').format(tag, _direction(primary.partition("-")[0], script))


def _script(language: str) -> str:
    parts = language.strip().replace("_", "-").split("-")[1:]
    return next((part.title() for part in parts if len(part) == 4 and part.isascii() and part.isalpha()), "")


def _direction(primary: str, script: str) -> str:
    if script:
        return "rtl" if script.lower() in _RIGHT_TO_LEFT else "ltr"
    try:
        return "rtl" if Locale(primary).character_order == "right-to-left" else "ltr"
    except (UnknownLocaleError, ValueError):
        return "auto"
