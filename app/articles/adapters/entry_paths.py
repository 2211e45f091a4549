"""Where in an entry a value stands: paths like `cover.url`, and what they lead to."""

import re
from collections.abc import Iterator
from typing import Any

from app.articles.adapters import fields

_PATH = re.compile(r"[\w@:$-]+(?:\.[\w@:$-]+){0,7}")
_LONGEST_PATH = 200
MOST_VALUES = 1_000
_DEEPEST_PLACE = 4
_MOST_PLACES = 100
WRAPPINGS = ("data", "attributes")


def is_path(value: object) -> bool:
    """Tell whether a value can be a place in an entry, as a field map names it."""
    return isinstance(value, str) and len(value) <= _LONGEST_PATH and _PATH.fullmatch(value.strip()) is not None


def places_in(entry: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Give what stands in an entry with its place for a field map; of a list the first item stands for all."""
    depth = prefix.count(".") + 1 if prefix else 0
    if isinstance(entry, list):
        entry = next((item for item in entry if isinstance(item, dict)), None)
    if not isinstance(entry, dict) or depth > _DEEPEST_PLACE:
        return
    for name, value in list(entry.items())[:_MOST_PLACES]:
        path = f"{prefix}.{name}" if prefix else str(name)
        if not is_path(path):
            continue
        if isinstance(value, str | int | float) and not isinstance(value, bool) and value != "":
            yield path, value
        elif isinstance(value, list) and value and isinstance(value[0], str):
            yield path, ", ".join(str(one) for one in value[:5])
        else:
            yield from places_in(value, path)


def pick(entry: Any, path: str) -> Any:
    """Give the value at a path like `cover.url`, of a list that of each item; None where there is none."""
    found = [entry]
    is_many = False
    for part in path.split("."):
        found, spread = _step(found, part)
        is_many = is_many or spread
    values = [value for value in found if fields.none_if_empty(value) is not None]
    return values if is_many else next(iter(values), None)


def _step(values: list[Any], part: str) -> tuple[list[Any], bool]:
    reached: list[Any] = []
    is_many = False
    for value in values:
        at = _unwrapped(value, part)
        if isinstance(at, dict):
            reached.append(at.get(part))
        elif isinstance(at, list) and part.isascii() and part.isdigit():
            reached += at[int(part[:6]) : int(part[:6]) + 1]
        elif isinstance(at, list):
            is_many = True
            reached += [_unwrapped(item, part).get(part) for item in at[:MOST_VALUES] if isinstance(item, dict)]
    return reached[:MOST_VALUES], is_many


def _unwrapped(value: Any, part: str) -> Any:
    """Look into the wrappings that some APIs put around a relation."""
    for key in WRAPPINGS:
        if isinstance(value, dict) and part not in value and isinstance(value.get(key), dict | list):
            value = value[key]
    return value
