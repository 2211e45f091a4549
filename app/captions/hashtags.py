"""Hashtags by rule: which, in which order, how many."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import regex
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from app.captions.schemas import CaptionArticle
from app.kit.languages import normalise_language
from app.kit.text import clean, fold, utf16_len

# TikTok ends a hashtag at the next space or newline, so all that is left must be part of the word. A keycap's marks
# (U+FE0F, U+20E3) follow digits, never letters; the marks of a script follow its letters.
_LETTERS = regex.compile(r"[\p{L}\p{Nd}_](?:[\p{Mn}\p{Mc}--[\uFE00-\uFE0F\U000E0100-\U000E01EF]])*", regex.VERSION1)
_HAS_LETTER = regex.compile(r"\p{L}")
# «Спорт/Футбол» names two things; «24/7», «км/ч» and «Ж/Қ» are one.
_LIST = regex.compile(r"(?<=\p{L}{3}\s?)[/|;,،、]+(?=\s?\p{L}{3})")
_COMPATIBLE = regex.compile(r"[⁰¹²³⁴-⁹]+|[₀-₉]+|[\p{L}\p{N}--\p{Nd}]", regex.VERSION1)
# What remains of «1½ литра» without its fraction is another number.
_FRACTION = regex.compile(r"(?:\p{Nd}+\s?)?[¼-¾⅐-⅟↉]")
# «1,5 млн» is not «15 млн», whatever stands between the digits: a space, a sign, a dash, a mark of the keycap.
_BETWEEN_NUMBERS = regex.compile(r"(?<=\p{Nd}\p{M}*)[^\p{L}\p{Nd}_]+(?=\p{Nd})")
_KIND_OF_PLACE = regex.compile(r"(?:қ|қал|а|ауд|обл|көш|мкр|ықш|даң|г|с|п|ст|пос|пгт|дер|ул|р-н|пр|просп)\.")
MAX_TAG = 100


class HashtagGroup(StrEnum):
    brand = "brand"
    language = "language"
    region = "region"
    category = "category"
    tags = "tags"
    breaking = "breaking"


def hashtag(text: str) -> str | None:
    """Make one hashtag of any text: `Жаңа Қазақстан` becomes `#ЖаңаҚазақстан`; None when no letter is left.

    Two numbers do not become one: `1,5 млн` is `#1_5млн`.
    """
    line = _COMPATIBLE.sub(_plain, _FRACTION.sub("", clean(text[: MAX_TAG * 10])))
    word = "".join(_LETTERS.findall(_BETWEEN_NUMBERS.sub("_", _without_kind(line))))
    word = unicodedata.normalize("NFC", word)
    if not _HAS_LETTER.search(word) or utf16_len(word) >= MAX_TAG:
        return None
    return f"#{word}"


def hashtags_of(text: str) -> list[str]:
    """Make a hashtag of each thing that a tag or category lists."""
    parts = _LIST.split(clean(text[: MAX_TAG * 10]))
    return [tag for part in parts if (tag := hashtag(part)) is not None]


def hashtag_key(tag: str) -> str:
    """Give what two spellings of one hashtag have in common, for finding duplicates."""
    return fold(tag.removeprefix("#"))


def _plain(match: regex.Match[str]) -> str:
    """Give the letters that a compatibility form stands for: CO₂ is CO2, and not CO; 10² is no 102."""
    sign: str = match.group()
    plain = unicodedata.normalize("NFKC", sign)
    if plain.isdecimal():
        return f"\0{plain}\0"
    return plain if plain.isalnum() else sign


def _without_kind(line: str) -> str:
    """Drop the abbreviation that says what kind of place it is: «Алматы қ.», «Абай ауд.», «г. Сатпаев»."""
    words = line.split()
    first, rest = words[:1], words[1:]
    if rest and _KIND_OF_PLACE.fullmatch(words[-1]):
        return " ".join(words[:-1])
    return " ".join(rest) if rest and _KIND_OF_PLACE.fullmatch(first[0]) else line


def _to_hashtag(text: str) -> str:
    tag = hashtag(text)
    if tag is None:
        raise ValueError(f"{text[:40]!r} makes no hashtag: it needs a letter and at most {MAX_TAG - 1} characters")
    return tag


Hashtag = Annotated[str, Field(max_length=MAX_TAG * 2), AfterValidator(_to_hashtag)]
Hashtags = Annotated[list[Hashtag], Field(max_length=30)]

_EVERY = "all"
"""In place of a language: these are for articles in any."""


def _by_language(tags: dict[str, list[str]]) -> dict[str, list[str]]:
    result: dict[str, list[str]] = {}
    for code, some in tags.items():
        language = _EVERY if code == _EVERY else normalise_language(code)
        if not language:
            raise ValueError(f"{code[:40]!r} is no language code; write kk, ru or the like")
        result.setdefault(language, []).extend(some)
    return result


ByLanguage = Annotated[dict[str, Hashtags], Field(max_length=50), AfterValidator(_by_language)]
TagsByLanguage = Hashtags | ByLanguage
"""A plain list is for articles in every language."""


class HashtagRules(BaseModel):
    """The newsroom's rules. A group that `order` leaves out is not used.

    `brand`, `regions` and `breaking` are one list for every language, or lists by language: `{"kk": […], "all": […]}`.
    """

    model_config = ConfigDict(extra="forbid")

    brand: TagsByLanguage = []
    languages: ByLanguage = {"kk": ["#жаңалықтар"], "kk-Latn": ["#jañalyqtar"], "ru": ["#новости"]}
    regions: TagsByLanguage = []
    categories: Annotated[dict[str, Hashtag], Field(max_length=500)] = {}
    article_tags: Annotated[int, Field(ge=0, le=30)] = 3
    breaking: TagsByLanguage = {
        "kk": ["#шұғыл"], "kk-Latn": ["#şūğyl"], "ru": ["#срочно"], "en": ["#breaking"],
    }  # fmt: skip
    blocklist: Annotated[list[Annotated[str, Field(max_length=MAX_TAG * 2)]], Field(max_length=1000)] = []
    maximum: Annotated[int, Field(ge=0, le=30)] = 15
    order: list[HashtagGroup] = list(HashtagGroup)

    @classmethod
    def read_stored(cls, rules: dict[str, Any]) -> "HashtagRules":
        """Read rules that were saved under a laxer check: what is no language any more falls away."""
        languages = {code: tags for code, tags in rules.get("languages", {}).items() if normalise_language(code)}
        return cls.model_validate({**rules, "languages": languages})

    @field_validator("order")
    @classmethod
    def _each_group_once(cls, order: list[HashtagGroup]) -> list[HashtagGroup]:
        if len(set(order)) != len(order):
            raise ValueError("a group of hashtags can stand in the order only once")
        return order


class HashtagVerdict(StrEnum):
    """What became of a hashtag that the rules would give an article."""

    used = "used"
    blocked = "blocked"
    repeated = "repeated"
    too_many_tags = "too_many_tags"
    too_many = "too_many"


@dataclass(frozen=True, slots=True)
class HashtagReason:
    """A hashtag, the group of rules that it comes from, and what became of it."""

    tag: str
    group: HashtagGroup
    verdict: HashtagVerdict


def build_hashtags(article: CaptionArticle, rules: HashtagRules) -> list[str]:
    """List an article's hashtags as the rules want them: no duplicates, none blocked, at most the maximum."""
    return [reason.tag for reason in explain_hashtags(article, rules) if reason.verdict is HashtagVerdict.used]


def explain_hashtags(article: CaptionArticle, rules: HashtagRules) -> Iterator[HashtagReason]:
    """Say of each hashtag that the rules come upon where it is from and why it is used or not, in their order."""
    blocked = {hashtag_key(tag) for tag in map(hashtag, rules.blocklist) if tag is not None}
    seen: set[str] = set()
    for group in rules.order:
        left = rules.article_tags if group is HashtagGroup.tags else rules.maximum
        for tag in _tags_of(group, article, rules):
            key = hashtag_key(tag)
            if key in blocked or key in seen:
                verdict = HashtagVerdict.blocked if key in blocked else HashtagVerdict.repeated
            elif len(seen) >= rules.maximum:
                verdict = HashtagVerdict.too_many
            elif left <= 0:
                verdict = HashtagVerdict.too_many_tags
            else:
                verdict = HashtagVerdict.used
                seen.add(key)
                left -= 1
            yield HashtagReason(tag, group, verdict)


def _tags_of(group: HashtagGroup, article: CaptionArticle, rules: HashtagRules) -> Iterable[str]:
    language = normalise_language(article.language)
    match group:
        case HashtagGroup.brand:
            return _in_language(rules.brand, language)
        case HashtagGroup.language:
            return _in_language(rules.languages, language)
        case HashtagGroup.region:
            return _in_language(rules.regions, language)
        case HashtagGroup.category:
            return _category(article, rules)
        case HashtagGroup.tags:
            return (tag for text in article.tags for tag in hashtags_of(text))
        case HashtagGroup.breaking:
            return _in_language(rules.breaking, language) if article.breaking else []


def _in_language(tags: list[str] | dict[str, list[str]], language: str) -> list[str]:
    if isinstance(tags, list):
        return tags
    return [*tags.get(_EVERY, []), *tags.get(language, [])]


def _category(article: CaptionArticle, rules: HashtagRules) -> list[str]:
    name = fold(article.category)
    for category, tag in rules.categories.items():
        if name and fold(category) == name:
            return [tag]
    return hashtags_of(article.category)
