"""What a list's address asks for, read into a filter."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.errors import BadRequest
from app.messages import refusals
from app.posts.face.listing import PostFilter, PostNeed, PostSort
from app.posts.models import PostState

_DAY = len("2026-11-29")


def make_filter(
    *,
    zone: str,
    q: str = "",
    states: Sequence[PostState] = (),
    account_id: str | None = None,
    article_id: str | None = None,
    source_id: str | None = None,
    first: str = "",
    last: str = "",
    need: PostNeed | None = None,
    sort: PostSort = PostSort.newest,
) -> PostFilter:
    """Read the filter. `first` and `last` are RFC 3339, or days in `zone`, of which the last counts whole.

    Raises BadRequest.
    """
    return PostFilter(
        q=q,
        states=tuple(dict.fromkeys(states)),
        account_id=account_id,
        article_id=article_id,
        source_id=source_id,
        since=read_moment(first, zone),
        until=read_moment(last, zone, is_end=True),
        need=need,
        sort=sort,
    )


def read_moment(told: str, zone: str, *, is_end: bool = False) -> datetime | None:
    """Read a time, or the beginning of a day in `zone`, of which the end is the next day's beginning.

    Empty is None. Raises BadRequest.
    """
    # A plus that was not escaped in an address has become a space.
    told = told.strip().replace(" ", "+")
    if not told:
        return None
    try:
        if len(told) > _DAY:
            moment = datetime.fromisoformat(told)
            if moment.tzinfo is None:
                raise ValueError
            return moment.astimezone(UTC)
        day = date.fromisoformat(told) + timedelta(days=1 if is_end else 0)
        return datetime.combine(day, time(), tzinfo=ZoneInfo(zone or "UTC")).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadRequest(refusals.BAD_MOMENT, code="bad_time") from None
