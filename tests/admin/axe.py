"""What axe finds on a page that a Chromium shows, of any severity."""

from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page

_AXE = (Path(__file__).parents[1] / "support" / "axe.min.js").read_text(encoding="utf-8")
_ASKED = {"resultTypes": ["violations"], "preload": False, "selectors": False, "iframes": False}
"""Neither films nor frames are ours, and what is wrong is found by its text: a sixth of the time went into the rest."""


def violations(page: Page, *, only: Sequence[str] = ()) -> list[str]:
    """Say each: its rule and the element; by all rules, or by `only` some."""
    if not page.evaluate("'axe' in window"):
        # Evaluated, not put into the page: its policy lets no inline script run.
        page.evaluate(_AXE)
    found = page.evaluate("(asked) => axe.run(document, asked)", _ASKED | ({"runOnly": only} if only else {}))
    return [f"{one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]]
