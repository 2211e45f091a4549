"""JSON in which no number loses a digit: fractions are read as Decimal, whole numbers exactly, and written so again."""

import json
from decimal import Decimal
from typing import Any

import msgspec

_DEEPEST = 64
_WIDEST_EXPONENT = 400
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def parse(body: bytes | str, *, is_strict: bool = False) -> Any:
    """Parse JSON; raise `ValueError` for anything else, however hostile: NaN, nesting without end, 1e999999999.

    `is_strict` also refuses an object that names a key twice: of two amounts nobody knows which was meant.
    """
    pairs = _refuse_doubles if is_strict else None
    try:
        parsed = json.loads(body, parse_float=_decimal, parse_constant=_refuse_constant, object_pairs_hook=pairs)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if _is_deep(parsed):
        raise ValueError("nested too deeply")
    return parsed


def write(value: Any) -> bytes:
    """Write JSON, a finite Decimal as the number it is. Raises `ValueError` for half of a surrogate pair."""
    return _ENCODER.encode(value)


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


def _is_deep(parsed: Any) -> bool:
    level = [parsed]
    for _ in range(_DEEPEST):
        level = [item for value in level for item in _inside(value)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
