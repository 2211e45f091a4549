"""What the pages of the manual show."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.admin.help.contents import PARTS, Part
from app.admin.help.manual import Manual, ManualPage
from app.admin.help.search import Found, Search
from app.messages.translator import Translator


@dataclass(frozen=True, slots=True)
class HelpIndex:
    """The table of contents, or what a search has found."""

    parts: Sequence[Part]
    query: str
    found: Found | None


@dataclass(frozen=True, slots=True)
class HelpPage:
    """One page of the manual, between its neighbours."""

    parts: Sequence[Part]
    query: str
    shown: ManualPage
    part: Part
    before: ManualPage | None
    after: ManualPage | None


def read_index(manual: Manual, i18n: Translator, query: str) -> HelpIndex:
    """Collect the contents, and where something was asked for, the places that have it."""
    query = " ".join(query.split())
    return HelpIndex(PARTS, query, Search(query).look(manual, i18n) if query else None)


def read_page(manual: Manual, slug: str) -> HelpPage:
    """Collect one page. Raises NotFound."""
    shown = manual.get(slug)
    (part,) = (part for part in PARTS if shown.entry in part.entries)
    before, after = manual.around(shown)
    return HelpPage(PARTS, "", shown, part, before, after)
