"""The entry of a headless CMS as an article: the source's field map, or usual names, say which field is what."""

from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import quote

from app.articles.adapters import fields, pictures
from app.articles.adapters.base import ArticleDraft
from app.articles.adapters.entry_options import MOST_PATHS, PLACEHOLDER, FieldMap, MappedOptions, Name
from app.articles.adapters.entry_paths import MOST_VALUES, WRAPPINGS, pick
from app.articles.adapters.media_values import Address, find_media
from app.articles.adapters.richtext import markup_of

_LONGEST_PART = 1_000
_DEEPEST = 8
_WORDS = ("name", "title", "label", "text", "value", "current", "slug")
_watcher: ContextVar[list[Mapping[str, Any]] | None] = ContextVar("watcher", default=None)


def entry_read_by(read: Callable[[], Any]) -> tuple[Any, Mapping[str, Any]]:
    """Let an adapter read, and give besides the entry in which it looked for fields; an empty one where it did not."""
    seen: list[Mapping[str, Any]] = []
    token = _watcher.set(seen)
    try:
        return read(), seen[-1] if seen else {}
    finally:
        _watcher.reset(token)


class EntryReader:
    """Reads one entry by a source's field map, and by the usual names where the map says nothing."""

    def __init__(
        self, entry: Mapping[str, Any], options: MappedOptions, usual: FieldMap, *, is_typed: bool = True
    ) -> None:
        self._entry = entry
        self._options = options
        self._usual = usual
        self._is_typed = is_typed

    def values(self, name: Name) -> Iterator[Any]:
        """Give what stands at the places of a field, the best first; what is empty is left out."""
        for path in self._options.field_map.get(name) or self._usual.get(name, ()):
            value = pick(self._entry, path)
            if fields.none_if_empty(value) is not None:
                yield value

    def first(self, name: Name) -> Any:
        return next(self.values(name), None)

    def words(self, name: Name) -> list[str]:
        """Give the words of a list of tags, or of categories: texts, or objects that have a name."""
        return [word for value in self.values(name) for word in _words(_listed(value) if name == "tags" else value)]

    def line(self, name: Name, limit: int) -> str:
        read = fields.typed_line if self._is_typed else fields.one_line
        return next((line for line in (read(word, limit) for word in self.words(name)) if line), "")

    def lines(self, name: Name, limit: int) -> str:
        """Give a text of some lines; markup and rich text become plain."""
        value = self.first(name)
        if isinstance(value, str) and self._is_typed and "<" not in value:
            return fields.typed_lines(value, limit)
        text = value if isinstance(value, str) else markup_of(value)
        return fields.many_lines(text, limit)

    def markup(self) -> str:
        """Give the text's markup: of all the places that the field map names, or of the first usual one."""
        most = MOST_PATHS if self._options.field_map.get("text") else 1
        return fields.readable_html("\n".join(markup_of(value) for value in islice(self.values("text"), most)))

    def moment(self, name: Name) -> datetime | None:
        return fields.find_moment(self.first(name), self._options.zone)


def draft_of(
    entry: Mapping[str, Any],
    options: MappedOptions,
    usual: FieldMap,
    *,
    address: Address = str,
    is_typed: bool = True,
    base: str = "",
) -> ArticleDraft:
    """Read the canonical article from an entry."""
    if (watcher := _watcher.get()) is not None:
        watcher.append(entry)
    reader = EntryReader(entry, options, usual, is_typed=is_typed)
    url, markup = _url(reader, entry, options), reader.markup()
    base = base or getattr(options, "site_url", "") or url
    tags = reader.words("tags")
    return ArticleDraft(
        url=url,
        title=reader.line("title", fields.MAX_TITLE),
        excerpt=reader.lines("excerpt", fields.MAX_EXCERPT) or fields.opening_of(markup),
        text=fields.text_of(markup),
        language=fields.language_of(reader.line("language", 60), options.language),
        category=reader.line("category", fields.MAX_NAME) or options.category,
        tags=fields.tag_names(tags, without=options.opt_in_tag, is_typed=is_typed),
        authors=fields.people(islice(reader.words("authors"), fields.MAX_TAGS)),
        breaking=reader.first("breaking") is True,
        is_wanted=not options.opt_in_tag or fields.has_tag(tags, options.opt_in_tag),
        images=pictures.image_list(_images(reader, address) + pictures.images_in(markup), base),
        video_url=_video(reader, address, base),
        published_at=reader.moment("published_at"),
    )


def _images(reader: EntryReader, address: Address) -> list[tuple[str, str]]:
    return [image for value in reader.values("images") for image in find_media(value, "image", address)]


def _video(reader: EntryReader, address: Address, base: str) -> str | None:
    films = [film for value in reader.values("video") for film in find_media(value, "video", address)]
    return pictures.film_address(films[0][0], base) if films else None


def _url(reader: EntryReader, entry: Mapping[str, Any], options: MappedOptions) -> str:
    written, site = reader.first("url"), getattr(options, "site_url", "")
    if isinstance(written, str) and written.startswith("/") and site:
        written = site.rstrip("/") + written
    if isinstance(written, str) and (url := fields.http_url(written)):
        return url
    template = getattr(options, "article_url", "")
    parts = {path: _part(pick(entry, path)) for path in PLACEHOLDER.findall(template)}
    if not template or not all(parts.values()):
        return ""
    return fields.http_url(PLACEHOLDER.sub(lambda found: parts[found[1]], template)) or ""


def _part(value: Any) -> str:
    if isinstance(value, list | dict):
        value = next(iter(_words(value)), "")
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return quote(str(value)[:_LONGEST_PART].strip().strip("/"), safe="/")


def _listed(value: Any) -> Any:
    """Read tags that were typed into one field of text."""
    return value.split(",") if isinstance(value, str) else value


def _words(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)[:40]
    elif isinstance(value, list):
        for item in value[:MOST_VALUES]:
            if not isinstance(item, list):
                yield from _words(item, depth + 1)
    elif isinstance(value, dict):
        word = next((value[key] for key in _WORDS if isinstance(value.get(key), str) and value[key].strip()), None)
        inside = next((value[key] for key in WRAPPINGS if isinstance(value.get(key), dict | list)), None)
        if word is not None:
            yield word
        elif depth < _DEEPEST:
            yield from _words(inside, depth + 1)
