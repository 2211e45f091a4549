"""On which database a test runs that could run on either: on both, or in a whole run on one of them, by turns."""

from collections import Counter
from collections.abc import Hashable, Iterable
from zlib import crc32

import pytest

DATABASES = ("sqlite", "postgresql")
_BOTH = "both_databases"


def split_by_turns(items: Iterable[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Part what runs from what is left out: of each test that is there for both databases, one.

    The next test of its file runs on the other, so that each room's statements are seen by both. What is about the
    databases themselves, or about who comes first, is marked `both_databases`, and runs on both always.
    """
    items = list(items)
    pairs = Counter(key for item in items if (key := _pair(item)))
    turns: dict[Hashable, str] = {}
    begun: Counter[str] = Counter()
    runs, left_out = list[pytest.Item](), list[pytest.Item]()
    for item in items:
        key, file = _pair(item), item.location[0]
        if key is None or pairs[key] < len(DATABASES):
            runs.append(item)
            continue
        if key not in turns:
            turns[key] = DATABASES[(crc32(file.encode()) + begun[file]) % len(DATABASES)]
            begun[file] += 1
        runs_now = turns[key] == _database(item) or item.get_closest_marker(_BOTH)
        (runs if runs_now else left_out).append(item)
    return runs, left_out


def _database(item: pytest.Item) -> str | None:
    called = getattr(item, "callspec", None)
    named = [value for value in called.params.values() if value in DATABASES] if called else []
    return named[0] if len(named) == 1 else None


def _pair(item: pytest.Item) -> Hashable:
    """Name what a test has in common with the same test on the other database."""
    database = _database(item)
    if database is None:
        return None
    function, _, called = item.nodeid.partition("[")
    return function, called.replace(database, "")
