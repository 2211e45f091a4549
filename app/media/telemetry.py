"""What whoever runs the service sees of the media: how many were made ready, how long it took, and a span."""

import functools
from collections.abc import Awaitable, Callable, Sized
from time import perf_counter
from typing import ParamSpec, Protocol, TypeVar

from app import meters
from app.kit.tracing import span


class Prepared(Protocol):
    """A post's media, and why others are missing."""

    @property
    def assets(self) -> Sized: ...
    @property
    def problems(self) -> Sized: ...


P = ParamSpec("P")
T = TypeVar("T", bound=Prepared)


def watched(kind: str) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Awaitable[T]]]:
    """Count, time and trace a function that makes media of this kind ready."""

    def wrap(function: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        @functools.wraps(function)
        async def run(*args: P.args, **kwargs: P.kwargs) -> T:
            started_at, result = perf_counter(), "error"
            with span(f"media.{kind}") as step:
                try:
                    prepared = await function(*args, **kwargs)
                    result = _result(prepared)
                    step.set(result=result, count=len(prepared.assets))
                finally:
                    meters.media.count(kind, result)
                    meters.media_seconds.observe(perf_counter() - started_at, kind)
            return prepared

        return run

    return wrap


def _result(prepared: Prepared) -> str:
    if len(prepared.assets) == 0:
        return "nothing"
    return "partly" if len(prepared.problems) else "ok"
