"""Language codes as newsrooms write them, brought to the two letters that templates and hashtags go by."""

# `kz` is the country, but CMSes of Kazakhstan use it for the language; the rest are ISO 639-2.
_SAME = {"kz": "kk", "kaz": "kk", "rus": "ru", "eng": "en"}


def normalise_language(code: str) -> str:
    """Bring `kk-KZ`, `KZ`, `ru_RU` and the like to `kk` or `ru`; what says nothing becomes the empty string."""
    primary = code.strip().replace("_", "-").partition("-")[0].casefold()
    primary = _SAME.get(primary, primary)
    return primary if primary.isascii() and primary.isalpha() and 2 <= len(primary) <= 8 else ""
