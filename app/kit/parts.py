"""What the parts of a process remember between calls: one object per class, made when it is first asked for."""

from typing import Any, TypeVar

T = TypeVar("T")


class Parts:
    """Holds them by their class, which takes no arguments. A process has one of these, in its resources."""

    def __init__(self) -> None:
        self._made: dict[type[Any], Any] = {}

    def of(self, kind: type[T]) -> T:
        """Give the one object of a class."""
        made: T = self._made[kind] if kind in self._made else self._made.setdefault(kind, kind())
        return made
