"""What the calendar shows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from app.accounts.models import Account, AccountState
from app.accounts.queries import is_id
from app.admin.accounts.page import name_account
from app.admin.calendar.days import VIEWS, Span, read_day, span_of
from app.admin.wording.states import STATES, StateWords
from app.kit.clock import utcnow
from app.kit.zones import zone_of
from app.messages.translator import N_, Translator
from app.posts.face.calendar import CalendarSpan, Misfit, Planned, read_calendar
from app.posts.line.pacing import INITS_PER_MINUTE
from app.posts.models import PostState
from app.resources import Resources

MOST_IN_MONTH = 4
"""So many posts a day of the month view has room for."""

_VIEWS = {"week": N_("Week"), "month": N_("Month"), "list": N_("List")}
_WENT_OUT = frozenset({PostState.published, PostState.sent_to_inbox})
_STOPPED = frozenset({PostState.cancelled, PostState.failed})


@dataclass(frozen=True, slots=True)
class Entry:
    """One post on its day. `at` is its time in the calendar's zone, as the form that moves it has it."""

    id: str
    title: str
    language: str
    account: str
    time: str
    at: str
    words: StateWords
    tone: str
    can_move: bool
    is_stopped: bool
    misfit: str


@dataclass(frozen=True, slots=True)
class Use:
    """How much of an account's posts of a day are taken."""

    name: str
    count: int
    cap: int
    misfits: int

    @property
    def is_over(self) -> bool:
        return self.misfits > 0 or self.count > self.cap


@dataclass(frozen=True, slots=True)
class Day:
    """One day with its posts."""

    date: date
    name: str
    number: str
    is_today: bool
    is_past: bool
    is_other_month: bool
    entries: Sequence[Entry]
    hidden: int
    uses: Sequence[Use]
    href: str


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """Some days, and the ways to others."""

    view: str
    views: Sequence[tuple[str, str, str]]
    heading: str
    days: Sequence[Day]
    weekdays: Sequence[str]
    earlier: str
    later: str
    today: str
    here: str
    zone: str
    accounts: Sequence[tuple[str, str]]
    account_id: str
    day: str
    untimed: int
    is_cut: bool
    is_empty: bool
    error: str = ""


async def read_calendar_page(
    resources: Resources, i18n: Translator, *, view: str, day: str, account_id: str, error: str = ""
) -> CalendarPage:
    """Collect the page. Days and times are those of the reader's zone, else of the installation's."""
    zone_name = i18n.zone or resources.settings.timezone or "UTC"
    zone = zone_of(zone_name)
    now = utcnow().astimezone(zone)
    span = span_of(view, read_day(day, now.date()))
    account_id = account_id if is_id(account_id) else ""
    async with resources.read() as session:
        found = await read_calendar(session, resources.settings, *span.bounds(zone), account_id=account_id or None)
    placed: dict[date, list[tuple[Planned, datetime]]] = {}
    for one in found.posts:
        local = one.at.astimezone(zone)
        placed.setdefault(local.date(), []).append((one, local))
    days = [_day(i18n, span, day, placed.get(day, []), found, now, account_id) for day in span.days]
    return CalendarPage(
        view=span.view,
        views=[(name, _VIEWS[name], _href(name, span.day, account_id)) for name in VIEWS],
        heading=_heading(i18n, span),
        days=days,
        weekdays=[_weekday(i18n, day) for day in span.days[:7]],
        earlier=_href(span.view, span.earlier, account_id),
        later=_href(span.view, span.later, account_id),
        today=_href(span.view, now.date(), account_id),
        here=_href(span.view, span.day, account_id),
        zone=zone_name,
        accounts=[
            (account.id, name_account(account))
            for account in found.accounts
            if account.state is not AccountState.disconnected or account.id == account_id
        ],
        account_id=account_id,
        day=span.day.isoformat(),
        untimed=found.untimed,
        is_cut=found.is_cut,
        is_empty=not found.posts,
        error=error,
    )


def _day(
    i18n: Translator,
    span: Span,
    day: date,
    placed: Sequence[tuple[Planned, datetime]],
    found: CalendarSpan,
    now: datetime,
    account_id: str,
) -> Day:
    from babel.dates import format_date

    entries = [_entry(i18n, one, local, found.accounts) for one, local in placed]
    most = MOST_IN_MONTH if span.view == "month" and len(entries) > MOST_IN_MONTH + 1 else len(entries)
    return Day(
        date=day,
        name=format_date(day, "EEEE, d MMMM", locale=i18n.locale),
        number=str(day.day),
        is_today=day == now.date(),
        is_past=day < now.date(),
        is_other_month=span.view == "month" and day.month != span.day.month,
        entries=entries[:most],
        hidden=len(entries) - most,
        uses=_uses(placed, found.accounts),
        href=_href("list", day, account_id),
    )


def _entry(i18n: Translator, one: Planned, local: datetime, accounts: Sequence[Account]) -> Entry:
    post = one.post
    account = next(account for account in accounts if account.id == post.account_id)
    misfit = ""
    if one.misfit is Misfit.day:
        misfit = i18n.gettext(_FULL_DAY) % {"cap": account.settings.daily_cap}
    elif one.misfit is Misfit.minute:
        misfit = i18n.gettext(_FULL_MINUTE) % {"most": INITS_PER_MINUTE}
    return Entry(
        id=post.id,
        title=(post.title or post.article_title).partition("\n")[0],
        language=post.language,
        account=post.account_name,
        time=f"{local:%H:%M}",
        at=f"{local:%Y-%m-%dT%H:%M}",
        words=STATES[PostState(post.state)],
        tone="plan" if post.state is PostState.scheduled else STATES[PostState(post.state)].tone,
        can_move=one.can_move,
        is_stopped=post.state in _STOPPED,
        misfit=misfit,
    )


_FULL_DAY = N_("Will not fit: %(cap)s posts in 24 hours are used up by then. It goes out later.")
_FULL_MINUTE = N_("Will not fit: TikTok takes %(most)s a minute. It goes out a little later.")


def _uses(placed: Sequence[tuple[Planned, datetime]], accounts: Sequence[Account]) -> list[Use]:
    counted = [one for one, _ in placed if one.is_ahead or one.post.state in _WENT_OUT]
    counts = Counter(one.post.account_id for one in counted)
    misfits = Counter(one.post.account_id for one in counted if one.misfit is Misfit.day)
    return [
        Use(name_account(account), counts[account.id], account.settings.daily_cap, misfits[account.id])
        for account in accounts
        if counts[account.id]
    ]


def _heading(i18n: Translator, span: Span) -> str:
    from babel.dates import format_date

    if span.view == "month":
        text = format_date(span.day, "LLLL y", locale=i18n.locale)
        return text[:1].upper() + text[1:]
    first, last = span.days[0], span.days[-1]
    begin = "d MMMM" if first.year == last.year else "d MMMM y"
    return f"{format_date(first, begin, locale=i18n.locale)} – {format_date(last, 'd MMMM y', locale=i18n.locale)}"


def _weekday(i18n: Translator, day: date) -> str:
    from babel.dates import format_date

    text: str = format_date(day, "ccc", locale=i18n.locale)
    return text


def _href(view: str, day: date, account_id: str) -> str:
    query = {"view": view, "day": day.isoformat()} | ({"account": account_id} if account_id else {})
    return f"/admin/calendar?{urlencode(query)}"
