"""What the rules of a source say of one article."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol

from app.articles.adapters.fields import tag_key
from app.articles.rules import ArticleTerms, LeftOutBy, SourceRules
from app.captions.detection import detect_language
from app.kit.languages import bare_language, normalise_language
from app.kit.text import fold
from app.messages import rules as said
from app.messages.message import Message

_LOOKED_AT = 1_000
_WORD = re.compile(r"[^\W_]+(?:['’ʼ-][^\W_]+)*")


class RuledArticle(Protocol):
    """What rules look at."""

    title: str
    excerpt: str
    language: str
    category: str
    tags: list[str]
    authors: list[str]
    published_at: datetime | None


def judge(rules: SourceRules, article: RuledArticle, now: datetime) -> Message | None:
    """Say why an article is not posted for anybody; None for one that goes out."""
    published_at = article.published_at
    if rules.is_age_set and published_at and now - published_at > timedelta(hours=rules.max_age_hours):
        return said.rule_age(hours=rules.max_age_hours)
    return _refusal(rules.include, rules.exclude, article)


def judge_for(rules: SourceRules, article: RuledArticle, account_id: str) -> Message | None:
    """Say why an article that goes out is not posted for this account; None where it is."""
    own = rules.accounts.get(account_id)
    if own is None:
        return None
    return _refusal(own.include, own.exclude, article) if own.takes else said.RULE_ACCOUNT


def leave_out(
    rules: SourceRules, article: RuledArticle, account_ids: Iterable[str], now: datetime, *, with_page: bool = False
) -> Sequence[LeftOutBy]:
    """List for which of the accounts an article is not posted, and why."""
    if (why := judge(rules, article, now)) is not None:
        return [LeftOutBy("", why, with_page)]
    told = ((one, judge_for(rules, article, one)) for one in account_ids)
    return [LeftOutBy(one, why, with_page) for one, why in told if why is not None]


def _refusal(include: ArticleTerms, exclude: ArticleTerms, article: RuledArticle) -> Message | None:
    for name, tell in said.HAS.items():
        if (term := _find(name, getattr(exclude, name), article)) is not None:
            return tell(term=term)
    for name, tell_missing in said.HAS_NONE.items():
        terms = getattr(include, name)
        if terms and _find(name, terms, article) is None:
            return tell_missing(terms=", ".join(terms))
    return None


def _find(name: str, terms: Sequence[str], article: RuledArticle) -> str | None:
    """Give the first of the terms that the article has."""
    return next((term for term in terms if _has(name, term, article)), None) if terms else None


def _has(name: str, term: str, article: RuledArticle) -> bool:
    match name:
        case "tags":
            return tag_key(term) in {tag_key(tag) for tag in article.tags}
        case "categories":
            return tag_key(term) == tag_key(article.category)
        case "authors":
            return fold(term) in {fold(author) for author in article.authors}
        case "languages":
            return _speaks(normalise_language(term), language_of(article))
    return _says(fold(term), article.title)


def language_of(article: RuledArticle) -> str:
    """Tell the language that an article names, else the one that its title and summary show; "" where it stays open."""
    return normalise_language(article.language) or _found_out(article.title, article.excerpt[:_LOOKED_AT])


@lru_cache(maxsize=64)
def _found_out(title: str, excerpt: str) -> str:
    return detect_language(title, excerpt)


def _speaks(wanted: str, language: str) -> bool:
    return wanted in {language, bare_language(language)} if language else False


def _says(term: str, title: str) -> bool:
    wanted = _words_of(term.removesuffix("*"))
    if not wanted:
        return False
    words = _words_of(title)
    is_beginning = term.endswith("*")
    for start in range(len(words) - len(wanted) + 1):
        some = words[start : start + len(wanted)]
        ends_right = some[-1].startswith(wanted[-1]) if is_beginning else some[-1] == wanted[-1]
        if some[:-1] == wanted[:-1] and ends_right:
            return True
    return False


@lru_cache(maxsize=256)
def _words_of(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(fold(text)))
