"""Pictures and films as headless CMSes name them: an address, a file's description, or a reference around one."""

from collections.abc import Callable, Iterator
from typing import Any

Address = Callable[[str], str]
"""Makes an address of what a CMS writes in the place of one, such as the id of a file."""

_DEEPEST = 12
_DEEPEST_DOCUMENT = 200
_MOST = 300
_ADDRESSES = ("url", "src", "filename", "href", "secure_url")
_AROUND = (
    "file",
    "asset",
    "image",
    "attributes",
    "attrs",
    "data",
    "fields",
    "media",
    "target",
    "original",
    "main",
    "photo",
)
_ALTS = ("alt", "alternativeText", "altText", "alternative_text", "imageAlt", "title", "description", "caption")
_MIMES = ("mime", "mimeType", "mime_type", "contentType", "mimetype", "type")


def find_media(value: Any, family: str, address: Address = str) -> list[tuple[str, str]]:
    """Find the files of one family (`image` or `video`) in a field's value, as pairs of address and description."""
    found: list[tuple[str, str]] = []
    for one in _look(value, "", family, 0):
        found.append((address(one[0]), one[1]))
        if len(found) == _MOST:
            break
    return found


def find_picture(value: Any) -> tuple[str, str] | None:
    """Find the first picture, or None."""
    return next(_look(value, "", "image", 0), None)


def _look(value: Any, alt: str, family: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        if value.strip():
            yield value, alt
    elif isinstance(value, list):
        for item in value:
            yield from _look(item, alt, family, depth + 1)
    elif isinstance(value, dict) and _may_be(value, family):
        alt = _text(value, _ALTS) or alt
        written = _text(value, _ADDRESSES)
        if written:
            yield written, alt
            return
        # One of the wrappings holds the file: the others describe the same one.
        for key in _AROUND:
            inside = list(_look(value[key], alt, family, depth + 1)) if isinstance(value.get(key), dict | list) else []
            if inside:
                yield from inside
                return


def _may_be(value: dict[str, Any], family: str) -> bool:
    """Tell whether a file may be of the family: what names none may."""
    mimes = [value[key] for key in _MIMES if isinstance(value.get(key), str) and "/" in value[key]]
    return not mimes or any(mime.startswith(f"{family}/") for mime in mimes)


def _text(value: dict[str, Any], keys: tuple[str, ...]) -> str:
    return next((value[key] for key in keys if isinstance(value.get(key), str) and value[key].strip()), "")


def rewritten(value: Any, change: Callable[[dict[str, Any]], dict[str, Any] | None], depth: int = 0) -> Any:
    """Give a document in which `change` has put something in the place of objects; None leaves one as it is."""
    if depth > _DEEPEST_DOCUMENT:
        return None
    if isinstance(value, list):
        return [rewritten(item, change, depth + 1) for item in value]
    if isinstance(value, dict):
        changed = change(value)
        inner = value if changed is None else changed
        return {key: rewritten(item, change, depth + 1) for key, item in inner.items()}
    return value
