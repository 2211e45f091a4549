"""What a caller of the desk gets when something is not done, or nobody knows whether it is.

Invalid: InvalidInput, RefusedByTikTok. Conflict: ChangedMeanwhile, GuardBroken, OutcomeUnknown, SmartPlusReadOnly,
ConflictAtTikTok.
Forbidden: NotGranted. NotFound: ObjectNotFound. TooManyRequests: AskedTooOften. TransientError: TikTokAway.
`members` stand in the problem document.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.ads.connections.errors import AdsReconnect
from app.ads.internal.operations import Limit
from app.errors import AppError, Conflict, Forbidden, Invalid, NotFound, TooManyRequests, TransientError
from app.messages import ads
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError, Outcome

_SMART_PLUS = "smart plus"


class InvalidInput(Invalid):
    """What was sent breaks our own rules: nothing was called, and every fault is named."""

    code = "invalid"

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(ads.invalid_input(fields=", ".join(faults)))
        self.members = {"errors": [{"field": name, "message": why} for name, why in faults.items()]}


class GuardBroken(Conflict):
    """A spending guard does not let it pass: nothing was sent."""

    code = "guard"

    def __init__(self, limits: Sequence[Limit]) -> None:
        confirm = ",".join(one.confirmation for one in limits)
        super().__init__(ads.guard_broken(guards=", ".join(one.name for one in limits), confirm=confirm))
        self.members: dict[str, Any] = {
            "confirm": confirm,
            "guards": [{"name": one.name, "value": f"{one.value:f}", "most": f"{one.most:f}", "field": one.field}
                       for one in limits],
        }  # fmt: skip


class SmartPlusReadOnly(Conflict):
    code = "smart_plus_read_only"
    title = ads.SMART_PLUS_READ_ONLY


class ChangedMeanwhile(Conflict):
    """It is another than whoever changes it saw on the screen: nothing was sent."""

    code = "changed_meanwhile"
    title = ads.CHANGED_MEANWHILE


class ObjectNotFound(NotFound):
    code = "ads_object_not_found"
    title = ads.NO_OBJECT


class _FromTikTok(AppError):
    """Base of what TikTok answered: its own words stand beside ours."""

    def __init__(self, error: BusinessError, **members: Any) -> None:
        super().__init__(ads.tiktok_said(endpoint=error.endpoint, said=error.said) if error.said else self.title)
        self.outcome = error.outcome
        self.tiktok_code, self.request_id = error.tiktok_code, error.request_id
        told = {"tiktok_code": error.tiktok_code, "tiktok_message": error.said, "request_id": error.request_id}
        self.members: dict[str, Any] = {**told, "cause": error.meaning.cause, "cure": error.meaning.cure, **members}


class OutcomeUnknown(_FromTikTok, Conflict):
    """The answer to a write was lost: it may have been done or not, and is not sent again by us."""

    code = "outcome_unknown"
    title = ads.OUTCOME_UNKNOWN

    def __init__(self, error: BusinessError, **members: Any) -> None:
        super().__init__(error, **members)
        self.message = ads.OUTCOME_UNKNOWN


class RefusedByTikTok(_FromTikTok, Invalid):
    code = "tiktok_refused"
    title = ads.TIKTOK_REFUSED


class NotGranted(_FromTikTok, Forbidden):
    code = "no_permission"
    title = ads.NOT_GRANTED


class MissingAtTikTok(_FromTikTok, NotFound):
    code = "ads_object_not_found"
    title = ads.NO_OBJECT


class ConflictAtTikTok(_FromTikTok, Conflict):
    code = "conflict"
    title = ads.CONFLICT_AT_TIKTOK


class NotInSandboxHere(_FromTikTok, Conflict):
    code = "not_in_sandbox"
    title = ads.NOT_IN_SANDBOX


class AskedTooOften(_FromTikTok, TooManyRequests):
    """TikTok's limit, or our own count of it: nothing was done."""

    code = "rate_limited"
    title = ads.ASKED_TOO_OFTEN

    def __init__(self, error: BusinessError, **members: Any) -> None:
        super().__init__(error, **members)
        self.retry_after = max(1, round(error.retry_after or 5))


class TikTokAway(_FromTikTok, TransientError):
    code = "tiktok_unavailable"
    title = ads.TIKTOK_AWAY

    def __init__(self, error: BusinessError, **members: Any) -> None:
        super().__init__(error, **members)
        self.retry_after = error.retry_after


_BY_KIND: Mapping[Kind, type[_FromTikTok]] = {
    Kind.parameter: RefusedByTikTok,
    Kind.permission: NotGranted,
    Kind.missing: MissingAtTikTok,
    Kind.conflict: ConflictAtTikTok,
    Kind.throttled: AskedTooOften,
    Kind.sandbox: NotInSandboxHere,
}


def desk_error(error: BusinessError, **members: Any) -> AppError:
    """Say a client's error as the desk does; `members` stand beside it."""
    if error.outcome is Outcome.unknown:
        return OutcomeUnknown(error, **members)
    if error.meaning.kind is Kind.auth:
        return AdsReconnect()
    if _SMART_PLUS in error.said.lower():
        return SmartPlusReadOnly()
    return _BY_KIND.get(error.meaning.kind, TikTokAway)(error, **members)
