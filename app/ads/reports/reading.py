"""A report that is asked for and answered at once: one page of it, or all of its rows in a file."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from app.ads.figures.joining import add_totals
from app.ads.figures.spans import BY_DAY, BY_HOUR, Span, fits_at_once
from app.ads.figures.walking import of_span, walk
from app.ads.reports.asking import PagedParameters, ReportParameters
from app.ads.reports.sheets import write_rows
from app.ads.reports.sorting import SortedRows
from app.kit.clock import utcnow
from app.tiktok_business.reports import ReportPage, ReportQuery, ReportRow, Reports

_STILL_CHANGES = timedelta(days=7)
"""Figures of the last days are corrected by TikTok for some 3 to 7 days [business-api.md 17]."""
_COUNTING_AT_ONCE = 6
_CHUNK = 64 * 1024

Totals = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class ReportWindow:
    """One page of the joined report."""

    rows: Sequence[ReportRow]
    total_number: int
    totals: Totals | None
    request_id: str | None
    is_truncated: bool


@dataclass(frozen=True, slots=True)
class ReportFile:
    """All rows, as CSV in a file that is gone when it is closed."""

    file: IO[bytes]
    size: int
    is_truncated: bool


def may_change_from(asked: ReportParameters, now: datetime | None = None) -> date | None:
    """Give the first day of the report whose figures TikTok may still correct; None where all of them stand."""
    edge = ((now or utcnow()).astimezone(UTC) - _STILL_CHANGES).date()
    if asked.end_date is None or asked.start_date is None:
        return edge
    first, last = date.fromisoformat(asked.start_date), date.fromisoformat(asked.end_date)
    return max(first, edge) if last >= edge else None


async def read_window(reports: Reports, advertiser_id: str, asked: PagedParameters) -> ReportWindow:
    """Give one page. Raises BusinessError."""
    query, spans = asked.query(advertiser_id), asked.spans()
    if len(spans) == 1:
        whole = query.model_copy(update={"enable_total_metrics": True})
        page = await reports.get_report(of_span(whole, spans[0]), page=asked.page, page_size=asked.page_size)
        total = page.page_info.total_number
        count = len(page.items) if total is None else total
        return ReportWindow(page.items, count, page.total_metrics, page.request_id, page.is_truncated)
    if asked.order_field is not None:
        return await _sorted_window(reports, query, spans, asked)
    return await _joined_window(reports, query, spans, asked)


async def write_csv(reports: Reports, advertiser_id: str, asked: ReportParameters, folder: Path) -> ReportFile:
    """Write all rows into a file of no name in `folder`. Raises BusinessError."""
    query, spans = asked.query(advertiser_id), asked.spans()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # noqa: ASYNC240 - a moment
    binary = TemporaryFile(dir=folder)  # noqa: SIM115 - closed by whoever has sent it
    try:
        text = TextIOWrapper(binary, encoding="utf-8", newline="", write_through=False)
        write_rows(text, [asked.columns])
        is_truncated = await _write_all(reports, query, spans, asked, text)
        text.flush()
        text.detach()
        size = binary.tell()
        binary.seek(0)
    except BaseException:
        binary.close()
        raise
    return ReportFile(binary, size, is_truncated)


async def send_file(report: ReportFile) -> AsyncIterator[bytes]:
    """Give the file's bytes, and close it."""
    with report.file as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk


async def _write_all(
    reports: Reports, query: ReportQuery, spans: Sequence[Span], asked: ReportParameters, text: TextIOWrapper
) -> bool:
    is_truncated = False
    if len(spans) == 1 or asked.order_field is None:
        async for _, page in walk(reports, query, spans):
            is_truncated = is_truncated or page.is_truncated
            write_rows(text, _cells(asked, page.items))
        return is_truncated
    with _sorted(asked) as rows:
        async for _, page in walk(reports, query, spans):
            is_truncated = is_truncated or page.is_truncated
            rows.add(_cells(asked, page.items))
        await asyncio.to_thread(write_rows, text, rows.read())
    return is_truncated


async def _sorted_window(
    reports: Reports, query: ReportQuery, spans: Sequence[Span], asked: PagedParameters
) -> ReportWindow:
    with _sorted(asked) as kept:
        last, is_truncated = ReportPage(), False
        async for _, last in walk(reports, query, spans):
            is_truncated = is_truncated or last.is_truncated
            kept.add(_cells(asked, last.items))
        cells = await asyncio.to_thread(
            lambda: list(kept.read(skip=(asked.page - 1) * asked.page_size, most=asked.page_size))
        )
        rows = [_row(asked, row) for row in cells]
        totals = await _ask_totals(reports, query, spans, asked)
        return ReportWindow(rows, kept.count(), totals, last.request_id, is_truncated)


async def _joined_window(
    reports: Reports, query: ReportQuery, spans: Sequence[Span], asked: PagedParameters
) -> ReportWindow:
    """Ask each span how many rows it has, and only those for rows that stand on the page."""
    counts = await _count(reports, query, spans)
    begin = (asked.page - 1) * asked.page_size
    end, place, last, is_truncated = begin + asked.page_size, 0, ReportPage(), False
    rows: list[ReportRow] = []
    for span, count in zip(spans, counts, strict=True):
        first, until = max(begin - place, 0), min(end - place, count)
        if first < until:
            for number in range(first // asked.page_size + 1, (until - 1) // asked.page_size + 2):
                last = await reports.get_report(of_span(query, span), page=number, page_size=asked.page_size)
                is_truncated = is_truncated or last.is_truncated
                offset = (number - 1) * asked.page_size
                rows += last.items[max(first - offset, 0) : max(until - offset, 0)]
        place += count
    totals = await _ask_totals(reports, query, spans, asked)
    return ReportWindow(rows, sum(counts), totals, last.request_id, is_truncated)


async def _count(reports: Reports, query: ReportQuery, spans: Sequence[Span]) -> list[int]:
    gate = asyncio.Semaphore(_COUNTING_AT_ONCE)

    async def count(span: Span) -> int:
        async with gate:
            page = await reports.get_report(of_span(query, span), page=1, page_size=1)
        return page.page_info.total_number or 0

    tasks = [asyncio.create_task(count(span)) for span in spans]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()


async def _ask_totals(
    reports: Reports, query: ReportQuery, spans: Sequence[Span], asked: ReportParameters
) -> Totals | None:
    """Have TikTok add up what we may not: reach over a year is no sum. Beyond a year there are sums alone."""
    without_time = [name for name in asked.dimensions if name not in {BY_DAY, BY_HOUR}]
    change = {"dimensions": without_time, "order_field": None, "order_type": None, "enable_total_metrics": True}
    whole = query.model_copy(update=change)
    if without_time and fits_at_once(asked.start_date, asked.end_date):
        page = await reports.get_report(of_span(whole, (asked.start_date, asked.end_date)), page=1, page_size=1)
        return page.total_metrics
    each = query.model_copy(update={"enable_total_metrics": True})
    totals = [(await reports.get_report(of_span(each, span), page=1, page_size=1)).total_metrics for span in spans]
    return add_totals(totals)


def _sorted(asked: ReportParameters) -> SortedRows:
    # Without a word TikTok's order is descending.
    column = asked.columns.index(asked.order_field or "")
    return SortedRows(column, is_descending=asked.order_type != "ASC")


def _cells(asked: ReportParameters, rows: Iterable[ReportRow]) -> Iterator[list[str | None]]:
    dimensions, metrics = asked.dimensions, asked.columns_of_metrics
    for row in rows:
        yield [*map(row.dimensions.get, dimensions), *map(row.metrics.get, metrics)]


def _row(asked: ReportParameters, cells: Sequence[str | None]) -> ReportRow:
    width = len(asked.dimensions)
    dimensions = {name: cell for name, cell in zip(asked.dimensions, cells, strict=False) if cell is not None}
    return ReportRow(dimensions, dict(zip(asked.columns_of_metrics, cells[width:], strict=True)))
