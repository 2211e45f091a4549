"""Walking through a report of many spans: in order, with as many questions under way as may be."""

import asyncio
from typing import Any

from app.ads.figures.walking import AT_ONCE, MOST_AHEAD, walk
from app.tiktok_business.reports import ReportPage, ReportQuery

SPANS = [(f"2026-{month:02}-01", f"2026-{month:02}-28") for month in range(1, 13)]
PAGES = 15


class Slow:
    """Answers all questions that are under way together, so that rounds can be counted."""

    def __init__(self) -> None:
        self.under_way: list[asyncio.Future[None]] = []
        self.rounds: list[int] = []

    async def get_report(self, query: ReportQuery, *, page: int, page_size: int) -> ReportPage:
        waiting = asyncio.get_running_loop().create_future()
        self.under_way.append(waiting)
        await waiting
        info: Any = {"page": page, "total_page": PAGES}
        return ReportPage(page_info=info, request_id=f"{query.start_date} {page}")

    async def answer_all(self) -> None:
        while True:
            for _ in range(5):
                await asyncio.sleep(0)
            self.rounds.append(len(self.under_way))
            for waiting in self.under_way:
                waiting.set_result(None)
            self.under_way.clear()


async def test_pages_come_in_order_and_the_questions_ahead_take_nobodys_turn():
    slow, came = Slow(), []
    answering = asyncio.create_task(slow.answer_all())
    async for span, page in walk(slow, ReportQuery(dimensions=["campaign_id"]), SPANS):  # type: ignore[arg-type]
        came.append((span, page.request_id))
    answering.cancel()
    assert came == [(n, f"{SPANS[n][0]} {page}") for n in range(len(SPANS)) for page in range(1, PAGES + 1)]
    asked = [count for count in slow.rounds if count]
    assert max(asked) == AT_ONCE < MOST_AHEAD
    # But for the beginning and the end, each round is a full one.
    assert len(asked) <= len(SPANS) * PAGES / AT_ONCE + 3
