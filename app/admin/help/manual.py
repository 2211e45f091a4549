"""The manual, as it stands in `templates/help`: read once, and laid out for the pages."""

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.admin.help.contents import PARTS, Entry
from app.admin.help.markdown import Document, read_document
from app.admin.shell.templating import STATIC_DIR, asset_url
from app.config import ROOT
from app.errors import NotFound
from app.messages import refusals

PATH = "/admin/help"
FOLDER = ROOT / "templates" / "help"
CONTENTS = "index"
"""The list of pages, for whoever reads them in the repository. Here the list in the reader's language stands for it."""


@dataclass(frozen=True, slots=True)
class ManualPage:
    """A page with its place in the table of contents."""

    entry: Entry
    document: Document

    @property
    def href(self) -> str:
        return f"{PATH}/{self.entry.slug}"


@dataclass(frozen=True, slots=True)
class Manual:
    """All pages in their order."""

    pages: Sequence[ManualPage]
    by_slug: Mapping[str, ManualPage]

    def get(self, slug: str) -> ManualPage:
        """Give one page. Raises NotFound."""
        if (page := self.by_slug.get(slug)) is None:
            raise NotFound(refusals.NO_SUCH_HELP)
        return page

    def around(self, page: ManualPage) -> tuple[ManualPage | None, ManualPage | None]:
        """The pages before and after this one."""
        place = self.pages.index(page)
        before = self.pages[place - 1] if place else None
        return before, self.pages[place + 1] if place + 1 < len(self.pages) else None


@cache
def read_manual() -> Manual:
    """Read all pages. A page that is missing, or a link that leads out of the manual, is an error."""
    pages = [ManualPage(entry, read_document(_source(entry.slug), locate)) for part in PARTS for entry in part.entries]
    return Manual(pages, {page.entry.slug: page for page in pages})


def _source(slug: str) -> str:
    return (FOLDER / f"{slug}.md").read_text(encoding="utf-8")


def locate(target: str) -> str:
    """Where a link of a page leads when it is served: in the repository it names a file beside it, or a picture."""
    if target.startswith(("https://", "http://", "#", "/")):
        return target
    name, mark, anchor = target.partition("#")
    if name.endswith(".md") and "/" not in name:
        slug = name.removesuffix(".md")
        return f"{PATH}{mark}{anchor}" if slug == CONTENTS else f"{PATH}/{slug}{mark}{anchor}"
    path = Path(posixpath.normpath(FOLDER / name))
    return asset_url(path.relative_to(STATIC_DIR).as_posix())
