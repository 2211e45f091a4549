"""What the calendar shows."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from urllib.parse import urlencode

from app.accounts.models import Account, AccountState
from app.accounts.queries import is_id
from app.admin.accounts.page import name_account
from app.admin.calendar.days import VIEWS, Span, read_day, span_of
from app.admin.wording.states import STATES
from app.kit.clock import utcnow
from app.kit.zones import zone_of
from app.messages.translator import N_, Translator
from app.posts.face.calendar import Misfit, Planned, PlannedDay, read_calendar
from app.posts.line.pacing import INITS_PER_MINUTE
from app.posts.models import PostState
from app.resources import Resources

MOST_ON_DAY = {"week": 24, "month": 4, "list": 24}
"""So many posts a day has room for; a link leads to the list that begins with that day, and shows more of it."""
MOST_ON_FIRST = 200
"""So many of the day with which a list begins."""

_VIEWS = {"week": N_("Week"), "month": N_("Month"), "list": N_("List")}
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
    state: str
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
    most = _most_of(span)
    async with resources.read() as session:
        # One more than there is room for: a single post is shown rather than counted.
        found = await read_calendar(
            session, span.borders(zone), most=[each + 1 for each in most], account_id=account_id or None
        )
    writing = _Writing(i18n, zone, found.accounts)
    days = [
        _day(writing, span, day, planned, room, now.date(), account_id)
        for day, planned, room in zip(span.days, found.days, most, strict=True)
    ]
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
        accounts=_list_accounts(found.accounts, account_id),
        account_id=account_id,
        day=span.day.isoformat(),
        untimed=found.untimed,
        is_cut=found.is_cut,
        is_empty=not any(day.count for day in found.days),
        error=error,
    )


def _list_accounts(accounts: Iterable[Account], chosen: str) -> list[tuple[str, str]]:
    """List whose posts can be chosen: one that is disconnected only where it is the one that is shown."""
    return [
        (account.id, name_account(account))
        for account in accounts
        if account.state is not AccountState.disconnected or account.id == chosen
    ]


class _Writing:
    """How posts are written on this page: what many have in common is put into words once."""

    def __init__(self, i18n: Translator, zone: tzinfo, accounts: Sequence[Account]) -> None:
        self.i18n, self.zone = i18n, zone
        self.accounts = {account.id: account for account in accounts}
        self.names = {account.id: account.display_name or account.username for account in accounts}
        self.states = {state: i18n.gettext(STATES[state].label) for state in PostState}

    def entry(self, one: Planned) -> Entry:
        local = one.at.astimezone(self.zone)
        return Entry(
            id=one.id,
            title=one.title.partition("\n")[0],
            language=one.language,
            account=self.names[one.account_id],
            time=f"{local:%H:%M}",
            at=f"{local:%Y-%m-%dT%H:%M}",
            state=self.states[one.state],
            tone="plan" if one.state is PostState.scheduled else STATES[one.state].tone,
            can_move=one.can_move,
            is_stopped=one.state in _STOPPED,
            misfit=self._misfit(one),
        )

    def _misfit(self, one: Planned) -> str:
        if one.misfit is Misfit.day:
            return self.i18n.gettext(_FULL_DAY) % {"cap": self.accounts[one.account_id].settings.daily_cap}
        return self.i18n.gettext(_FULL_MINUTE) % {"most": INITS_PER_MINUTE} if one.misfit else ""


_FULL_DAY = N_("Will not fit: %(cap)s posts in 24 hours are used up by then. It goes out later.")
_FULL_MINUTE = N_("Will not fit: TikTok takes %(most)s a minute. It goes out a little later.")


def _most_of(span: Span) -> list[int]:
    most = [MOST_ON_DAY[span.view]] * len(span.days)
    return [MOST_ON_FIRST, *most[1:]] if span.view == "list" else most


def _day(writing: _Writing, span: Span, day: date, planned: PlannedDay, room: int, today: date, account_id: str) -> Day:
    from babel.dates import format_date

    shown = _choose(planned.posts, planned.count if planned.count <= room + 1 else room)
    return Day(
        date=day,
        name=format_date(day, "EEEE, d MMMM", locale=writing.i18n.locale),
        number=str(day.day),
        is_today=day == today,
        is_past=day < today,
        is_other_month=span.view == "month" and day.month != span.day.month,
        entries=[writing.entry(one) for one in shown],
        hidden=planned.count - len(shown),
        uses=_uses(planned, writing.accounts.values()),
        href=_href("list", day, account_id),
    )


def _choose(posts: Sequence[Planned], most: int) -> Sequence[Planned]:
    """Choose whom a full day shows: what is still ahead, soonest first, then what ended last."""
    if len(posts) <= most:
        return posts
    ahead = [one for one in posts if one.is_ahead][:most]
    ended = [one for one in posts if not one.is_ahead]
    last = ended[len(ended) - (most - len(ahead)) :]
    return sorted([*last, *ahead], key=lambda one: (one.at, one.id))


def _uses(day: PlannedDay, accounts: Iterable[Account]) -> list[Use]:
    misfits = Counter(one.account_id for one in day.posts if one.misfit is Misfit.day)
    return [
        Use(name_account(account), count, account.settings.daily_cap, misfits[account.id])
        for account in accounts
        if (count := day.taken.get(account.id, 0))
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
