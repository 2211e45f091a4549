"""One run of an operation: what it is given, the guards before it, and how its end is told."""

from dataclasses import replace
from typing import Any

from app.ads.access import business_client, mode_of
from app.ads.internal import keys
from app.ads.internal.answers import Code, Done, Refused, answer, failure_of
from app.ads.internal.keys import Held
from app.ads.internal.operations import Run
from app.ads.internal.requests import Request
from app.ads.internal.spending import guard_failure, unconfirmed
from app.kit.clock import utcnow
from app.kit.ids import new_id
from app.resources import Resources
from app.tiktok_business.errors import BusinessError, Outcome
from app.tiktok_business.sending import Patience

PATIENCE = Patience(caller="gateway", turn=12.0)


async def tell_run(app: Resources, request: Request, run: Run, work: Any = None) -> dict[str, Any]:
    """Run the operation, or another work on its payload, and put what came of it into the contract's form."""
    name, mode, correlation_id = request.operation.name, mode_of(app), request.context.correlation_id
    try:
        done: Done = await (work or request.operation.run)(run, request.payload)
    except Refused as refused:
        if refused.status != 200:
            raise
        return answer(name, mode, correlation_id, failure=refused.failure)
    except BusinessError as error:
        failure = failure_of(error, is_keyed=run.key is not None)
        if work is not None and failure.code is not Code.OUTCOME_UNKNOWN:
            # The look itself failed: what it was to find out stays as unknown as it was.
            failure = replace(failure, code=Code.OUTCOME_UNKNOWN, outcome=Outcome.unknown, retryable=True)
        return answer(name, mode, correlation_id, failure=failure)
    return answer(name, mode, correlation_id, data=done.data, failure=done.failure, request_id=done.request_id)


async def hold_to_guards(request: Request, run: Run) -> None:
    """Raises Refused where a spending guard is broken that was not confirmed."""
    if request.operation.guard is None:
        return
    try:
        limits = await request.operation.guard(run, request.payload)
    except BusinessError as error:
        raise Refused(replace(failure_of(error), outcome=Outcome.not_done)) from None
    broken = unconfirmed(limits, request.context.confirmed)
    if broken:
        raise Refused(guard_failure(broken))


def make_run(app: Resources, center_id: str | None, held: Held | None) -> Run:
    """Begin a run; one that is begun again keeps its request id and its time."""
    row = held.row if held else None
    return Run(
        app,
        business_client(app, patience=PATIENCE),
        center_id or "",
        row.request_id if row else keys.request_id_of(new_id()),
        (row.sent_at if row else None) or utcnow(),
        is_again=bool(held and held.was_sent),
        key=row.key if row else None,
    )
