"""The page of reports: a form for one, its first rows, and the files that TikTok makes in its own time."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import ValidationError

from app.admin.ads.desk import AdsDesk, explain_ads
from app.admin.ads.forms import KeepForm
from app.admin.ads.numbers import size
from app.admin.ads.report_query import (
    ID_LABELS,
    LANES,
    LEVELS,
    METRICS,
    PATH,
    PEOPLE,
    SPANS,
    TIMES,
    ReportQuery,
)
from app.admin.ads.report_result import OtherReport, Result, show_other, show_result
from app.ads.figures.days import today_at
from app.ads.models import AdsSavedReport, ReportEvery
from app.ads.reports.face.answers import begin_task, list_tasks, show_report
from app.ads.reports.face.schemas import ReportTaskRead
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
class FileLine:
    """One file, as far as it is."""

    task: ReportTaskRead
    label: str
    tone: str
    what: str
    span: str
    size: str
    other: OtherReport | None

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
    lanes: Sequence[tuple[str, str]]
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
        lanes=list(LANES.items()),
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
    return [_file(i18n, desk, one) for one in tasks.items]


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
    return show_result(i18n, desk, query, asked, wire, told), []


def _file(i18n: Translator, desk: AdsDesk, task: ReportTaskRead) -> FileLine:
    label, tone = STATES[task.state]
    lane, _, level = str(task.parameters.get("data_level", "")).lower().partition("_")
    start, end = task.parameters.get("start_date"), task.parameters.get("end_date")
    figures = [METRICS[name].label for name in task.parameters.get("metrics") or () if name in METRICS]
    rows = [ID_LABELS.get(f"{level}_id", level), *([LANES[lane]] if lane == "reservation" else [])]
    what = ", ".join([*(i18n.gettext(one) for one in rows), *(i18n.gettext(one) for one in figures)])
    span = f"{start} – {end}" if start else i18n.gettext(N_("all time"))
    other = show_other(i18n, desk, task.not_included)
    return FileLine(task, label, tone, what, span, size(i18n, task.size), other)


def _faults(i18n: Translator, error: ValidationError) -> list[str]:
    told = [told_of(dict(item)).shown(i18n) for item in error.errors(include_url=False)]
    return [i18n.gettext(N_("The days do not fit:")), *(one[:1].upper() + one[1:] for one in told)]


def _today(desk: AdsDesk) -> date:
    return today_at(desk.current.timezone if desk.current else "")


__all__ = ["PATH", "ReportsPage", "begin_file", "read_reports"]
