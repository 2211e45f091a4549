"""Reading JSON that anybody may have sent: it is taken whole, or refused before anybody keeps or shows it."""

from typing import Any

import msgspec

_DEEPEST = 32
_LARGEST = 2**63


def decode_json(body: bytes) -> Any:
    """Read JSON that can be kept, shown and written again. Raises ValueError."""
    try:
        value = msgspec.json.decode(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        # Half of a surrogate pair is no text either: nobody could write it out again.
        raise ValueError(str(error)) from error
    _check(value)
    return value


def _check(whole: Any) -> None:
    level = [whole]
    for _ in range(_DEEPEST):
        inner: list[Any] = []
        for value in level:
            match value:
                case str() if "\x00" in value:
                    raise ValueError("a text holds U+0000")
                case int() if not -_LARGEST <= value < _LARGEST:
                    raise ValueError("an integer has more than 64 bits")
                case dict():
                    inner += [*value.keys(), *value.values()]
                case list():
                    inner += value
        if not inner:
            return
        level = inner
    raise ValueError("nested too deeply")
