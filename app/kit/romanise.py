"""Names in Latin letters without marks, for addresses: Kazakh by its Latin alphabet, Russian as on signs."""

import re
import unicodedata

_LETTERS = str.maketrans({
    "ә": "a", "ғ": "g", "қ": "q", "ң": "n", "ө": "o", "ұ": "u", "ү": "u", "һ": "h", "і": "i",
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "i",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "iu", "я": "ia",
    "є": "ie", "ї": "i", "ґ": "g", "ў": "u", "ҳ": "h", "җ": "j", "ҡ": "q", "ҙ": "z", "ҫ": "s", "ӯ": "u", "ӣ": "i",
    "ҷ": "j", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "ə": "a", "№": "no",
})  # fmt: skip

_KAZAKH = re.compile(r"[әғқңөұүһі]")
_IN_KAZAKH = str.maketrans({"ж": "j", "х": "h"})


def romanise(name: str) -> str:
    """Spell a name in small letters of ASCII; what has no such spelling falls away."""
    small = unicodedata.normalize("NFC", name).lower()
    if _KAZAKH.search(small):
        small = small.translate(_IN_KAZAKH)
    small = small.translate(_LETTERS)
    return unicodedata.normalize("NFKD", small).encode("ascii", "ignore").decode()
