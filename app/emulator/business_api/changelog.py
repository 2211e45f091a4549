"""The change log: what really happened to an object, as a task."""

from typing import Any

import msgspec

from app.emulator.business_api.access import need_advertiser
from app.emulator.business_api.call import Call, read, write
from app.emulator.business_api.errors import refuse
from app.emulator.business_api.store import Doc
from app.emulator.business_api.tasks import begin_task, need_result, need_task, state_of
from app.emulator.business_api.times import read_stamp, stamp

_LONGEST = 30 * 86_400


class Create(msgspec.Struct):
    advertiser_id: str
    start_time: str
    end_time: str
    timezone: str | None = None
    module: str | None = None
    lang: str | None = None
    object_ids: list[str] | None = None
    object_type: str | None = None
    operation_types: list[str] | None = None
    order_fields: list[str] | None = None


class Named(msgspec.Struct):
    advertiser_id: str
    task_id: str


@write("changelog/task/create/", 200)
def create_task(call: Call) -> Any:
    call.writes = False
    asked = call.take(Create)
    need_advertiser(call, asked.advertiser_id)
    since, until = read_stamp("start_time", asked.start_time), read_stamp("end_time", asked.end_time)
    if not since <= until <= since + _LONGEST:
        raise refuse("end_time", "it is after start_time, by 30 days at most")
    logs = [
        _show(one)
        for one in reversed(call.book.store.find("change", parent=asked.advertiser_id))
        # Times are told to the second.
        if since <= one["at"] < until + 1
        and (not asked.object_ids or one["object_id"] in asked.object_ids)
        and asked.object_type in {None, one["object_type"]}
        and (not asked.operation_types or one["action"] in asked.operation_types)
    ]
    return {"task_id": begin_task(call, "changelog_task", asked.advertiser_id, logs=logs)}


def _show(change: Doc) -> Doc:
    return {
        "time": stamp(change["at"]),
        "log_object_type": change["object_type"],
        "object_id": change["object_id"],
        "object": change["object_name"],
        "operator": change["operator"],
        "source": "Marketing API",
        "app_id": change["app_id"],
        "activity_details": [
            {
                "action": change["action"],
                "name": one["name"],
                "before_after": [{"before": str(one["before"]), "after": str(one["after"])}],
            }
            for one in change["changes"] or [{"name": "", "before": "", "after": change["object_name"]}]
        ],
    }


@read("changelog/task/check/", 200)
def check_task(call: Call) -> Any:
    asked = call.take(Named)
    task = need_task(call, "changelog_task", asked.advertiser_id, asked.task_id)
    state = state_of(call, task)
    return {"status": "PROCESSING" if state == "QUEUING" else state}


@read("changelog/task/download/", 200)
def download_task(call: Call) -> Any:
    asked = call.take(Named)
    task = need_task(call, "changelog_task", asked.advertiser_id, asked.task_id)
    need_result(call, task)
    names = [detail["name"] for log in task["logs"] for detail in log["activity_details"]]
    changes = {
        "budget": sum(name in {"budget", "scheduled_budget"} for name in names),
        "bid": sum("bid" in name for name in names),
        "status": names.count("operation_status"),
        "targeting": names.count("location_ids"),
    }
    file = {"file_name": f"changelog_{asked.task_id}", "file_data": {"changes": changes, "logs": task["logs"]}}
    return {"status": "SUCCESS", "changelog": file}


operations = (create_task, check_task, download_task)
