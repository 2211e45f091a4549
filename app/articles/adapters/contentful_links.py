"""Contentful's links: an entry names pictures and others by their ids, and the Delivery API gives them beside it.

https://www.contentful.com/developers/docs/concepts/links/ (seen in November 2026).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_DEEPEST = 60
_FOLLOWED = 3
"""So many links one after the other: an author's picture is the second."""
_MOST_LINKS = 500


def in_locale(value: Any, locale: str) -> Any:
    """Give a field's value in a locale. One that is not translated stands in one locale alone."""
    if not isinstance(value, dict):
        return None
    return value[locale] if locale in value else next(iter(value.values()), None) if len(value) == 1 else None


def has_links(value: Any, depth: int = 0) -> bool:
    """Tell whether fields refer to pictures or entries."""
    if depth > _DEEPEST:
        return False
    if isinstance(value, dict):
        return _link(value) is not None or any(has_links(one, depth + 1) for one in value.values())
    return isinstance(value, list) and any(has_links(one, depth + 1) for one in value)


def resolve_links(entry: Mapping[str, Any], includes: Any, locale: str) -> dict[str, Any]:
    """Put in the place of links what stands beside the entry, in one language; what is not there stays a link."""
    resolver = _Resolver(_by_id(includes), locale)
    return {name: resolver.read(value, 0, 0) for name, value in entry.items()}


@dataclass(slots=True)
class _Resolver:
    beside: Mapping[tuple[str, str], Mapping[str, Any]]
    locale: str
    left: int = field(default=_MOST_LINKS)

    def read(self, value: Any, depth: int, followed: int) -> Any:
        if depth > _DEEPEST:
            return None
        if isinstance(value, list):
            return [self.read(one, depth + 1, followed) for one in value]
        if not isinstance(value, dict):
            return value
        link = _link(value)
        if link is None:
            return {name: self.read(one, depth + 1, followed) for name, one in value.items()}
        target = self.beside.get(link)
        if target is None or followed == _FOLLOWED or self.left == 0:
            return value
        self.left -= 1
        return {name: self.read(in_locale(one, self.locale), depth + 1, followed + 1) for name, one in target.items()}


def _link(value: Mapping[str, Any]) -> tuple[str, str] | None:
    sys = value.get("sys")
    if not isinstance(sys, dict) or sys.get("type") != "Link":
        return None
    kind = sys.get("linkType")
    return (kind, str(sys.get("id"))) if kind in ("Asset", "Entry") else None


def _by_id(includes: Any) -> dict[tuple[str, str], Mapping[str, Any]]:
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    groups = includes.items() if isinstance(includes, dict) else ()
    for kind, group in groups:
        for one in group if isinstance(group, list) else ():
            sys, fields = (one.get("sys"), one.get("fields")) if isinstance(one, dict) else (None, None)
            if isinstance(sys, dict) and isinstance(fields, dict):
                found[kind, str(sys.get("id"))] = fields
    return found
