"""What goes out when: posts by their time, and which of them TikTok's limits will not let go then."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.kit.clock import utcnow
from app.posts.face.calendar_rows import MOST_POSTS, Ended, count_untimed, list_ended, list_open
from app.posts.face.decisions import DECISIONS
from app.posts.line.pacing import INITS_PER_MINUTE
from app.posts.models import FINAL_STATES, AttemptOutcome, Post, PostAttempt, PostState
from app.posts.waits import not_before

_DAY, _MINUTE = timedelta(hours=24), timedelta(minutes=1)
_UNDER_WAY = (PostState.queued, PostState.publishing, PostState.unconfirmed, PostState.retryable)
_WAITING = (PostState.awaiting_approval, *_UNDER_WAY)
_COUNTED = (AttemptOutcome.accepted, AttemptOutcome.unknown, AttemptOutcome.sending)


class Misfit(StrEnum):
    """Which of TikTok's limits keeps a post from its time."""

    day = "day"
    minute = "minute"


@dataclass(frozen=True, slots=True)
class Planned:
    """A post at its time. `misfit`: it will go out later than that; `can_move`: a person may give it another time.

    `title` is the article's where the post has none yet; `language` is that of its words, empty where nobody named it.
    """

    id: str
    account_id: str
    state: PostState
    title: str
    language: str
    at: datetime
    is_ahead: bool = False
    can_move: bool = False
    misfit: Misfit | None = None


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """A day's posts in the order of their times: all that are ahead, and of those that have ended the newest.

    `count` is of all; `taken` says per account how many of them went out or are to.
    """

    posts: Sequence[Planned]
    count: int
    taken: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CalendarSpan:
    """Some days; the posts that wait without a time stand apart. `is_cut`: more are ahead than MOST_POSTS."""

    days: Sequence[PlannedDay]
    untimed: int
    is_cut: bool
    accounts: Sequence[Account]


def find_misfits(
    planned: Iterable[tuple[datetime, str]], past: Sequence[datetime], daily_cap: int
) -> dict[str, Misfit]:
    """Tell which posts of one account do not fit in at their times, by their ids; who comes first has the place.

    TikTok counts within any 24 hours and any minute. `past` are the inits that it has had.
    """
    past, taken = sorted(past), list[datetime]()
    found: dict[str, Misfit] = {}
    for at, post_id in sorted(planned):
        in_day, in_minute = (
            sum(bisect_right(times, at) - bisect_right(times, at - span) for times in (past, taken))
            for span in (_DAY, _MINUTE)
        )
        if in_day >= daily_cap:
            found[post_id] = Misfit.day
        elif in_minute >= INITS_PER_MINUTE:
            found[post_id] = Misfit.minute
        else:
            taken.append(at)
    return found


async def read_calendar(
    session: AsyncSession, borders: Sequence[datetime], *, most: Sequence[int], account_id: str | None = None
) -> CalendarSpan:
    """Read what went out on some days, and what is to go out.

    Each day reaches from one of the `borders` to the next; `most` says for each how many ended posts are read.
    """
    now, since, until = utcnow(), borders[0], borders[-1]
    accounts = (await session.exec(select(Account).order_by(col(Account.display_name), col(Account.id)))).all()
    mine = () if account_id is None else (Post.account_id == account_id,)
    ended = await list_ended(session, borders, most, *mine)
    # Whether one fits in depends on what goes out within the day before.
    ahead = await list_open(session, *mine, col(Post.state) == PostState.scheduled,
                            col(Post.scheduled_at) >= since - _DAY, col(Post.scheduled_at) < until,
                            order=col(Post.scheduled_at))  # fmt: skip
    waiting = await list_open(session, *mine, col(Post.state).in_(_WAITING), order=col(Post.id).desc())
    timed = [(at, row) for row in (*ahead, *waiting) if (at := _time_of(row, now)) is not None]
    misfits: dict[str, Misfit] = {}
    for account in accounts:
        if own := [(at, row.id) for at, row in timed if row.account_id == account.id]:
            misfits |= find_misfits(own, await _inits(session, account, now), account.settings.daily_cap)
    languages = {account.id: account.settings.language for account in accounts}
    posts = [[_planned(row, row.at, languages) for row in day.posts] for day in ended]
    for at, row in timed:
        if since <= at < until:
            posts[bisect_right(borders, at) - 1].append(_planned(row, at, languages, misfits.get(row.id)))
    return CalendarSpan(
        [_day(some, day) for some, day in zip(posts, ended, strict=True)],
        untimed=await count_untimed(session, *mine),
        is_cut=MOST_POSTS in {len(ahead), len(waiting)},
        accounts=accounts,
    )


def _day(posts: list[Planned], ended: Ended) -> PlannedDay:
    ahead = Counter(one.account_id for one in posts if one.is_ahead)
    return PlannedDay(
        sorted(posts, key=lambda one: (one.at, one.id)),
        count=ended.count + ahead.total(),
        taken=ahead + ended.went_out,
    )


def _planned(row: Any, at: datetime, languages: Mapping[str, str], misfit: Misfit | None = None) -> Planned:
    is_ahead = row.state not in FINAL_STATES
    return Planned(
        row.id,
        row.account_id,
        row.state,
        row.title or row.article_title,
        row.language or languages[row.account_id],
        at,
        is_ahead=is_ahead,
        can_move=is_ahead and row.state in DECISIONS["revise"].states and not row.is_sending,
        misfit=misfit,
    )


def _time_of(row: Any, now: datetime) -> datetime | None:
    """When it is to go out; what is on its way goes out now."""
    if row.state is PostState.scheduled:
        return cast("datetime | None", row.scheduled_at)
    chosen = not_before(row.settings)
    if row.state is PostState.awaiting_approval:
        return chosen
    if row.state in {PostState.publishing, PostState.unconfirmed}:
        return cast("datetime", row.publishing_since or row.updated_at)
    at = row.next_attempt_at if row.state is PostState.retryable else chosen
    return max(at, now) if at is not None else now


async def _inits(session: AsyncSession, account: Account, now: datetime) -> Sequence[datetime]:
    query = select(PostAttempt.started_at).where(
        PostAttempt.account_id == account.id,
        col(PostAttempt.started_at) > now - _DAY,
        col(PostAttempt.outcome).in_(_COUNTED),
    )
    return (await session.exec(query.limit(MOST_POSTS))).all()
