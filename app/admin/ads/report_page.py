"""The page of reports: a form for one, its first rows, and the files that TikTok makes in its own time."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from pydantic import ValidationError

from app.admin.ads.desk import AdsDesk, explain_ads
from app.admin.ads.forms import KeepForm
from app.admin.ads.numbers import NOTHING, count, money, percent, read_number, size
from app.admin.ads.report_query import (
    ID_LABELS,
    LEVELS,
    METRICS,
    PATH,
    PEOPLE,
    SPANS,
    TIMES,
    ReportQuery,
)
from app.ads.figures.days import today_at
from app.ads.models import AdsSavedReport, ReportEvery
from app.ads.reports.face.answers import begin_task, list_tasks, show_report
from app.ads.reports.face.schemas import ReportRead, ReportTaskRead
from app.ads.saved.service import get_saved, list_saved, save_report
from app.ads.values import told_of
from app.errors import AppError
from app.messages.message import Message, read_whole
from app.messages.translator import N_, Translator
from app.resources import Resources

_ROWS, _FILES = 50, 20

STATES: Mapping[str, tuple[str, str]] = {
    "queued": (N_("Asked for"), "busy"),
    "processing": (N_("TikTok makes it"), "busy"),
    "ready": (N_("Ready"), "good"),
    "failed": (N_("Cannot be had"), "bad"),
}


EVERY: Mapping[str, str] = {
    ReportEvery.never: N_("not told by itself"),
    ReportEvery.day: N_("each day"),
    ReportEvery.week: N_("each Monday"),
    ReportEvery.month: N_("each first of the month"),
}


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


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file, as far as it is."""

    task: ReportTaskRead
    label: str
    tone: str
    what: str
    span: str
    size: str

    @property
    def is_under_way(self) -> bool:
        return self.task.state in {"queued", "processing"}


@dataclass(frozen=True, slots=True)
class KeptLine:
    """One kept report. `when` says when it is told, or is ''."""

    id: str
    name: str
    href: str
    when: str
    next_at: datetime | None
    told_at: datetime | None
    trouble: Message | None


@dataclass(frozen=True, slots=True)
class ReportsPage:
    desk: AdsDesk
    problem: Sequence[str]
    query: ReportQuery
    result: Result | None
    files: Sequence[FileLine]
    kept: Sequence[KeptLine]
    every: Sequence[tuple[str, str]]
    zone: str
    levels: Sequence[tuple[str, str]]
    times: Sequence[tuple[str, str]]
    people: Sequence[tuple[str, str]]
    spans: Sequence[tuple[str, str]]
    metrics: Sequence[tuple[str, str, bool, bool]]


async def read_reports(
    app: Resources, i18n: Translator, desk: AdsDesk, query: ReportQuery, *, problem: Sequence[str] = ()
) -> ReportsPage:
    """Collect the page; TikTok is asked for rows only where the form was sent, and fits together."""
    told = list(problem)
    result = None
    if desk.current is not None and query.is_asked and not told:
        told = list(query.misfits(i18n))
        if not told:
            result, told = await _read_result(app, i18n, desk, query)
    return ReportsPage(
        desk=desk,
        problem=told,
        query=query,
        result=result,
        files=await read_files(app, i18n, desk),
        kept=await _read_kept(app, i18n, desk),
        every=list(EVERY.items()),
        zone=app.settings.timezone or "UTC",
        levels=list(LEVELS.items()),
        times=list(TIMES.items()),
        people=list(PEOPLE.items()),
        spans=list(SPANS.items()),
        metrics=[(name, one.label, one.of_people, one.of_hours) for name, one in METRICS.items()],
    )


async def read_files(app: Resources, i18n: Translator, desk: AdsDesk) -> list[FileLine]:
    """List the files of the ad account, the newest first."""
    if desk.current is None:
        return []
    async with app.read() as session:
        tasks = await list_tasks(session, advertiser_id=desk.advertiser_id, limit=_FILES, cursor=None)
    return [_file(i18n, one) for one in tasks.items]


async def begin_file(app: Resources, i18n: Translator, desk: AdsDesk, query: ReportQuery, admin_id: str) -> list[str]:
    """Have a file made; give what is wrong, where something is. Raises AppError."""
    if faults := list(query.misfits(i18n)):
        return faults
    try:
        await begin_task(app, desk.advertiser_id, query.parameters(_today(desk)), admin_id)
    except ValidationError as error:
        return _faults(i18n, error)
    return []


async def keep_report(
    app: Resources, i18n: Translator, desk: AdsDesk, query: ReportQuery, form: KeepForm, admin_id: str
) -> list[str]:
    """Keep a report; give what is wrong, where something is. Raises AppError."""
    if faults := list(query.misfits(i18n)):
        return faults
    try:
        await save_report(
            app, desk.advertiser_id, name=form.name, query=query.href(), parameters=query.parameters(None),
            span=query.span_words, every=form.every, hour=form.hour, admin_id=admin_id,
        )  # fmt: skip
    except ValidationError as error:
        return _faults(i18n, error)
    return []


async def find_kept(app: Resources, saved_id: str) -> str:
    """Give the address of a kept report. Raises SavedReportNotFound."""
    async with app.read() as session:
        return (await get_saved(session, app, saved_id)).query


async def _read_kept(app: Resources, i18n: Translator, desk: AdsDesk) -> list[KeptLine]:
    if desk.current is None:
        return []
    async with app.read() as session:
        rows = await list_saved(session, app, desk.advertiser_id)
    zone = app.settings.timezone or "UTC"
    return [_kept(i18n, row, zone) for row in rows]


def _kept(i18n: Translator, row: AdsSavedReport, zone: str) -> KeptLine:
    when = f"{i18n.gettext(EVERY[row.every])}, {row.hour:02d}:00 ({zone})" if row.next_at else ""
    trouble = None if row.trouble is None else read_whole(row.trouble)
    return KeptLine(row.id, row.name, row.query, when, row.next_at, row.told_at, trouble)


async def _read_result(
    app: Resources, i18n: Translator, desk: AdsDesk, query: ReportQuery
) -> tuple[Result | None, list[str]]:
    asked = query.parameters(_today(desk))
    wire = {name: json.dumps(value) if isinstance(value, list) else value for name, value in asked.items()}
    try:
        told = await show_report(app, desk.advertiser_id, {**wire, "page": str(query.page), "page_size": str(_ROWS)})
    except ValidationError as error:
        return None, _faults(i18n, error)
    except AppError as error:
        return None, explain_ads(i18n, error)
    return _result(i18n, desk, query, asked, wire, told), []


def _result(
    i18n: Translator,
    desk: AdsDesk,
    query: ReportQuery,
    asked: Mapping[str, Any],
    wire: Mapping[str, Any],
    told: ReportRead,
) -> Result:
    dimensions: list[str] = asked["dimensions"]
    name = f"{query.level}_name"
    rows = [
        [
            *(
                (row.metrics.get(name) or row.dimensions.get(one, "")) if one == f"{query.level}_id" else
                _dimension(one, row.dimensions.get(one, ""))
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
    )  # fmt: skip


def _cell(i18n: Translator, desk: AdsDesk, name: str, told: str | None) -> str:
    number, kind = read_number(told), METRICS[name].kind
    if number is None:
        return NOTHING
    if kind == "money":
        return money(i18n, number, desk.currency, is_round=False)
    if kind == "percent":
        return percent(i18n, number)
    return count(i18n, number) if kind == "count" else money(i18n, number, "")


def _dimension(name: str, told: str) -> str:
    """A day without its midnight, an hour without its seconds."""
    return told[:10] if name == "stat_time_day" else told[:16] if name == "stat_time_hour" else told


def _file(i18n: Translator, task: ReportTaskRead) -> FileLine:
    label, tone = STATES[task.state]
    level = str(task.parameters.get("data_level", "")).partition("_")[2].lower()
    start, end = task.parameters.get("start_date"), task.parameters.get("end_date")
    figures = [METRICS[name].label for name in task.parameters.get("metrics") or () if name in METRICS]
    what = ", ".join([i18n.gettext(ID_LABELS.get(f"{level}_id", level)), *(i18n.gettext(one) for one in figures)])
    span = f"{start} – {end}" if start else i18n.gettext(N_("all time"))
    return FileLine(task, label, tone, what, span, size(i18n, task.size))


def _faults(i18n: Translator, error: ValidationError) -> list[str]:
    told = [told_of(dict(item)).shown(i18n) for item in error.errors(include_url=False)]
    return [i18n.gettext(N_("The days do not fit:")), *(one[:1].upper() + one[1:] for one in told)]


def _today(desk: AdsDesk) -> date:
    return today_at(desk.current.timezone if desk.current else "")


__all__ = ["PATH", "ReportsPage", "begin_file", "read_reports"]
