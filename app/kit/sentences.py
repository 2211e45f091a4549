"""Where sentences end, in the languages of our readers."""

import regex

from app.kit.breaks import is_abbreviation, last_word
from app.kit.text import clean, utf16_len

# Where words stand without spaces, a sentence ends without one too.
_SENTENCE_END = regex.compile(
    r"""([.!?…؟۔।։]+)["'»”’)\]]*(?:\s+(?=[\p{Lu}\p{Lo}\p{N}«“"'(—–-])|$)|[。！？]+(?![\]"'»”’)」』）])\s*"""
)
_LETTER = regex.compile(r"\p{L}")


def whole_sentences(text: str, limit: int) -> str:
    """Give the sentences from the beginning that fit into so many UTF-16 units; perhaps none does."""
    kept = ""
    for count in range(1, limit):
        more = first_sentences(text, count)
        if utf16_len(more) > limit or more == kept:
            break
        kept = more
    return kept


def first_sentences(text: str, count: int = 2) -> str:
    """Give the first sentences of a text; numbers, initials and common abbreviations do not end one."""
    text = clean(text)
    found = start = 0
    for match in _SENTENCE_END.finditer(text):
        if not _LETTER.search(text, start, match.start()) or (match[1] == "." and _goes_on(text, match)):
            continue
        found, start = found + 1, match.end()
        if found == count:
            return text[: match.end()].rstrip()
    return text


def _goes_on(text: str, match: regex.Match[str]) -> bool:
    at, after = match.start(), text[match.end() : match.end() + 1]
    return (text[at - 1 : at].isdigit() and after.isdigit()) or is_abbreviation(last_word(text, at), after)
