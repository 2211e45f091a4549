"""Applications that are built once and lent to one test at a time: to build one takes longer than most tests do."""

import gc
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
        lent = idle.pop() if idle else self._make(*args, **kwargs)
        lent.state.clear()
        try:
            yield lent
        finally:
            idle.append(lent)

    def _make(self, *args: P.args, **kwargs: P.kwargs) -> T:
        built = self._build(*args, **kwargs)
        # It lives until the end: the garbage collector took a twelfth of a run, mostly for looking at these.
        gc.freeze()
        return built
