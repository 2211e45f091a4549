"""Work that TikTok does in the background: it waits, runs, and ends well or badly."""

from app.emulator.business_api.access import need_advertiser
from app.emulator.business_api.call import Call
from app.emulator.business_api.errors import NOT_FOUND, BusinessError
from app.emulator.business_api.store import Doc

_KEPT_SECONDS = 30 * 86_400


def begin_task(call: Call, kind: str, advertiser_id: str, **content: object) -> str:
    """Take on a task, whose result is known from the start and shown at its end."""
    task_id = call.book.new_id()
    settings = call.book.settings
    runs_at = call.now + settings.task_queue_seconds
    task = {
        "task_id": task_id,
        "advertiser_id": advertiser_id,
        "made_at": call.now,
        "runs_at": runs_at,
        "ends_at": runs_at + settings.task_run_seconds,
        "outcome": settings.task_outcome,
        "canceled": False,
        **content,
    }
    call.book.store.put(kind, task_id, task, owner=advertiser_id)
    return task_id


def need_task(call: Call, kind: str, advertiser_id: str, task_id: str) -> Doc:
    """Give a task that is still kept. Raises BusinessError."""
    need_advertiser(call, advertiser_id)
    task = call.book.store.get(kind, task_id)
    if task is None or task["advertiser_id"] != advertiser_id or task["made_at"] + _KEPT_SECONDS <= call.now:
        raise BusinessError(NOT_FOUND, f"task_id: {task_id[:40]} does not exist in this ad account")
    return task


def state_of(call: Call, task: Doc) -> str:
    """Tell QUEUING, PROCESSING, CANCELED, or how it ended."""
    if task["canceled"]:
        return "CANCELED"
    if call.now < task["runs_at"]:
        return "QUEUING"
    return "PROCESSING" if call.now < task["ends_at"] else str(task["outcome"])


def need_result(call: Call, task: Doc) -> None:
    """Refuse to give out what is not there. Raises BusinessError."""
    state = state_of(call, task)
    if state in {"QUEUING", "PROCESSING"}:
        raise BusinessError(40201, "The task is not ready.")
    if state != "SUCCESS":
        raise BusinessError(40200, f"The task has no result: {state}.")
