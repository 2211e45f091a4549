"""JSON in which no number loses a digit: fractions are read as Decimal, whole numbers exactly, and written so again."""

import json
from decimal import Decimal
from typing import Any

import msgspec

_DEEPEST = 64
_WIDEST_EXPONENT = 400
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_CONTAINERS = (dict, list)


def parse(body: bytes | str, *, is_strict: bool = False) -> Any:
    """Parse JSON; raise `ValueError` for anything else, however hostile: NaN, nesting without end, 1e999999999.

    `is_strict` also refuses an object that names a key twice: of two amounts nobody knows which was meant.
    """
    try:
        parsed = _parse_strictly(body) if is_strict else _parse_fast(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if _may_be_deep(body) and _is_deep(parsed):
        raise ValueError("nested too deeply")
    return parsed


def write(value: Any) -> bytes:
    """Write JSON, a finite Decimal as the number it is. Raises `ValueError` for half of a surrogate pair."""
    return _ENCODER.encode(value)


def _parse_fast(body: bytes | str) -> Any:
    try:
        return _DECODER.decode(body)
    except msgspec.MsgspecError:
        # Half of a surrogate pair, as where an emoji was cut, is read too, and a fault is told in the same words.
        return json.loads(body, parse_float=_decimal, parse_constant=_refuse_constant)


def _parse_strictly(body: bytes | str) -> Any:
    return json.loads(body, parse_float=_decimal, parse_constant=_refuse_constant, object_pairs_hook=_refuse_doubles)


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if abs(number.adjusted()) > _WIDEST_EXPONENT:
        raise ValueError(f"{text[:32]} is no number that anybody means")
    return number


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _refuse_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{double[:64]!r} stands there twice")
    return made


def _may_be_deep(body: bytes | str) -> bool:
    """Whether enough is opened in it at all; most bodies need no closer look."""
    if isinstance(body, str):
        return body.count("{") + body.count("[") > _DEEPEST
    return body.count(b"{") + body.count(b"[") > _DEEPEST


def _is_deep(parsed: Any) -> bool:
    # A page of a report has some ten thousand values, and this looks at each: the exact classes, because JSON has no
    # others.
    level = [parsed] if parsed.__class__ in _CONTAINERS else []
    for _ in range(_DEEPEST):
        if not level:
            return False
        inner = [value.values() if value.__class__ is dict else value for value in level]
        level = [item for items in inner for item in items if item.__class__ is dict or item.__class__ is list]
    return bool(level)


_DECODER = msgspec.json.Decoder(float_hook=_decimal)
