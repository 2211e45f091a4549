"""How vendor JSON is read: ids stay text, and what is odd becomes a value instead of a crash."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from app.kit.json_values import clean_text, read_int

_LONGEST_ID = 255
_LONGEST_CODE = 64
_LONGEST_LOG_ID = 128
_LAST_SECOND = 100_000_000_000
"""In the year 5138; as milliseconds it is in 1973."""


class VendorModel(BaseModel):
    """Base of all that is read from TikTok. Its errors never show the input: that may be a token."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True, hide_input_in_errors=True)


def parse_json(body: bytes | str) -> Any:
    """Parse JSON so that no number passes through a float; raise `ValueError` for anything else, however hostile."""
    try:
        return json.loads(body, parse_float=str, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def parse_object(body: bytes | str) -> dict[str, Any] | None:
    """Parse a JSON object; `None` where it is not one."""
    try:
        parsed = parse_json(body)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def read_id(value: object) -> str | None:
    """Read an id as text; `None` where there is none, or nothing that could be one."""
    text = clean_text(value).strip()
    return text if 0 < len(text) <= _LONGEST_ID else None


def read_seconds(value: object) -> int | None:
    """Read a time in whole seconds. TikTok also writes milliseconds, though not where it documents seconds."""
    number = read_int(value)
    return number // 1000 if number is not None and number > _LAST_SECOND else number


def _require_id(value: object) -> str:
    found = read_id(value)
    if found is None:
        raise ValueError("not an id")
    return found


def _code(value: object) -> str:
    return clean_text(value).strip()[:_LONGEST_CODE]


def _optional_code(value: object) -> str | None:
    return _code(value) or None


def _log_id(value: object) -> str | None:
    return clean_text(value).strip()[:_LONGEST_LOG_ID] or None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _flag(value: object) -> bool:
    return value is True or clean_text(value).strip().lower() in {"1", "true"}


Text = Annotated[str, BeforeValidator(clean_text)]
Code = Annotated[str, BeforeValidator(_code)]
OptionalCode = Annotated[str | None, BeforeValidator(_optional_code)]
VendorId = Annotated[str, BeforeValidator(_require_id)]
OptionalId = Annotated[str | None, BeforeValidator(read_id)]
LogId = Annotated[str | None, BeforeValidator(_log_id)]
OptionalInt = Annotated[int | None, BeforeValidator(read_int)]
OptionalSeconds = Annotated[int | None, BeforeValidator(read_seconds)]
Flag = Annotated[bool, BeforeValidator(_flag)]
