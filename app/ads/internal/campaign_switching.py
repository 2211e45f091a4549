"""Switching campaigns for the gateway: in twenties, and what became of each is told."""

from dataclasses import dataclass, field
from typing import Any

from app.ads.internal.answers import Code, Done, Failure, failure_of
from app.ads.internal.campaign_payloads import UpdateCampaignStatus
from app.ads.internal.operations import Run
from app.ads.internal.shapes import status_word
from app.tiktok_business.campaigns import MOST_IN_STATUS, OperationStatus, StatusChanged
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError, Outcome

# What one campaign of a batch may have wrong, and the others not.
_OF_ONE = {Kind.missing, Kind.parameter, Kind.conflict}


async def switch_campaigns(run: Run, given: UpdateCampaignStatus) -> Done:
    """Switch campaigns, so many at once as TikTok takes; one that is refused is named, and holds up no other."""
    ids, status = given.ids, OperationStatus(given.status)
    found = _Switched()
    for start in range(0, len(ids), MOST_IN_STATUS):
        await _switch(run, given.advertiser_id, ids[start : start + MOST_IN_STATUS], status, found)
    return _sum_up([found.rows[one] for one in ids], found.failures, found.request_id)


@dataclass(slots=True)
class _Switched:
    """What became of each campaign."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    request_id: str | None = None


async def _switch(run: Run, advertiser_id: str, ids: list[str], status: OperationStatus, found: _Switched) -> None:
    """Switch a batch; TikTok refuses all of it for one that is wrong, and then each goes alone."""
    try:
        changed = await run.client.campaigns.update_status(advertiser_id, ids, status)
    except BusinessError as error:
        if len(ids) > 1 and error.meaning.kind in _OF_ONE and error.outcome is Outcome.not_done:
            for one in ids:
                await _switch(run, advertiser_id, [one], status, found)
            return
        failure = failure_of(error, is_keyed=run.key is not None)
        found.failures.append(failure)
        found.rows |= {one: _row(one, None, failure) for one in ids}
    else:
        found.request_id = changed.request_id
        failed = _failed_of(changed)
        found.rows |= {one: _row(one, status, failed.get(one)) for one in ids}
        found.failures += failed.values()


def _failed_of(changed: StatusChanged) -> dict[str, Failure]:
    """Which of a batch could not be switched, by TikTok's word."""
    return {
        one.campaign_id: Failure(Code.INVALID_PARAMETER, one.error_message or "TikTok did not switch it.")
        for one in changed.error_list or []
        if one.campaign_id
    }


def _row(campaign_id: str, status: OperationStatus | None, failure: Failure | None) -> dict[str, Any]:
    told = None if failure is None else {"code": failure.code.value, "message": failure.message}
    word = status if failure is None else None
    return {
        "id": campaign_id,
        "status": status_word(word.value) if word else None,
        "operationStatus": word.value if word else None,
        "error": told,
    }


def _sum_up(rows: list[dict[str, Any]], failures: list[Failure], request_id: str | None) -> Done:
    done = sum(row["error"] is None for row in rows)
    if not failures:
        return Done({"campaigns": rows}, request_id)
    first = next((one for one in failures if one.outcome is Outcome.unknown), failures[0])
    outcome = Outcome.partial if done else first.outcome
    if done and first.outcome is Outcome.unknown:
        first = Failure(Code.OUTCOME_UNKNOWN, first.message, first.help, first.tiktok_code, first.retryable)
    failure = Failure(
        first.code,
        f"{len(rows) - done} of {len(rows)} campaigns could not be switched. {first.message}",
        first.help,
        tiktok_code=first.tiktok_code,
        retryable=any(one.retryable for one in failures),
        retry_after=first.retry_after,
        outcome=outcome,
        request_id=first.request_id or request_id,
    )
    return Done({"campaigns": rows}, failure.request_id, failure)
