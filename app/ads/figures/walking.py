"""Walking through all pages of all spans of a report, in order, with a few questions under way ahead of the reader."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence

from app.ads.figures.spans import Span
from app.tiktok_business.family import LARGEST_PAGE
from app.tiktok_business.reports import ReportPage, ReportQuery, Reports

AT_ONCE = 8
"""Questions under way at the same time."""
MOST_AHEAD = 24
"""Questions under way or read ahead: so many pages are in memory at most, however long the report is. It is more than
can be under way, because the first pages of later spans, which tell how many there are, wait for their turn to be read;
where they took the places of others, a year by day went through one page at a time."""

_Key = tuple[int, int]


async def walk(
    reports: Reports, query: ReportQuery, spans: Sequence[Span], *, page_size: int = LARGEST_PAGE
) -> AsyncIterator[tuple[int, ReportPage]]:
    """Give each page with the number of its span. Totals stand on the first page of each, where they are asked for."""
    ahead = _Ahead(reports, query, spans, page_size)
    try:
        for span in range(len(spans)):
            number, is_last = 1, False
            while not is_last:
                page = await ahead.take(span, number)
                yield span, page
                number, is_last = number + 1, page.is_last
    finally:
        await ahead.close()


def of_span(query: ReportQuery, span: Span, *, with_totals: bool = True) -> ReportQuery:
    """The same question about some of its days."""
    start, end = span
    wanted = query.enable_total_metrics if with_totals else None
    return query.model_copy(update={"start_date": start, "end_date": end, "enable_total_metrics": wanted})


class _Ahead:
    """Questions that are asked before their pages are wanted, in the order in which they will be."""

    def __init__(self, reports: Reports, query: ReportQuery, spans: Sequence[Span], page_size: int) -> None:
        self._reports = reports
        self._query = query
        self._spans = spans
        self._page_size = page_size
        self._asked: dict[_Key, asyncio.Task[ReportPage]] = {}
        self._pages: dict[int, int | None] = {}

    async def take(self, span: int, number: int) -> ReportPage:
        """Wait for a page. Raises BusinessError."""
        under_way = sum(1 for task in self._asked.values() if not task.done())
        for key in self._next_keys(span, number):
            if under_way >= AT_ONCE or len(self._asked) >= MOST_AHEAD:
                break
            if key not in self._asked:
                self._asked[key] = asyncio.create_task(self._ask(*key))
                under_way += 1
        try:
            return await self._asked[span, number]
        finally:
            self._asked.pop((span, number), None)

    async def close(self) -> None:
        left = list(self._asked.values())
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _next_keys(self, span: int, number: int) -> Iterator[_Key]:
        """The pages from this one on, as far as it is known how many there are."""
        for one in range(span, len(self._spans)):
            first = number if one == span else 1
            for page in range(first, max(first, self._pages.get(one) or first) + 1):
                yield one, page

    async def _ask(self, span: int, number: int) -> ReportPage:
        # Adding up is work for TikTok, and one sum is enough.
        query = of_span(self._query, self._spans[span], with_totals=number == 1)
        page = await self._reports.get_report(query, page=number, page_size=self._page_size)
        self._pages[span] = page.page_info.total_page
        return page
