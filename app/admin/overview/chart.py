"""Fourteen days as a picture: one bar for each, drawn where the page is made, so that it needs no script."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.posts.face.stats import DayStats

WIDTH, HEIGHT = 700, 150
_GAP = 10
_LEAST = 3
"""One post is seen, however many another day had."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day: where its parts stand, from the ground up."""

    day: DayStats
    x: int
    width: int
    published_y: int
    published_height: int
    failed_y: int
    failed_height: int

    @property
    def middle(self) -> int:
        return self.x + self.width // 2


def draw(days: Sequence[DayStats]) -> list[Bar]:
    """Lay the days out side by side, the fullest as high as the picture."""
    highest = max((day.published + day.failed for day in days), default=0)
    step = WIDTH // max(1, len(days))
    bars = []
    for number, day in enumerate(days):
        published, failed = _height(day.published, highest), _height(day.failed, highest)
        bars.append(
            Bar(
                day=day,
                x=number * step + _GAP // 2,
                width=step - _GAP,
                published_y=HEIGHT - published,
                published_height=published,
                failed_y=HEIGHT - published - failed,
                failed_height=failed,
            )
        )
    return bars


def _height(count: int, highest: int) -> int:
    return max(_LEAST, round(count / highest * (HEIGHT - 2 * _LEAST))) if count else 0
