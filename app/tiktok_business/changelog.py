"""The change log: TikTok's own record of what was changed, and by whom; evidence after a lost answer."""

from collections.abc import Mapping
from typing import Any

from app.tiktok_business.calls import CallClass, get, post
from app.tiktok_business.family import Family, read_data
from app.tiktok_business.reports import ReportFile, ReportTask, TaskStatus


class ChangeLog(Family):
    async def create_task(
        self, advertiser_id: str, start_time: str, end_time: str, *, filtering: Mapping[str, Any] | None = None
    ) -> ReportTask:
        """Have the log of a span made. A second task for the same span changes nothing, but counts."""
        body: dict[str, Any] = {"advertiser_id": advertiser_id, "start_time": start_time, "end_time": end_time}
        if filtering:
            body["filtering"] = dict(filtering)
        return await self._ask(ReportTask, post("changelog/task/create/", CallClass.repeatable, body))

    async def check_task(self, advertiser_id: str, task_id: str) -> TaskStatus:
        return await self._ask(TaskStatus, get("changelog/task/check/", advertiser_id=advertiser_id, task_id=task_id))

    async def download_task(self, advertiser_id: str, task_id: str) -> ReportFile:
        call = get("changelog/task/download/", advertiser_id=advertiser_id, task_id=task_id)
        answer = await self._sender.send(call, may_be_file=True)
        if not answer.is_envelope:
            return ReportFile(content=answer.body, output_format="CSV_STRING")
        return read_data(ReportFile, call, answer)
