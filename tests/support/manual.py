"""The manual and the README as files: their texts, sections, snippets and links."""

import re
from collections.abc import Iterator

from app.config import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
FOLDER = ROOT / "templates" / "help"
MANUAL = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.md"))}
ALL = "\n".join([README, *MANUAL.values()])

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def section(text: str, title: str) -> str:
    """Give the text under a heading, with what is below it."""
    head = re.search(rf"^(#+) {re.escape(title)}$", text, re.MULTILINE)
    assert head, f"there is no heading {title!r}"
    rest = text[head.end() :]
    end = re.search(rf"^#{{1,{len(head[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def first_cells(text: str) -> list[str]:
    """Give the names in the first column of the tables of a text."""
    cells = re.findall(r"^\| (`[^|]*`) \|", text, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def snippets(language: str, text: str = ALL) -> Iterator[str]:
    """Give the blocks of code in one language."""
    yield from (code for name, code in _FENCE.findall(text) if name == language)


def prose(text: str) -> str:
    """Leave out the blocks of code."""
    return _FENCE.sub("", text)


def links(text: str) -> list[str]:
    """Give what links and pictures lead to."""
    return re.findall(r"\]\(([^)\s]+)\)", prose(text))


def anchors(text: str) -> set[str]:
    """Give the anchors of the headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    plain = (re.sub(r"\]\([^)]*\)", "", title) for title in titles)
    return {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in plain}
