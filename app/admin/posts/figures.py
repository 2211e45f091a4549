"""A post's figures as its page shows them: the newest in words, and the way there as a curve."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.messages.kinds import show_number
from app.messages.translator import N_, Translator
from app.posts.figures.read import FiguresList, FiguresRead

_NAMES = (("views", N_("Views")), ("likes", N_("Likes")), ("comments", N_("Comments")), ("shares", N_("Shares")))
_WIDTH, _HEIGHT, _EDGE = 600, 120, 4


@dataclass(frozen=True, slots=True)
class FiguresView:
    """`newest` is empty where there are none, and `reason` says why."""

    newest: Sequence[tuple[str, str]]
    at: datetime | None
    curve: str
    reason: str


def view_figures(i18n: Translator, found: FiguresList) -> FiguresView:
    """Put figures into words."""
    if not found.items:
        return FiguresView((), None, "", found.reason.shown(i18n) if found.reason else "")
    last = found.items[-1]
    newest = [(name, show_number(i18n, value)) for key, name in _NAMES if (value := getattr(last, key)) is not None]
    return FiguresView(newest, last.at, _curve(found.items), "")


def _curve(items: Sequence[FiguresRead]) -> str:
    """Lay the views out over time, as points of a line; nothing where there are not two."""
    seen = [(item.at.timestamp(), item.views) for item in items if item.views is not None]
    if len(seen) < 2:
        return ""
    began, ended = seen[0][0], seen[-1][0]
    highest, span = max(views for _, views in seen) or 1, (ended - began) or 1.0
    points = (
        (
            _EDGE + (at - began) / span * (_WIDTH - 2 * _EDGE),
            _HEIGHT - _EDGE - views / highest * (_HEIGHT - 2 * _EDGE),
        )
        for at, views in seen
    )
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
