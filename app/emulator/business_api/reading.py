"""What a call brought: parameters out of a query, a JSON body or a form, each read as what the operation declares."""

import functools
import io
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from msgspec import inspect
from multipart import MultipartError, MultipartParser, parse_options_header

from app.emulator.business_api.errors import INVALID, BusinessError, refuse
from app.emulator.world.reading import decode_json

T = TypeVar("T")
_MOST_JSON = 10_000_000
_LARGEST_TEXT = 1_000_000


@dataclass(frozen=True)
class Upload:
    """A file that came in a form."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Given:
    """The parameters as they came. Those of a query or form are texts, whatever they mean."""

    values: dict[str, Any]
    files: dict[str, Upload]
    as_text: bool


def read_query(query: bytes) -> Given:
    pairs = parse_qsl(query.decode("ascii", "replace"), keep_blank_values=True, errors="replace")
    return Given({name: _clean(name, value) for name, value in pairs}, {}, as_text=True)


def read_body(content_type: str, body: bytes) -> Given:
    """Read a POST. Raises BusinessError."""
    kind, options = parse_options_header(content_type)
    if kind == "multipart/form-data":
        return _read_form(body, options.get("boundary", ""))
    if len(body) > _MOST_JSON:
        raise BusinessError(INVALID, "The body is too large.")
    try:
        value = decode_json(body or b"{}")
    except ValueError as error:
        raise BusinessError(INVALID, f"The body is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise BusinessError(INVALID, "The body is a JSON object.")
    return Given(value, {}, as_text=False)


def _read_form(body: bytes, boundary: str) -> Given:
    values: dict[str, Any] = {}
    files: dict[str, Upload] = {}
    try:
        for part in MultipartParser(io.BytesIO(body), boundary, memory_limit=len(body) + 1, spool_limit=len(body) + 1):
            content = part.file.read()
            if part.filename is not None:
                files[part.name] = Upload(part.filename, content)
            else:
                values[part.name] = _clean(part.name, content.decode("utf-8", "replace"))
    except (MultipartError, ValueError, LookupError) as error:
        raise BusinessError(INVALID, f"The form cannot be read: {error}") from None
    return Given(values, files, as_text=True)


def _clean(name: str, value: str) -> str:
    if "\x00" in value or len(value) > _LARGEST_TEXT:
        raise refuse(name[:100], "it is no text that can be kept")
    return value


def convert(given: Given, kind: type[T]) -> tuple[T, list[str]]:
    """Read the parameters that an operation declares; name those that it does not know. Raises BusinessError."""
    known = _fields(kind)  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for name, value in given.values.items():
        if name in known and value is not None:
            values[name] = _shape(name, value, known[name].type, as_text=given.as_text)
    try:
        read = msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        raise BusinessError(INVALID, _explain(str(error))) from None
    return read, sorted(given.values.keys() - known.keys())


@functools.cache
def _fields(kind: type[Any]) -> dict[str, inspect.Field]:
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType)
    return {field.encode_name: field for field in described.fields}


def _shape(name: str, value: Any, kind: inspect.Type, *, as_text: bool) -> Any:
    """Make of a value what `msgspec` can convert: JSON within a query is unpacked, a number that is an id is a text."""
    kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    is_array = as_text and isinstance(value, str) and value.startswith("[")
    if is_array and any(isinstance(one, inspect.ListType) for one in kinds):
        value = _unpack(name, value)
    elif any(isinstance(one, (inspect.StrType, inspect.LiteralType)) for one in kinds):
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if as_text and isinstance(value, str) and any(isinstance(one, _PACKED) for one in kinds):
        value = _unpack(name, value)
    for one in kinds:
        if isinstance(one, inspect.ListType) and isinstance(value, list):
            return [_shape(name, item, one.item_type, as_text=False) for item in value]
        if isinstance(one, inspect.StructType) and isinstance(value, dict):
            inner = _fields(one.cls)
            return {
                key: _shape(key, item, inner[key].type, as_text=False)
                for key, item in value.items()
                if key in inner and item is not None
            }
    return value


_PACKED = (inspect.ListType, inspect.StructType, inspect.DictType, inspect.AnyType)


def _unpack(name: str, text: str) -> Any:
    try:
        return decode_json(text.encode())
    except ValueError:
        raise refuse(name, "it is not valid JSON") from None


def _explain(message: str) -> str:
    what, _, where = message.rpartition(" - at `$.")
    return f"{where.rstrip('`')}: {what}" if what else message
