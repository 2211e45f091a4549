"""The page of watches: what is watched, what was found, and a form for another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.admin.ads.desk import AdsDesk, explain_ads
from app.admin.ads.forms import WATCH_KINDS, WatchForm
from app.admin.ads.numbers import money
from app.ads.models import AdsWatch, WatchKind, WatchPeriod
from app.ads.watches.schemas import WatchEventRead, WatchRead
from app.ads.watches.service import create_watch, list_events, list_watches
from app.errors import AppError
from app.messages.message import Message
from app.messages.translator import N_, Translator
from app.resources import Resources

PATH = "/admin/ads/watches"
_AT_ONCE, _EVENTS = 50, 5

_LABELS = {name: label for name, label, _ in WATCH_KINDS}


@dataclass(frozen=True, slots=True)
class WatchLine:
    """One watch, in words."""

    id: str
    name: str
    what: str
    ids: Sequence[str]
    threshold: str
    checked_at: datetime | None
    next_at: datetime
    trouble: Message | None
    failing_since: datetime | None
    events: Sequence[WatchEventRead]


@dataclass(frozen=True, slots=True)
class WatchesPage:
    desk: AdsDesk
    problem: Sequence[str]
    watches: Sequence[WatchLine]
    more: str
    kinds: Sequence[tuple[str, str, bool]]
    form: WatchForm


async def read_watches(
    app: Resources,
    i18n: Translator,
    desk: AdsDesk,
    *,
    cursor: str = "",
    form: WatchForm | None = None,
    error: AppError | None = None,
) -> WatchesPage:
    """Collect the page."""
    lines: list[WatchLine] = []
    more = ""
    if desk.current is not None:
        async with app.read() as session:
            page = await list_watches(
                session, app, advertiser_id=desk.advertiser_id, limit=_AT_ONCE, cursor=cursor or None
            )
            for row in page.items:
                events = await list_events(session, app, row.id, limit=_EVENTS, cursor=None)
                lines.append(_line(i18n, desk, row, [WatchEventRead.of(one) for one in events.items]))
            more = f"{PATH}?cursor={page.next_cursor}" if page.next_cursor else ""
    problem = explain_ads(i18n, error) if error is not None else ()
    return WatchesPage(desk, problem, lines, more, WATCH_KINDS, form or WatchForm(what="spend:advertiser"))


async def add_watch(app: Resources, desk: AdsDesk, form: WatchForm, admin_id: str) -> None:
    """Set one up. Raises InvalidInput, Conflict, and what reaching the ad account raises."""
    await create_watch(app, form.body(desk.advertiser_id), admin_id)


def _line(i18n: Translator, desk: AdsDesk, row: AdsWatch, events: Sequence[WatchEventRead]) -> WatchLine:
    told = WatchRead.of(row)
    return WatchLine(
        id=told.id,
        name=told.name,
        what=_LABELS.get(f"{told.kind}:{told.level}", ""),
        ids=told.object_ids,
        threshold=_threshold(i18n, desk, told.threshold, told.kind, told.period),
        checked_at=told.checked_at,
        next_at=told.next_at,
        trouble=told.trouble,
        failing_since=told.failing_since,
        events=events,
    )


def _threshold(
    i18n: Translator, desk: AdsDesk, amount: Decimal | None, kind: WatchKind, period: WatchPeriod | None
) -> str:
    if amount is None:
        return ""
    text = money(i18n, amount, desk.currency)
    if kind is WatchKind.balance:
        return i18n.gettext(N_("tells below %(amount)s")) % {"amount": text}
    if period is WatchPeriod.day:
        return i18n.gettext(N_("tells from %(amount)s a day on")) % {"amount": text}
    return i18n.gettext(N_("tells from %(amount)s in all on")) % {"amount": text}
