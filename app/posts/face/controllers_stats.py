"""Figures over HTTP."""

from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.access import EDITOR
from app.config import Settings
from app.errors import Invalid
from app.kit.clock import utcnow
from app.kit.zones import known_zone
from app.messages import refusals
from app.posts.face.stats import Stats, read_stats
from app.posts.figures.read import FiguresList, read_figures

_DAYS = 14


@get("/api/stats", operation_id="read_stats", name="stats", tags=["Posts"], opt=EDITOR)
async def show_stats(
    session: NamedDependency[AsyncSession],
    settings: NamedDependency[Settings],
    first: Annotated[date | None, QueryParameter(name="from")] = None,
    last: Annotated[date | None, QueryParameter(name="to")] = None,
    account_id: FromQuery[str | None] = None,
    timezone: Annotated[str, QueryParameter(max_length=64)] = "",
) -> Stats:
    """Count posts by day, the last fourteen where no days are named; days are the installation's, or of `timezone`."""
    try:
        zone = ZoneInfo(known_zone(timezone or settings.timezone))
    except ValueError:
        raise Invalid(refusals.UNKNOWN_ZONE, code="invalid_timezone") from None
    last = last or (utcnow().astimezone(zone).date() if first is None else _later(first, _DAYS - 1))
    return await read_stats(session, zone, first or _later(last, 1 - _DAYS), last, account_id=account_id)


@get("/api/posts/{post_id:str}/metrics", operation_id="read_figures", name="posts:metrics", tags=["Posts"], opt=EDITOR)
async def show_figures(session: NamedDependency[AsyncSession], post_id: FromPath[str]) -> FiguresList:
    """Tell how often a post was seen, liked, commented and shared by some moments of its first month."""
    return await read_figures(session, post_id)


def _later(day: date, days: int) -> date:
    """Move a day; one that would leave the calendar stays, and is refused for being far off."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return day
