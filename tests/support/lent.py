"""Applications that are built once and lent to one test at a time: to build one takes longer than most tests do."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, ParamSpec, TypeVar

from litestar import Litestar

P = ParamSpec("P")
T = TypeVar("T", bound=Litestar)


class Lent(Generic[P, T]):
    """Whoever borrows one finds its state empty, and fills it; two who borrow at the same time get two."""

    def __init__(self, build: Callable[P, T]) -> None:
        self._build = build
        self._idle: dict[Hashable, list[T]] = {}

    @contextmanager
    def lend(self, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        """Give one that was built with these arguments, which are to be hashable."""
        idle = self._idle.setdefault((args, tuple(kwargs.items())), [])
        lent = idle.pop() if idle else self._build(*args, **kwargs)
        lent.state.clear()
        try:
            yield lent
        finally:
            idle.append(lent)
