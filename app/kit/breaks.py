"""Where a text must not end: in a number, between it and its unit, an initial and its name, after an abbreviation."""

import regex

LOOSE_END = " \t\n\r\v\f\u00a0\u202f,;:([{«“„-–—"
"""What a text that is cut does not end with."""

_LONGEST_WORD = 48
_SPACE = r"[\p{Zs}\t]"
_DIGIT = r"[\p{Nd}\p{Nl}¼-¾⅐-⅞]"
_JOINTS = r"[\p{Zs}\t.,:'’‘ʼ‛`´′/\\()\-‐‑‒–—−×xх*·٫٬]{0,8}+"
_HYPHEN = r"[\-‐‑'’]"
_LETTERS = r"[\p{L}\p{M}]{1,40}+"
_MULTIPLE = (
    r"(?i:млн|млрд|трлн|тыс|тысяч|миллион|миллиард|триллион|мың|жүз|кв|куб|пог|"
    r"mln|mn|bn|hundred|thousand|million|billion|trillion)\p{L}{0,8}"
)
_CURRENCY = r"(?:\p{Sc}|(?<!\p{L})(?:KZT|RUB|USD|EUR|GBP|CNY|KGS|UZS|TRY|CHF|JPY))"

# What stands before a place and what after it: where both of a pair are found, a reader takes them for one thing.
_HELD = regex.compile(
    "|".join(
        f"(?<={before}){after}"
        for before, after in (
            (f"{_DIGIT}{_JOINTS}", f"{_JOINTS}{_DIGIT}"),  # 1 200, 12:30, 29.11.2026, +7 (701) 123-45-67, 10 – 15
            (_DIGIT, rf"(?:{_SPACE}?[\p{{L}}%‰°\p{{Sc}}]|{_HYPHEN}\p{{L}})"),  # 5 км, 40 %, 25 000 ₸, 1990-жылы
            (f"{_DIGIT}{_SPACE}?°", r"\p{L}"),  # 5 °C
            (rf"{_DIGIT}(?:{_SPACE}?°?|{_HYPHEN}){_LETTERS}[\-‐‑'’/]?", r"[\p{L}\p{M}\-‐‑'’/²³]"),  # in «5 км/ч»
            (rf"{_DIGIT}{_SPACE}?{_MULTIPLE}\.?", rf"{_SPACE}?[\p{{L}}\p{{Sc}}%]"),  # 3 млн теңге
            (rf"(?:[№§#+−±~≈<>≤≥]|{_CURRENCY})", rf"{_SPACE}?[+\-−]?{_DIGIT}"),  # № 5, $ 100, + 7
            (r"[\p{L}\p{M}\-‐‑–]", rf"[\-‐‑]?{_DIGIT}"),  # А4, COVID-19, −5
            (r"(?<![\p{L}.])[IVXLCХІ]{1,9}", rf"(?:{_SPACE}\p{{Ll}}|[IVXLCХІ])"),  # XXI ғасыр
        )
    ),
    regex.VERSION1,
)
_LAST_WORD = regex.compile(r"(?r)[^\s«»“”„\"'’‘()\[\]{}]++")
_INITIALS = regex.compile(r"\p{L}\p{M}*+(?:\.[\-‐‑]?\p{L}{1,2})*+|\p{L}{2}(?:\.[\-‐‑]?\p{L}{1,2})++")
_KAZAKH = """
    көш ауд обл даң ықш мкр қал пәт корп жж ғғ ғас тг сағ шығ бұлв тәул дүйс сейс сәрс бейс жұм сенб жекс
"""
_RUSSIAN = """
    ул пер пл просп пр пр-т пр-кт пр-д р-н р-на бул б-р наб кварт мкрн пос пгт дер хут ст стр оф эт зд вл
    им руб коп тыс млн млрд трлн ед экз чел гг вв см ср напр др проч пп табл гл разд абз сб изд тел доб
    мин макс сек кв долл евр янв фев февр апр авг сен сент окт ноя нояб дек пн вт чт пт вс гос зам зав нач ген
    проф акад доц ред лейт св рев рез респ губ адм дж юж сев вост зап о-в об-ва оз рус англ нем
"""
_ENGLISH = """
    mr mrs ms mx dr prof st ste sr jr gen col lt sgt capt cpt maj adm rev hon gov sen rep pres messrs nos nr vs
    etc inc ltd co corp llc plc bros ave blvd rd dept univ assn est approx incl excl jan feb apr jun jul aug sep
    sept oct nov dec fig figs vol vols pp ed eds mt ft op cit al
"""
_ABBREVIATIONS = frozenset(f"{_KAZAKH} {_RUSSIAN} {_ENGLISH}".split())
# Before anything but a number these are words of their own: «No. He stayed.»
_BEFORE_NUMBERS = frozenset({"no", "art", "sec", "ch", "рис"})
_NUMBER_AHEAD = regex.compile(rf"\s*{_DIGIT}")


def may_end(text: str, at: int) -> bool:
    """Tell whether a text can be cut at this place so that no number, name or abbreviation is torn."""
    if text[at - 1 : at].isdigit() and text[at : at + 1].isdigit():
        return False
    while at and text[at - 1 : at] in LOOSE_END:
        at -= 1
    return not at or not (_ends_short(text, at) or _HELD.match(text, at))


def is_abbreviation(word: str, after: str = "") -> bool:
    """Tell whether a word, its full stop apart, is an abbreviation or initials, which end no sentence."""
    word = word.casefold()
    if word in _BEFORE_NUMBERS:
        return _NUMBER_AHEAD.match(after) is not None
    return word in _ABBREVIATIONS or _INITIALS.fullmatch(word) is not None


def last_word(text: str, at: int) -> str:
    """Give the word that ends at this place, without the quotation mark or bracket that opens before it."""
    found = _LAST_WORD.match(text, max(at - _LONGEST_WORD, 0), at)
    return found.group() if found else ""


def _ends_short(text: str, at: int) -> bool:
    if text[at - 1] == ".":
        return is_abbreviation(last_word(text, at - 1), text[at : at + 8])
    return text[at : at + 1] == "." and is_abbreviation(last_word(text, at), text[at + 1 : at + 9])
