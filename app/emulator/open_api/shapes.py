"""Strict bodies: every field known, of its type, and within its bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.emulator.open_api.answers import ApiError
from app.emulator.world.reading import decode_json


@dataclass(frozen=True)
class Field:
    """What one field may hold. `fields` makes it an object; `choices` and `max_units` bound a string."""

    kind: type
    required: bool = False
    choices: tuple[str, ...] = ()
    max_units: int | None = None
    fields: Mapping[str, "Field"] | None = None


def utf16_units(text: str) -> int:
    """Count as TikTok does: an emoji outside the first plane is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def read_json(content_type: str, body: bytes, *, code: str) -> dict[str, Any]:
    """Read a JSON object, or refuse it with the code that this part of the documents uses."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise ApiError(code, "Content-Type must be application/json")
    try:
        value = decode_json(body)
    except ValueError as error:
        raise ApiError(code, f"The request body is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise ApiError(code, "The request body is not an object")
    return value


def check(value: dict[str, Any], fields: Mapping[str, Field], *, code: str, where: str = "") -> None:
    for name in value:
        if name not in fields:
            raise ApiError(code, f"{where}{name}: unknown field")
    for name, field in fields.items():
        if name in value:
            _check_field(value[name], field, code=code, where=f"{where}{name}")
        elif field.required:
            raise ApiError(code, f"{where}{name}: required")


def _check_field(value: Any, field: Field, *, code: str, where: str) -> None:
    # To Python a bool is an int as well; to TikTok it is not.
    fits: bool = isinstance(value, field.kind) and (field.kind is not int or not isinstance(value, bool))
    if not fits:
        raise ApiError(code, f"{where}: must be {_NAMES[field.kind]}")
    if field.fields is not None:
        check(value, field.fields, code=code, where=f"{where}.")
    if field.choices and value not in field.choices:
        raise ApiError(code, f"{where}: must be one of {', '.join(field.choices)}")
    if field.max_units is not None and utf16_units(value) > field.max_units:
        raise ApiError(code, f"{where}: longer than {field.max_units} UTF-16 units")
    if field.kind is list and not all(isinstance(item, str) for item in value):
        raise ApiError(code, f"{where}: must be a list of strings")


_NAMES = {str: "a string", bool: "a boolean", int: "an integer", list: "a list of strings", dict: "an object"}
