"""Comments under ads as a file: asked for, made after a while, fetched."""

from typing import Any, Literal

import msgspec

from app.emulator.business_api.call import Call, read, write
from app.emulator.business_api.comments import List, find_comments, show_comment
from app.emulator.business_api.sheets import write_csv
from app.emulator.business_api.tasks import begin_task, need_result, need_task, state_of

_EXPORTED = ("comment_id", "content", "create_time", "comment_status", "ad_id", "user_name", "likes", "replies")


class Export(List):
    comment_ids: list[str] | None = None
    lang: Literal["EN", "JA", "ZH"] = "EN"


class Named(msgspec.Struct):
    advertiser_id: str
    task_id: str
    source: Literal["BIDDING", "BRAND"] | None = None


@write("comment/task/create/", 15010100)
def create_export(call: Call) -> Any:
    call.writes = False
    asked = call.take(Export)
    found = [
        one for one in find_comments(call, asked) if not asked.comment_ids or one["comment_id"] in asked.comment_ids
    ]
    shown = [show_comment(call, one) for one in found]
    table = [list(_EXPORTED), *([str(one[name]) for name in _EXPORTED] for one in shown)]
    return {"task_id": begin_task(call, "comment_task", asked.advertiser_id, text=write_csv(table))}


@read("comment/task/check/", 15010100)
def check_export(call: Call) -> Any:
    asked = call.take(Named)
    task = need_task(call, "comment_task", asked.advertiser_id, asked.task_id)
    words = {"SUCCESS": "SUCCEED", "FAILED": "FAILED"}
    return {"task_id": asked.task_id, "status": words.get(state_of(call, task), "RUNNING")}


@read("comment/task/download/", 15010100)
def download_export(call: Call) -> Any:
    asked = call.take(Named)
    task = need_task(call, "comment_task", asked.advertiser_id, asked.task_id)
    need_result(call, task)
    return {"csv": task["text"]}


operations = (create_export, check_export, download_export)
