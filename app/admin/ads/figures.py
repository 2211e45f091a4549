"""The page of figures: what was spent, seen and clicked, beside the same number of days before."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import reduce
from urllib.parse import urlencode

from app.admin.ads.curves import Curve, Point, draw
from app.admin.ads.desk import AdsDesk, explain_ads
from app.admin.ads.numbers import change, count, money, percent
from app.ads.figures.days import DayFigures, read_days, today_at
from app.errors import AppError
from app.kit.clock import utcnow
from app.messages.kinds import show_day
from app.messages.translator import N_, Translator
from app.resources import Resources

PATH = "/admin/ads/figures"
SPANS: Mapping[int, str] = {7: N_("7 days"), 14: N_("14 days"), 30: N_("30 days")}
USUAL = 14
_STILL_CHANGES = timedelta(days=7)
_NOTHING = DayFigures()

_Read = Callable[[DayFigures], Decimal | None]
_FIGURES: Sequence[tuple[str, str, _Read]] = (
    ("spend", N_("Spent"), lambda one: one.spend),
    ("impressions", N_("Impressions"), lambda one: one.impressions),
    ("clicks", N_("Clicks"), lambda one: one.clicks),
    ("ctr", N_("Clicks of 100 impressions (CTR)"), lambda one: one.ctr),
)


@dataclass(frozen=True, slots=True)
class DayLine:
    day: date
    cells: Sequence[str]
    is_soft: bool


@dataclass(frozen=True, slots=True)
class FiguresPage:
    """The page; without `curves` there is nothing to be shown. `soft_from`: from that day on figures may change."""

    desk: AdsDesk
    problem: Sequence[str]
    spans: Sequence[tuple[str, str, bool]]
    campaign_id: str
    curves: Sequence[Curve]
    days: Sequence[DayLine]
    headings: Sequence[str]
    first: date | None
    last: date | None
    soft_from: date | None
    today: str
    as_of: datetime | None
    is_auction_alone: bool = False


async def read_figures(app: Resources, i18n: Translator, desk: AdsDesk, days: int, campaign_id: str) -> FiguresPage:
    """Collect the page: whole days of the ad account's clock, up to yesterday, and today by itself."""
    days = days if days in SPANS else USUAL
    spans = [(_href(span, campaign_id), label, span == days) for span, label in SPANS.items()]
    if desk.current is None:
        return _empty(desk, spans, campaign_id)
    today = today_at(desk.current.timezone)
    first, last = today - timedelta(days=days), today - timedelta(days=1)
    try:
        read = await read_days(app, desk.advertiser_id, first - timedelta(days=days), today, campaign_id=campaign_id)
    except AppError as error:
        return _empty(desk, spans, campaign_id, explain_ads(i18n, error))
    found, edge = read.days, (utcnow().astimezone(UTC) - _STILL_CHANGES).date()
    now = [first + timedelta(days=number) for number in range(days)]
    writers = _writers(i18n, desk.currency)
    return FiguresPage(
        desk=desk,
        problem=(),
        spans=spans,
        campaign_id=campaign_id,
        curves=[_curve(i18n, name, label, read, writers[name], now, found, edge) for name, label, read in _FIGURES],
        days=[_line(day, found.get(day, _NOTHING), writers, edge) for day in reversed(now)],
        headings=[label for _, label, _ in _FIGURES],
        first=first,
        last=last,
        soft_from=max(first, edge) if last >= edge else None,
        today=writers["spend"](found.get(today, _NOTHING).spend),
        as_of=utcnow(),
        is_auction_alone=read.is_auction_alone,
    )


def _empty(
    desk: AdsDesk, spans: Sequence[tuple[str, str, bool]], campaign_id: str, problem: Sequence[str] = ()
) -> FiguresPage:
    return FiguresPage(desk, problem, spans, campaign_id, (), (), (), None, None, None, "", None)


def _writers(i18n: Translator, currency: str) -> Mapping[str, Callable[[Decimal | None], str]]:
    return {
        "spend": lambda value: money(i18n, value, currency),
        "impressions": lambda value: count(i18n, value),
        "clicks": lambda value: count(i18n, value),
        "ctr": lambda value: percent(i18n, value),
    }


def _curve(
    i18n: Translator,
    name: str,
    label: str,
    read: _Read,
    write: Callable[[Decimal | None], str],
    now: Sequence[date],
    found: Mapping[date, DayFigures],
    edge: date,
) -> Curve:
    back = timedelta(days=len(now))
    points = [
        Point(day, read(found.get(day, _NOTHING)), read(found.get(day - back, _NOTHING)), day >= edge) for day in now
    ]
    total = read(_sum(found, now))
    before = read(_sum(found, [day - back for day in now]))
    bars, line, top = draw(points, write, lambda day: show_day(i18n, day))
    return Curve(name, label, write(total), write(before), change(i18n, total, before), top, bars, line)


def _sum(found: Mapping[date, DayFigures], days: Sequence[date]) -> DayFigures:
    return reduce(lambda one, other: one + other, (found.get(day, _NOTHING) for day in days), _NOTHING)


def _line(
    day: date, figures: DayFigures, writers: Mapping[str, Callable[[Decimal | None], str]], edge: date
) -> DayLine:
    return DayLine(day, [writers[name](read(figures)) for name, _, read in _FIGURES], day >= edge)


def _href(days: int, campaign_id: str) -> str:
    given = {"days": days} | ({"campaign_id": campaign_id} if campaign_id else {})
    return f"{PATH}?{urlencode(given)}"
