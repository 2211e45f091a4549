"""Hashtags by rule: which, in which order, how many."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Annotated

import regex
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from app.captions.languages import normalise_language
from app.captions.schemas import CaptionArticle
from app.kit.text import clean, utf16_len

# TikTok ends a hashtag at the next space or newline, so all that is left must be part of the word. A keycap's marks
# (U+FE0F, U+20E3) follow digits, never letters; the marks of a script follow its letters.
_LETTERS = regex.compile(r"[\p{L}\p{Nd}_](?:[\p{Mn}\p{Mc}--[\uFE00-\uFE0F\U000E0100-\U000E01EF]])*", regex.VERSION1)
_HAS_LETTER = regex.compile(r"\p{L}")
MAX_TAG = 100


class HashtagGroup(StrEnum):
    brand = "brand"
    language = "language"
    region = "region"
    category = "category"
    tags = "tags"
    breaking = "breaking"


def hashtag(text: str) -> str | None:
    """Make one hashtag of any text: `Жаңа Қазақстан` becomes `#ЖаңаҚазақстан`; None when no letter is left."""
    word = "".join(_LETTERS.findall(clean(text[: MAX_TAG * 10])))
    word = unicodedata.normalize("NFC", word)
    if not _HAS_LETTER.search(word) or utf16_len(word) >= MAX_TAG:
        return None
    return f"#{word}"


def hashtag_key(tag: str) -> str:
    """Give what two spellings of one hashtag have in common, for finding duplicates."""
    return unicodedata.normalize("NFC", tag.removeprefix("#").casefold())


def _to_hashtag(text: str) -> str:
    tag = hashtag(text)
    if tag is None:
        raise ValueError(f"{text[:40]!r} makes no hashtag: it needs a letter and at most {MAX_TAG - 1} characters")
    return tag


Hashtag = Annotated[str, Field(max_length=MAX_TAG * 2), AfterValidator(_to_hashtag)]
Hashtags = Annotated[list[Hashtag], Field(max_length=30)]


class HashtagRules(BaseModel):
    """The newsroom's rules. A group that `order` leaves out is not used."""

    model_config = ConfigDict(extra="forbid")

    brand: Hashtags = ["#AIMAK", "#Сатпаев"]
    languages: Annotated[dict[str, Hashtags], Field(max_length=50)] = {"kk": ["#жаналықтар"], "ru": ["#новости"]}
    regions: Hashtags = ["#Казахстан"]
    categories: Annotated[dict[str, Hashtag], Field(max_length=500)] = {}
    article_tags: Annotated[int, Field(ge=0, le=30)] = 3
    breaking: Hashtags = ["#breaking", "#срочно"]
    blocklist: Annotated[list[Annotated[str, Field(max_length=MAX_TAG * 2)]], Field(max_length=1000)] = []
    maximum: Annotated[int, Field(ge=0, le=30)] = 15
    order: list[HashtagGroup] = list(HashtagGroup)

    @field_validator("languages")
    @classmethod
    def _normalise_languages(cls, languages: dict[str, list[str]]) -> dict[str, list[str]]:
        result: dict[str, list[str]] = {}
        for code, tags in languages.items():
            language = normalise_language(code)
            if not language:
                raise ValueError(f"{code[:40]!r} is no language code; write kk, ru or the like")
            result.setdefault(language, []).extend(tags)
        return result

    @field_validator("order")
    @classmethod
    def _each_group_once(cls, order: list[HashtagGroup]) -> list[HashtagGroup]:
        if len(set(order)) != len(order):
            raise ValueError("a group of hashtags can stand in the order only once")
        return order


def build_hashtags(article: CaptionArticle, rules: HashtagRules) -> list[str]:
    """List an article's hashtags as the rules want them: no duplicates, none blocked, at most the maximum."""
    seen = {hashtag_key(tag) for tag in map(hashtag, rules.blocklist) if tag is not None}
    groups: dict[HashtagGroup, Callable[[], Iterable[str]]] = {
        HashtagGroup.brand: lambda: rules.brand,
        HashtagGroup.language: lambda: rules.languages.get(normalise_language(article.language), []),
        HashtagGroup.region: lambda: rules.regions,
        HashtagGroup.category: lambda: _category(article, rules),
        HashtagGroup.tags: lambda: filter(None, map(hashtag, article.tags)),
        HashtagGroup.breaking: lambda: rules.breaking if article.breaking else [],
    }
    result: list[str] = []
    for group in rules.order:
        new = list(_unseen(groups[group](), seen, rules.article_tags if group is HashtagGroup.tags else rules.maximum))
        result.extend(new)
    return result[: rules.maximum]


def _unseen(tags: Iterable[str], seen: set[str], most: int) -> Iterator[str]:
    left = most
    for tag in tags:
        if left <= 0:
            return
        if (key := hashtag_key(tag)) not in seen:
            seen.add(key)
            left -= 1
            yield tag


def _category(article: CaptionArticle, rules: HashtagRules) -> list[str]:
    name = clean(article.category).casefold()
    for category, tag in rules.categories.items():
        if name and clean(category).casefold() == name:
            return [tag]
    own = hashtag(article.category)
    return [own] if own else []
