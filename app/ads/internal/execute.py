"""Carries out what the gateway asks, and always has an answer of the contract's form."""

from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import structlog

from app.ads.access import mode_of
from app.ads.internal import audit, keys
from app.ads.internal.answers import Code, Failure, Refused, answer
from app.ads.internal.audit import Entry
from app.ads.internal.keys import Held, InProgress, Mismatch
from app.ads.internal.operations import NeverSent, Run
from app.ads.internal.registry import REGISTRY
from app.ads.internal.requests import Reading, Request
from app.ads.internal.running import hold_to_guards, make_run, tell_run
from app.ads.leases import LeaseLost
from app.ads.models import IdempotencyKey
from app.db import is_away
from app.kit import exact_json
from app.kit.failpoints import reach
from app.kit.ids import new_id
from app.resources import Resources
from app.tiktok_business.errors import BusinessError, Outcome

log = structlog.get_logger(__name__)

_RETRY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent back."""

    status: int
    body: bytes


async def execute(app: Resources, body: bytes, caller: str) -> Reply:
    """Carry out one request."""
    started_at = perf_counter()
    mode = mode_of(app)
    entry, reading = Entry(caller, mode), Reading()
    status, told = 200, None
    try:
        reach("internal.read")
        request = reading.read(body)
        _note(entry, request, app)
        told = await _carry_out(app, request, entry)
    except Refused as refused:
        status = refused.status
        told = answer(reading.operation, mode, reading.context.correlation_id, failure=refused.failure)
    except Exception as error:
        log.exception("internal_call_failed", operation=reading.operation, is_away=is_away(error))
        status = 503 if is_away(error) else 500
        told = answer(reading.operation, mode, reading.context.correlation_id, failure=_own_fault(entry))
    entry.operation = reading.operation or entry.operation
    entry.correlation_id = reading.context.correlation_id
    told |= {"correlationId": reading.context.correlation_id}
    told["durationMs"] = round((perf_counter() - started_at) * 1000)
    await _record(app, entry, status, told)
    return Reply(status, exact_json.write(told))


def refuse(app: Resources, failure: Failure, status: int) -> Reply:
    """Answer a request that was not even read."""
    return Reply(status, exact_json.write(answer(None, mode_of(app), new_id(), failure=failure)))


async def settle_key(app: Resources, key: str) -> bool:
    """Look up a write whose answer was lost; tell whether it is known now. For the sweep."""
    held = await keys.take_open(app, key)
    if held is None:
        return False
    operation = REGISTRY.find(held.row.operation)
    payload = operation.payload.read(held.row.payload)
    run = make_run(app, held.row.business_center_id, held)
    assert operation.settle is not None
    async with keys.holding(app, held):
        try:
            done = await operation.settle(run, payload)
        except NeverSent:
            await keys.set_free(app, held)
            return True
        except (Refused, BusinessError):
            await keys.give_back(app, held)
            return False
        told = answer(operation.name, mode_of(app), held.row.correlation_id, data=done.data, request_id=done.request_id)
        await keys.store(app, held, exact_json.write(told).decode())
    return True


def _note(entry: Entry, request: Request, app: Resources) -> None:
    entry.operation = request.operation.name
    entry.correlation_id = request.context.correlation_id
    entry.payload = request.payload.canonical()
    entry.center_id = request.context.center_id or app.business.center_id or None
    entry.key = request.context.idempotency_key
    entry.confirmed = ",".join(request.context.confirmed) or None


async def _carry_out(app: Resources, request: Request, entry: Entry) -> dict[str, Any]:
    if not request.operation.writes:
        return await tell_run(app, request, make_run(app, entry.center_id, None))
    if entry.key is None:
        await audit.begin(app, entry)
        run = make_run(app, entry.center_id, None)
        await hold_to_guards(request, run)
        return await tell_run(app, request, run)
    return await _once(app, request, entry)


async def _once(app: Resources, request: Request, entry: Entry) -> dict[str, Any]:
    """Make a write that has a key: once for ever."""
    assert entry.key is not None
    row = keys.make_row(
        entry.key, request.operation.name, request.payload.canonical(), entry.center_id, request.context.correlation_id
    )
    try:
        held = await keys.take(app, row)
    except Mismatch:
        raise Refused(_mismatch(), status=409) from None
    except InProgress as busy:
        raise Refused(_in_progress(busy.seconds), status=409) from None
    reach("internal.begun")
    if isinstance(held, IdempotencyKey):
        return _replayed(held)
    await audit.begin(app, entry)
    async with keys.holding(app, held):
        try:
            return await _make(app, request, held, make_run(app, entry.center_id, held))
        except LeaseLost:
            raise Refused(_in_progress(_RETRY_SECONDS), status=409) from None


async def _make(app: Resources, request: Request, held: Held, run: Run) -> dict[str, Any]:
    """Make the write in hand, or find out what became of it."""
    is_settled = False
    if held.was_sent and request.operation.settle is not None:
        try:
            told, is_settled = await _settled(app, request, run), True
        except NeverSent:
            is_settled = False
    if not is_settled:
        try:
            await hold_to_guards(request, run)
        except Refused:
            # Nothing was called for it: the key is free for the same with a confirmation.
            await (keys.give_back if held.was_sent else keys.set_free)(app, held)
            raise
        began_at = await keys.mark_sending(app, held)
        reach("internal.sending")
        told = await tell_run(app, request, replace(run, began_at=began_at))
        reach("internal.answered")
    await _keep(app, held, told)
    reach("internal.stored")
    return told | {"replayed": is_settled}


async def _settled(app: Resources, request: Request, run: Run) -> dict[str, Any]:
    settle = request.operation.settle
    assert settle is not None
    return await tell_run(app, request, run, settle)


async def _keep(app: Resources, held: Held, told: dict[str, Any]) -> None:
    """Keep the answer as far as it is the last word."""
    error = told["error"]
    text = exact_json.write(told).decode()
    if error is not None and error["code"] == Code.OUTCOME_UNKNOWN:
        await keys.leave_unknown(app, held, text)
    elif error is not None and (error["retryable"] or error["code"] in _NOT_CALLED):
        await keys.set_free(app, held)
    else:
        await keys.store(app, held, text)


_NOT_CALLED = {Code.NOT_CONFIGURED, Code.NOT_IN_SANDBOX, Code.GUARD}


def _replayed(row: IdempotencyKey) -> dict[str, Any]:
    stored: dict[str, Any] = exact_json.parse(row.answer or "null")
    return stored | {"replayed": True}


async def _record(app: Resources, entry: Entry, status: int, told: dict[str, Any]) -> None:
    try:
        await audit.complete(app, entry, status, told)
    except Exception as error:  # noqa: BLE001
        # The answer is more than its record; where the database is away the log has it.
        log.error("internal_call_not_recorded", call=entry.id, error=type(error).__name__)  # noqa: TRY400


def _own_fault(entry: Entry) -> Failure:
    is_open = entry.is_open
    help_ = "Repeat it with the same idempotency key." if entry.key else "Try again in a moment."
    return Failure(
        Code.OUTCOME_UNKNOWN if is_open else Code.PROVIDER_ERROR,
        "Something failed here, and was logged.",
        help_,
        retryable=entry.key is not None or not is_open,
        retry_after=_RETRY_SECONDS,
        outcome=Outcome.unknown if is_open else Outcome.not_done,
    )


def _mismatch() -> Failure:
    return Failure(
        Code.IDEMPOTENCY_MISMATCH,
        "This idempotency key belongs to another operation or payload.",
        "Give each write a key of its own, and repeat a write with the very same payload.",
    )


def _in_progress(seconds: float) -> Failure:
    return Failure(
        Code.IN_PROGRESS,
        "The write of this idempotency key is under way.",
        "Repeat it in some seconds: then its answer is there.",
        retryable=True,
        retry_after=max(seconds, 1.0),
        outcome=Outcome.unknown,
    )
