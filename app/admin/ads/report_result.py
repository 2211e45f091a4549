"""The rows of a report on the page, in words, and what is not in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from app.admin.ads.desk import AdsDesk
from app.admin.ads.numbers import NOTHING, count, money, percent, read_number
from app.admin.ads.report_query import ID_LABELS, METRICS, ReportQuery
from app.ads.reports.face.schemas import OtherLaneRead, ReportRead
from app.messages.kinds import show_day
from app.messages.translator import Translator


@dataclass(frozen=True, slots=True)
class OtherReport:
    """What was bought the other way in the same days. Without `rows` TikTok has not told of it."""

    is_reserved: bool
    rows: str
    spend: str
    href: str


@dataclass(frozen=True, slots=True)
class Result:
    """The first rows of a report, in words."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    totals: Sequence[str]
    words: int
    total_rows: str
    more_href: str
    csv_href: str
    as_of: datetime
    soft_from: date | None
    is_cut: bool
    other: OtherReport | None


def show_result(
    i18n: Translator,
    desk: AdsDesk,
    query: ReportQuery,
    asked: Mapping[str, Any],
    wire: Mapping[str, Any],
    told: ReportRead,
) -> Result:
    """Show a page of a report as a table, in the reader's words and the ad account's currency."""
    dimensions: list[str] = asked["dimensions"]
    name = f"{query.level}_name"
    rows = [
        [
            *(
                (row.metrics.get(name) or row.dimensions.get(one, "")) if one == f"{query.level}_id" else
                _dimension(i18n, one, row.dimensions.get(one, ""))
                for one in dimensions
            ),
            *(_cell(i18n, desk, one, row.metrics.get(one)) for one in query.metrics),
        ]
        for row in told.items
    ]  # fmt: skip
    totals = told.total_metrics or {}
    csv = {**wire, "format": "csv"}
    return Result(
        headings=[*(i18n.gettext(ID_LABELS[one]) for one in dimensions),
                  *(i18n.gettext(METRICS[one].label) for one in query.metrics)],
        rows=rows,
        totals=[_cell(i18n, desk, one, totals.get(one)) for one in query.metrics] if totals else [],
        words=len(dimensions),
        total_rows=count(i18n, told.page_info.total_number),
        more_href=query.href(page=query.page + 1) if told.next_cursor else "",
        csv_href=f"/api/ads/{desk.advertiser_id}/report?{urlencode(csv)}",
        as_of=told.as_of,
        soft_from=told.may_change_from,
        is_cut=told.is_truncated,
        other=show_other(i18n, desk, told.not_included, query),
    )  # fmt: skip


def show_other(
    i18n: Translator, desk: AdsDesk, told: OtherLaneRead | None, query: ReportQuery | None = None
) -> OtherReport | None:
    """Say what was bought the other way, and with a query lead to it; None where nothing was."""
    if told is None or told.rows == 0:
        return None
    lane = told.service_type.lower()
    rows, spend = ("", "") if told.rows is None else (count(i18n, told.rows), money(i18n, told.spend, desk.currency))
    return OtherReport(lane == "reservation", rows, spend, query.href(lane=lane) if query else "")


def _cell(i18n: Translator, desk: AdsDesk, name: str, told: str | None) -> str:
    number, kind = read_number(told), METRICS[name].kind
    if number is None:
        return NOTHING
    if kind == "money":
        return money(i18n, number, desk.currency, is_round=False)
    if kind == "percent":
        return percent(i18n, number)
    return count(i18n, number) if kind == "count" else money(i18n, number, "")


def _dimension(i18n: Translator, name: str, told: str) -> str:
    """A day without its midnight, an hour without its seconds, as the reader's language writes them."""
    if name not in {"stat_time_day", "stat_time_hour"}:
        return told
    try:
        day = show_day(i18n, date.fromisoformat(told[:10]))
    except ValueError:
        return told
    return day if name == "stat_time_day" else f"{day}, {told[11:16]}"
