"""The search in the manual: every word must be there, case and script folded, and is shown in its context."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import regex
from markupsafe import Markup, escape

from app.admin.help.manual import Manual, ManualPage
from app.admin.help.markdown import Section
from app.messages.translator import Translator

LONGEST_QUERY = 200
MOST_HITS = 30
_MOST_WORDS = 12
_BEFORE, _AFTER = 90, 190


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where all words are. The title is in the reader's language, heading and snippet are the manual's own."""

    href: str
    title: str
    heading: str
    snippet: Markup
    is_translated: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The best places, and how many there are in all."""

    hits: Sequence[Hit]
    count: int


@dataclass(frozen=True, slots=True)
class _Place:
    page: ManualPage
    section: Section
    title: str
    summary: str

    @property
    def is_first(self) -> bool:
        return self.section is self.page.document.sections[0]


class Search:
    """What somebody typed, taken apart once."""

    def __init__(self, query: str) -> None:
        words = unicodedata.normalize("NFC", query).split()[:_MOST_WORDS]
        self._words = [_pattern([word]) for word in dict.fromkeys(words)]
        self._any = _pattern(sorted(words, key=len, reverse=True)) if words else None

    def look(self, manual: Manual, i18n: Translator) -> Found:
        """Find the places in the manual, the best ones first."""
        if self._any is None:
            return Found((), 0)
        weighed = [(self._weigh(place), place) for place in _places(manual, i18n)]
        chosen = sorted((pair for pair in weighed if pair[0]), key=lambda pair: -pair[0])
        return Found([self._show(place) for _, place in chosen[:MOST_HITS]], len(chosen))

    def _weigh(self, place: _Place) -> int:
        """How well a place fits; 0 where a word is missing, or where none is in the section itself."""
        section, page = place.section, place.page
        own = [section.title, section.text]
        around = [page.document.title, place.title, place.summary]
        if not all(any(map(word.search, own + around)) for word in self._words):
            return 0
        if not place.is_first and not any(word.search(text) for word in self._words for text in own):
            return 0
        in_heading = sum(bool(word.search(section.title)) for word in self._words)
        in_title = sum(bool(word.search(text)) for word in self._words for text in around) if place.is_first else 0
        return 1 + 6 * in_heading + 4 * in_title + min(3, len(self._any.findall(section.text)) if self._any else 0)

    def _show(self, place: _Place) -> Hit:
        section = place.section
        is_own = self._found(section.text) or self._found(section.title) or not place.is_first
        anchor = f"#{section.anchor}" if section.anchor else ""
        return Hit(
            href=f"{place.page.href}{anchor}",
            title=place.title,
            heading="" if place.is_first else section.title,
            snippet=self._snippet(section.text if is_own else place.summary),
            is_translated=not is_own,
        )

    def _found(self, text: str) -> bool:
        return self._any is not None and self._any.search(text) is not None

    def _snippet(self, text: str) -> Markup:
        """The words around the first match, each match marked."""
        assert self._any is not None
        first = self._any.search(text)
        at = first.start() if first else 0
        start = max(0, text.rfind(" ", 0, max(0, at - _BEFORE)) + 1)
        end = len(text) if at + _AFTER >= len(text) else text.rfind(" ", at, at + _AFTER)
        end = end if end > at else at + _AFTER
        shown = Markup("").join(self._marked(text[start:end]))
        return Markup("{}{}{}").format("… " if start else "", shown, " …" if end < len(text) else "")

    def _marked(self, text: str) -> Iterator[Markup]:
        assert self._any is not None
        done = 0
        for match in self._any.finditer(text):
            yield escape(text[done : match.start()])
            yield Markup("<mark>{}</mark>").format(match.group())
            done = match.end()
        yield escape(text[done:])


def _pattern(words: Iterable[str]) -> "regex.Pattern[Any]":
    return regex.compile("|".join(map(regex.escape, words)), regex.IGNORECASE | regex.FULLCASE)


def _places(manual: Manual, i18n: Translator) -> Iterator[_Place]:
    for page in manual.pages:
        title, summary = i18n.gettext(page.entry.title), i18n.gettext(page.entry.summary)
        yield from (_Place(page, section, title, summary) for section in page.document.sections)
