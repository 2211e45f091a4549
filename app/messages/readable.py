"""Web addresses as people read them: percent signs and punycode decoded where that is safe, and the same link still.

Whatever is decoded here encodes to the very address again, so that a copied link leads to the same place. What could
make an address look like another one stays encoded: invisible and bidirectional signs, spaces, punctuation, letters
that are composed in another way, and host names that mix scripts or look like Latin ones without being so.
"""

import re
import unicodedata
from urllib.parse import quote, unquote_to_bytes

import idna
import regex

LONGEST = 4096

_ADDRESS = re.compile(
    r"(?P<scheme>https?://)(?P<host>[^/?#@:\s]+)(?P<port>:\d+)?(?P<rest>[/?#].*)?", re.IGNORECASE | re.DOTALL
)
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
# Letters with their marks, and digits: a mark alone would sit on the sign before it.
_WORDS = regex.compile(r"(?:[\p{L}\p{Nd}]\p{M}*)+")
_PLAIN = re.compile(r"[A-Za-z0-9._~-]")
_INVISIBLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}\u3164\uFFA0\u115F\u1160]")

_SCRIPTS = tuple(
    regex.compile(rf"[{script}0-9-]+")
    for script in (
        # Without the letters that only resemble a Latin one: dotless i, kra, long s, the phonetic alphabet.
        r"a-z\u00DF-\u00F6\u00F8-\u0130\u0132-\u0137\u0139-\u0148\u014A-\u017E\u0259",
        r"\p{Cyrillic}",
        r"\p{Greek}",
        r"\p{Armenian}",
        r"\p{Georgian}",
        r"\p{Devanagari}",
        r"\p{Thai}",
        r"\p{Hangul}",
        r"\p{Han}\p{Hiragana}\p{Katakana}ー",
    )
)
_LIKE_LATIN = re.compile(r"[асԁеһіјӏорԛѕԝхуүѵгпьвктнмзαεικνορτυχωγβηµ0-9-]+")
"""Letters of which whole Latin words can be counterfeited."""


def readable_address(address: str) -> str:
    """Write a web address for people; anything else comes back as it is."""
    found = _ADDRESS.fullmatch(address) if len(address) <= LONGEST else None
    if found is None:
        return address
    rest = _ESCAPES.sub(_decode, found["rest"] or "")
    return f"{found['scheme']}{_readable_host(found['host'])}{found['port'] or ''}{rest}"


def _decode(found: re.Match[str]) -> str:
    raw = unquote_to_bytes(found[0])
    text = raw.decode("utf-8", "surrogateescape")
    return "".join(_sign(text, at) for at in _clusters(text))


def _clusters(text: str) -> list[tuple[int, int]]:
    """Split into words that may be shown, and single signs that may not."""
    parts: list[tuple[int, int]] = []
    at = 0
    while at < len(text):
        word = _WORDS.match(text, at)
        end = word.end() if word else at + 1
        parts.append((at, end))
        at = end
    return parts


def _sign(text: str, span: tuple[int, int]) -> str:
    part = text[slice(*span)]
    is_word = _WORDS.fullmatch(part) is not None and _INVISIBLE.search(part) is None
    if (is_word and unicodedata.normalize("NFC", part) == part) or _PLAIN.fullmatch(part):
        return part
    return quote(part.encode("utf-8", "surrogateescape"), safe="")


def _readable_host(host: str) -> str:
    labels = host.split(".")
    if not any(label.lower().startswith("xn--") for label in labels):
        return host
    decoded = [_read_label(label) for label in labels]
    is_top_ascii = decoded[-1].isascii()
    shown = [
        label if label.isascii() or _is_honest(label, is_top_ascii=is_top_ascii) else original
        for label, original in zip(decoded, labels, strict=True)
    ]
    return ".".join(shown)


def _read_label(label: str) -> str:
    if not label.lower().startswith("xn--"):
        return label
    try:
        decoded = idna.decode(label)
        is_same = idna.encode(decoded).decode() == label.lower()
    except (idna.IDNAError, UnicodeError):
        return label
    return decoded if is_same else label


def _is_honest(label: str, *, is_top_ascii: bool) -> bool:
    """One script, and below a Latin top-level domain no word that could be read as a Latin one."""
    if not any(script.fullmatch(label) for script in _SCRIPTS):
        return False
    return not (is_top_ascii and _LIKE_LATIN.fullmatch(label))
