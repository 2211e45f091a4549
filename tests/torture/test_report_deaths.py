"""Death at every step of a report: TikTok is asked for each part once, and the report ends true."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
import sqlalchemy as sa

from app.ads.models import AdsReport
from app.kit import failpoints
from app.kit.clock import utcnow
from tests.ads import conftest
from tests.ads.conftest import ADVERTISER, TikTok
from tests.ads.reporting import BY_DAY, Desk, open_desk, span

tiktok = conftest.tiktok
# Where the part's number was on disk, or surely nothing was sent, the report goes on as if nothing had been.
HARMLESS = ("report.taken", "report.asking", "report.asked", "report.fetched", "report.joined")
# Between the row and the number nobody can know whether TikTok makes it.
UNSURE = ("report.sent", "report.answered")


class Killed(BaseException):
    """The worker dies here: no handler of ours may catch it."""


@pytest.fixture
async def desk(
    tmp_path: Path, database_url: str, tiktok: TikTok, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path, database_url, tiktok, monkeypatch) as opened:
        await opened.make_past(campaigns=1, days=2)
        yield opened


async def die_at(desk: Desk, point: str, report_id: str) -> None:
    def take(_folder: Path, name: str) -> None:
        if name == point:
            raise Killed

    with (
        patch.object(failpoints, "_folder", Path("armed")),
        patch.object(failpoints, "_take", take),
        pytest.raises(Killed),
    ):
        await desk.run("ads.report", report_id)
    async with desk.app.transaction() as session:
        # Its lease runs out.
        await session.exec(sa.update(AdsReport).values(lease_until=utcnow() - timedelta(seconds=1)))


@pytest.mark.timeout(0)
async def test_each_part_is_asked_for_once_wherever_the_worker_dies(desk: Desk, runs: int):
    asked = 0
    for point in (*HARMLESS, *UNSURE) * runs:
        # By the day this is two parts: the second is untouched where the first killed the worker.
        begun = await desk.post(f"{ADVERTISER}/report-tasks", **(BY_DAY | span(31)))
        report_id = begun.json()["id"]
        await die_at(desk, point, report_id)
        await desk.run("ads.report", report_id)
        await desk.run("ads.report", report_id)
        told = await desk.get(f"report-tasks/{report_id}")
        sent = await desk.count("report/task/create/") - asked
        asked += sent
        if point in HARMLESS:
            assert (told["state"], sent) == ("ready", 2), (point, told)
            file = await desk.http.get(told["file_url"])
            assert file.text.count("\r\n") == told["rows"] + 1
        else:
            assert (told["state"], told["reason"]) == ("failed", "outcome_unknown"), (point, told)
            assert sent == (1 if point == "report.answered" else 0), point
    left = list((desk.app.settings.data_dir / "ads-reports").iterdir())
    assert {path.suffix for path in left} <= {".csv", ".draft"}
