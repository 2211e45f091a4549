"""What a comment's words say of it: a question, or displeasure. Lists of words in the newsroom's three languages.

They are for deciding whom to wake, not for judging: what they miss still stands in the inbox.
"""

import regex

_WORD = regex.compile(r"[\p{L}\p{M}]+")
_ASKS_WORDS = """
    кто что где когда почему зачем сколько как какой какая какое какие куда откуда чей можно ли
    кім қайда қашан неге неліктен қанша қалай қандай қайдан кімнің бола болады ма ме ба бе па пе
    who what where when why how which whose can could does did is are
"""
_LAST_WORDS = "ма ме ба бе па пе ше"
_BAD_WORDS = """
    фейк ложь враньё вранье врёте врете бред чушь позор стыд ужас кошмар обман мошенники мошенник отписка жалоба
    плохо отвратительно безобразие верните ненавижу дезинформация
    жалған өтірік сұмдық масқара ұят алаяқ алдау нашар жаман бассыздық шағым сенбеймін
    fake lie lies lying shame scam fraud terrible awful worst hate disgusting garbage misleading misinformation refund
"""
_ASKS, _ASKS_AT_END, _BAD = (frozenset(words.split()) for words in (_ASKS_WORDS, _LAST_WORDS, _BAD_WORDS))


def is_question(text: str) -> bool:
    """Tell whether a comment asks something."""
    if "?" in text or "؟" in text:
        return True
    words = _words(text)
    # Of one word it is a shout or a name; Kazakh asks by its last word.
    return len(words) > 2 and (words[0] in _ASKS or words[-1] in _ASKS_AT_END)


def is_negative(text: str) -> bool:
    """Tell whether a comment complains."""
    return not _BAD.isdisjoint(_words(text))


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text[:1000])]
