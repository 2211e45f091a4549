"""The article of a feed's item: what all forms of feeds have in common."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.articles.adapters import fields, pictures
from app.articles.adapters.base import ArticleDraft, SourceOptions
from app.articles.feeds.images import Picture, best_first, pictures_in
from app.kit.http.addresses import FetchRefused, complete_url
from app.kit.text import cut

_LONGEST_TEASER = 1_200
"""A summary that is longer is the text."""
_LONGEST_MADE_TITLE = 150
_NO_CATEGORY = frozenset({"uncategorized", "без рубрики", "санатсыз", "unkategorisiert", "non classé"})
# What a feed for Dzen tells Dzen to do with an item. https://dzen.ru/help/ru/website/rss-modify (seen 2026-12-01)
_FOR_DZEN = frozenset(
    {
        "native", "native-yes", "native-no", "native-draft", "format-article", "format-post", "index", "noindex",
        "comment-all", "comment-subscribers", "comment-none",
    }
)  # fmt: skip
# Plugins of WordPress end each item with a paragraph that names the item and the site, in the site's language.
_LAST_PARAGRAPH = re.compile(r"<p>(?P<inner>(?:(?!</?p\b).){1,2000})</p>\s*$", re.DOTALL | re.IGNORECASE)
_LINK = re.compile(r"<a\s[^>]*href=[\"']([^\"']+)[\"']", re.IGNORECASE)
_MORE = re.compile(r"\s*(?:\[(?:…|\.\.\.)\]|…|\.\.\.)\s*$")


@dataclass(frozen=True, slots=True)
class Parts:
    """What an item says. `summary` and `text` are markup; `text` is empty where there is only a teaser."""

    url: str
    title: str
    summary: str = ""
    text: str = ""
    language: str = ""
    tags: Sequence[str] = ()
    authors: Sequence[str] = ()
    covers: Sequence[Picture] = ()
    films: Sequence[str] = ()
    published_at: datetime | None = None
    base: str = ""
    has_typed_title: bool = False
    is_paywalled: bool = False
    extra: dict[str, str] = field(default_factory=dict)


def article_url(written: str, base: str) -> str:
    """Give an item's address in full; "" for none."""
    if url := fields.http_url(written):
        return url
    try:
        return fields.http_url(complete_url(written.strip(), base)) or "" if written.strip() else ""
    except FetchRefused:
        return ""


def draft_of(parts: Parts, options: SourceOptions) -> ArticleDraft:
    """Make the canonical article."""
    summary = fields.readable_html(_without_footer(parts.summary, parts.url))
    text = fields.readable_html(_without_footer(parts.text, parts.url))
    if not text and len(fields.text_of(summary)) > _LONGEST_TEASER:
        text, summary = summary, ""
    elif text and fields.text_of(summary)[:2000] == fields.text_of(text)[:2000]:
        summary = ""
    excerpt = fields.many_lines(summary, fields.MAX_EXCERPT) or fields.opening_of(text)
    terms = _telling(parts.tags)
    base = parts.base or parts.url
    found = best_first([*parts.covers, *pictures_in(text), *pictures_in(summary)], base)
    read_title = fields.typed_line if parts.has_typed_title else fields.one_line
    return ArticleDraft(
        url=parts.url,
        title=read_title(parts.title, fields.MAX_TITLE) or cut(excerpt.partition("\n")[0], _LONGEST_MADE_TITLE),
        excerpt=_MORE.sub("…", excerpt),
        text=fields.text_of(text),
        language=options.language or fields.language_of(parts.language, ""),
        category=fields.one_line(next(iter(terms), ""), fields.MAX_NAME) or options.category,
        tags=fields.tag_names(terms, without=options.opt_in_tag),
        authors=fields.people(parts.authors),
        is_paywalled=parts.is_paywalled,
        is_wanted=not options.opt_in_tag or fields.has_tag(parts.tags, options.opt_in_tag),
        images=pictures.image_list(found, base),
        video_url=next((film for address in parts.films if (film := pictures.film_address(address, base))), None),
        published_at=parts.published_at,
    )


def _telling(tags: Iterable[str]) -> list[str]:
    return [tag for tag in tags if tag.strip() and tag.strip().casefold() not in _NO_CATEGORY | _FOR_DZEN]


def _without_footer(markup: str, url: str) -> str:
    """Cut off a last paragraph that only says where the item first appeared: it links to the item and to its site."""
    last = _LAST_PARAGRAPH.search(markup[-4_000:])
    if last is None or not url:
        return markup
    links = _LINK.findall(last["inner"])
    is_footer = len(links) == 2 and links[0].partition("?")[0].rstrip("/") == url.partition("?")[0].rstrip("/")
    return markup[: len(markup) - len(last[0])].rstrip() if is_footer else markup
