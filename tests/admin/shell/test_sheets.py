"""The style sheets: a class means the same on every page, because one sheet alone says what it looks like."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from app.config import ROOT

_SHEETS = ROOT / "public" / "static"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_ON_PAPER = re.compile(r"@media print \{(?:[^{}]*\{[^{}]*\})*\s*\}")
_ONE_CLASS = re.compile(r"\.([a-z][\w-]*)(?::[^\s.>+~]*)?")
"""A selector of one element by its class: `.card`, `.card:hover`. What a page says of a kind of it (`.card.is-new`), or
of one within something of its own (`.inbox .card`), is that page's business."""


def test_no_class_is_styled_by_two_sheets() -> None:
    sheets: dict[str, set[str]] = defaultdict(set)
    for path in sorted(_SHEETS.glob("*.css")):
        for selector in _selectors(path):
            if (found := _ONE_CLASS.fullmatch(selector)) and not found[1].startswith(("is-", "has-")):
                sheets[found[1]].add(path.name)
    assert {name: sorted(of) for name, of in sheets.items() if len(of) > 1} == {}


def _selectors(path: Path) -> Iterator[str]:
    # On paper another page is another sheet: what is printed leaves most of it out.
    text = _ON_PAPER.sub("", _COMMENT.sub("", path.read_text(encoding="utf-8")))
    for match in re.finditer(r"([^{};]+)\{", text):
        if not (head := match[1].strip()).startswith("@"):
            yield from (one.strip() for one in re.split(r",(?![^(]*\))", head))
