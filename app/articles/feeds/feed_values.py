"""What stands in a feed under a name, whatever the feed has made of it."""

from typing import Any

from app.articles.feeds.reading import MOST_ITEMS

MOST_OF_EACH = 200
"""Tags, and authors, of one item."""


def dicts_at(value: Any, name: str) -> list[dict[str, Any]]:
    """Give the objects of a list; [] for anything else."""
    found = dict.get(value, name)
    return [one for one in found if isinstance(one, dict)][:MOST_ITEMS] if isinstance(found, list) else []


def number_at(value: Any, name: str) -> int:
    """Give a number, of its first five digits; 0 for anything else."""
    written = str(dict.get(value, name) or "")
    return int(written[:5]) if written.isascii() and written.isdigit() else 0


def text_at(value: Any, name: str) -> str:
    """Give a text; "" for anything else."""
    # The library's own `get` looks for other names as well, which takes a third of all the time.
    found = dict.get(value, name)
    return found if isinstance(found, str) else ""
