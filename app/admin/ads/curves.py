"""Figures day by day as pictures, drawn where the page is made: bars for the days, and a line for the days before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

WIDTH, HEIGHT = 460, 120
_GAP = 3
_LEAST = 2


@dataclass(frozen=True, slots=True)
class CurveBar:
    """One day. `is_soft`: TikTok may still correct it."""

    x: int
    y: int
    width: int
    height: int
    title: str
    label: str
    is_soft: bool

    @property
    def middle(self) -> int:
        return self.x + self.width // 2


@dataclass(frozen=True, slots=True)
class Curve:
    """One figure: of the span, of the span before, and how they compare. `before_line` is the points of a polyline."""

    name: str
    label: str
    total: str
    before: str
    change: str
    top: str
    bars: Sequence[CurveBar]
    before_line: str


@dataclass(frozen=True, slots=True)
class Point:
    """A day's value and that of the day which it is compared with."""

    day: date
    value: Decimal | None
    before: Decimal | None
    is_soft: bool


def draw(
    points: Sequence[Point], write: Callable[[Decimal | None], str], write_day: Callable[[date], str]
) -> tuple[Sequence[CurveBar], str, str]:
    """Lay the days out side by side, the highest of both spans as high as the picture; give bars, line and top."""
    highest = max((value for one in points for value in (one.value, one.before) if value), default=Decimal(0))
    step = WIDTH / max(1, len(points))
    every = 1 if len(points) <= 14 else 5
    bars = [
        CurveBar(
            x=round(number * step) + _GAP // 2,
            y=HEIGHT - _height(one.value, highest),
            width=max(2, round(step) - _GAP),
            height=_height(one.value, highest),
            title=f"{write_day(one.day)}: {write(one.value)}",
            label=str(one.day.day) if number % every == 0 else "",
            is_soft=one.is_soft,
        )
        for number, one in enumerate(points)
    ]
    line = " ".join(
        f"{round((number + 0.5) * step)},{HEIGHT - _height(one.before, highest)}"
        for number, one in enumerate(points)
        if highest
    )
    return bars, line, write(highest or None)


def _height(value: Decimal | None, highest: Decimal) -> int:
    return max(_LEAST, round(value / highest * (HEIGHT - 2))) if value and highest else 0
