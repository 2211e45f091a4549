"""Turning a CMS's values into the canonical ones: plain bounded text, absolute addresses, aware times."""

import html
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from app.kit.html_text import first_paragraph, html_to_text
from app.kit.http.addresses import FetchRefused, complete_url
from app.kit.languages import bare_language, normalise_language
from app.kit.text import clean, clean_multiline, fold

MAX_TITLE = 5_000
MAX_EXCERPT = 10_000
MAX_TEXT = 100_000
MAX_NAME = 100
MAX_TAGS = 50
MAX_URL = 4_000
MAX_EXTERNAL_ID = 512
# Only the first MAX_TEXT characters of text are kept, so nobody needs to wait for the rest of ten megabytes of markup.
_MAX_HTML = 400_000

_ENTITY = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_MARKUP = re.compile(r"<[a-zA-Z/!][^<>]*>|&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);")
_INLINE_DATA = re.compile(r"(data:[^\"'\s<>]{40})[^\"'\s<>]{60,}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_READABLE_URL = re.compile(r"https?://[^\s\x00-\x20\x7f-\x9f\\]+", re.IGNORECASE)
_TAG = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_BYLINE = re.compile(r"^(?:by|автор|авторы)(?:\s*:|\s)\s*", re.IGNORECASE)
_MOST_PEOPLE = 20
_MILLISECONDS_FROM = 1e11


def text_at(value: Mapping[str, Any], name: str) -> str:
    """Give the text that stands under a name; empty text where something else stands there, or nothing."""
    found = value.get(name)
    return found if isinstance(found, str) else ""


def one_line(value: str, limit: int) -> str:
    """Give plain text on one line, markup and entities resolved, also those that were escaped twice."""
    value = value[: 4 * limit]
    return clean(_plain(value) if _MARKUP.search(value) else value)[:limit].rstrip()


def many_lines(value: str, limit: int) -> str:
    """Give plain text that keeps its lines, markup and entities resolved, also those that were escaped twice."""
    value = value[: 4 * limit]
    return clean_multiline(_plain(value) if _MARKUP.search(value) else value)[:limit].rstrip()


def typed_line(value: str, limit: int) -> str:
    """Give on one line what somebody typed as plain text: what looks like markup is meant."""
    return clean(value[: 4 * limit])[:limit].rstrip()


def typed_lines(value: str, limit: int) -> str:
    """Give what somebody typed as plain text, with its lines."""
    return clean_multiline(value[: 4 * limit])[:limit].rstrip()


def _plain(value: str) -> str:
    # What was escaped although it was escaped already would show `&#8217;` to readers. Twice at most: whoever writes
    # about entities means what is left then.
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), html_to_text(value))


def readable_html(value: str) -> str:
    """Cut markup to what is worth reading; pictures inside of the markup itself go first, they can be megabytes."""
    return _INLINE_DATA.sub(r"\1", value)[:_MAX_HTML]


def text_of(markup: str) -> str:
    """Give the visible text of an article's markup."""
    return html_to_text(markup)[:MAX_TEXT].rstrip() if markup else ""


def opening_of(markup: str) -> str:
    """Give the first paragraph of an article's markup: the teaser where the CMS sent none."""
    return first_paragraph(markup)[:MAX_EXCERPT].rstrip() if markup else ""


def parse_moment(value: object, zone: tzinfo = UTC) -> datetime:
    """Read RFC 3339 or a Unix time in seconds or milliseconds; a wall clock's time is `zone`'s. Raises ValueError."""
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value.strip())
            return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if abs(value) >= _MILLISECONDS_FROM else value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise ValueError("must be an RFC 3339 time or a Unix time")


def none_if_empty(value: object) -> object:
    """Read what senders put where they have nothing (empty text, an empty list, PHP's `false`) as nothing."""
    is_empty = value is False or value == [] or (isinstance(value, str) and not value.strip())
    return None if is_empty else value


def find_moment(value: object, zone: tzinfo = UTC) -> datetime | None:
    """Read a time like `parse_moment`; None where there is none to read."""
    try:
        return parse_moment(value, zone)
    except ValueError:
        return None


def external_id(value: object) -> str:
    """Read an article's id: text or a whole number. Raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ValueError("must be text or a whole number")  # noqa: TRY004 - pydantic turns only a ValueError into its own
    if not 0 < len(value) <= MAX_EXTERNAL_ID or not value.isprintable() or value.isspace():
        raise ValueError(f"must be 1 to {MAX_EXTERNAL_ID} printable characters")
    return value


def first_id(*values: object) -> str:
    """Read the first id that is given; one that cannot be used is no reason to take another. Raises ValueError."""
    return external_id(next((value for value in values if none_if_empty(value) is not None), None))


def language_of(value: str, default: str) -> str:
    """Give the tag of the language that a CMS names; what names none gives way to the source's default."""
    language, value = normalise_language(value), value.strip()
    if language and _TAG.fullmatch(value) and value.partition("-")[0] == bare_language(language):
        return value
    return language or default


def http_url(value: str) -> str | None:
    """Give an article's http or https address, or None. It is what readers see, so its letters stay as written."""
    value = value.strip()
    if _CONTROL.search(value):
        return None
    try:
        url = complete_url(value)
    except FetchRefused:
        return None
    if _READABLE_URL.fullmatch(value):
        url = value
    return url if len(url) <= MAX_URL else None


def tag_names(values: Iterable[str], *, without: str = "", is_typed: bool = False) -> list[str]:
    """Give clean, distinct tags in their order; `without` is a switch and no tag. `is_typed`: they are no markup."""
    read = typed_line if is_typed else one_line
    names: dict[str, str] = {}
    for value in values:
        name = read(value, MAX_NAME)
        if name and not (without and tag_key(name) == tag_key(without)):
            names.setdefault(tag_key(name), name)
        if len(names) == MAX_TAGS:
            break
    return list(names.values())


def people(values: Iterable[str]) -> list[str]:
    """Give the names of who wrote an article, each once, as bylines have them."""
    names = (_BYLINE.sub("", one_line(value, MAX_NAME)) for value in values)
    return list({fold(name): name for name in names if name and "@" not in name}.values())[:_MOST_PEOPLE]


def has_tag(values: Iterable[str], wanted: str) -> bool:
    """Tell whether a tag is among the values, with or without its `#`, whatever its case."""
    return tag_key(wanted) in {tag_key(value) for value in values}


def tag_key(value: str) -> str:
    """Make what two spellings of a tag have in common."""
    return fold(value.strip().lstrip("#＃"))
