"""What takes feedparser longest, done in less: a third of the time of a large feed. What it reads stays the same.

Only the process that reads feeds loads this module, and `tests/articles/feeds/test_quick_library.py` compares the two.
"""

import re
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import feedparser.mixin
from feedparser.util import FeedParserDict

_WHOLE = re.compile(r"https?://[^\s/?#;\\]+/[^\s?#;\\]*(?:\?[^\s#\\]+)?", re.ASCII)
# What the library's dictionaries know under more than one name, or work out.
_RENAMED = frozenset({"category", "enclosures", "license", "updated", "updated_parsed", *FeedParserDict.keymap})


class _Translation(dict[int, Any]):
    """A table for `str.translate` that has each character once it was seen: one that is missing costs an exception."""

    def __missing__(self, character: int) -> int:
        self[character] = character
        return character


class _Quick:
    """The library's dictionary, whose every look goes through its list of other names."""

    get, contains, item, store = (
        FeedParserDict.get,
        FeedParserDict.__contains__,
        FeedParserDict.__getitem__,
        FeedParserDict.__setitem__,
    )


def _get(values: Any, key: str, default: Any = None) -> Any:
    return _Quick.get(values, key, default) if key in _RENAMED else dict.get(values, key, default)


def _contains(values: Any, key: str) -> bool:
    return _Quick.contains(values, key) if key in _RENAMED else dict.__contains__(values, key)


def _item(values: Any, key: str) -> Any:
    return _Quick.item(values, key) if key in _RENAMED else dict.__getitem__(values, key)


def _store(values: Any, key: str, value: Any) -> None:
    if key in _RENAMED:
        _Quick.store(values, key, value)
    else:
        dict.__setitem__(values, key, value)


def _joined(base: str, uri: str, join: Any = feedparser.mixin._urljoin) -> Any:
    # To join a whole address to another gives it back.
    return uri if _WHOLE.fullmatch(uri) else join(base, uri)


def make_quick() -> None:
    """Change the library, in this process."""
    mixin = feedparser.mixin
    if isinstance(mixin._cp1252, _Translation):
        return
    mixin._cp1252 = _Translation(mixin._cp1252)
    mixin._urljoin = _joined
    # Of each element: what its base address is, nearly always the same one.
    mixin.make_safe_absolute_uri = lru_cache(maxsize=4096)(mixin.make_safe_absolute_uri)
    # What is copied there are texts by name: nothing lies deeper.
    mixin.copy = SimpleNamespace(deepcopy=lambda values: type(values)(values))
    for name, quick in (("get", _get), ("__contains__", _contains), ("__getitem__", _item), ("__setitem__", _store)):
        setattr(FeedParserDict, name, quick)
