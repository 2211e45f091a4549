"""What the gateway gets: always the same form, with what is wrong, what helps, and what became of a write."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.kit.redact import redact
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError, NotAllowed, Outcome

PROVIDER = "tiktok"
_LONGEST = 1000


class Code(StrEnum):
    """`error.code` of the contract."""

    AUTH_FAILED = "AUTH_FAILED"
    NO_PERMISSION = "NO_PERMISSION"
    INVALID_PARAMETER = "INVALID_PARAMETER"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    RATE_LIMITED = "RATE_LIMITED"
    PROVIDER_ERROR = "PROVIDER_ERROR"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
    NOT_CONFIGURED = "NOT_CONFIGURED"
    NOT_IN_SANDBOX = "NOT_IN_SANDBOX"
    GUARD = "GUARD"
    INVALID_REQUEST = "INVALID_REQUEST"
    UNKNOWN_OPERATION = "UNKNOWN_OPERATION"
    INVALID_PAYLOAD = "INVALID_PAYLOAD"
    UNAUTHORIZED = "UNAUTHORIZED"
    TOO_LARGE = "TOO_LARGE"
    IDEMPOTENCY_MISMATCH = "IDEMPOTENCY_MISMATCH"
    IN_PROGRESS = "IN_PROGRESS"


_BY_KIND = {
    Kind.auth: Code.AUTH_FAILED,
    Kind.permission: Code.NO_PERMISSION,
    Kind.parameter: Code.INVALID_PARAMETER,
    Kind.missing: Code.NOT_FOUND,
    Kind.conflict: Code.CONFLICT,
    Kind.throttled: Code.RATE_LIMITED,
    Kind.sandbox: Code.NOT_IN_SANDBOX,
}

LOOK_HELP = (
    "It may have been done or not. Repeat it with the same idempotency key: then it is looked up and never done twice. "
    "Without a key look at TikTok Ads Manager before anything is sent again."
)


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as the gateway reads it."""

    code: Code
    message: str
    help: str = ""
    tiktok_code: int | None = None
    retryable: bool = False
    retry_after: float | None = None
    outcome: Outcome = Outcome.not_done
    fields: Mapping[str, str] = field(default_factory=dict)
    request_id: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code.value,
            "message": self.message[:_LONGEST],
            "help": self.help,
            "tiktokCode": self.tiktok_code,
            "retryable": self.retryable,
            "retryAfterSeconds": None if self.retry_after is None else round(self.retry_after, 1),
            "outcome": self.outcome.value,
            # The contract with the gateway is in English.
            "fields": {name: str(why) for name, why in self.fields.items()},
        }


class Refused(Exception):
    """What is asked is not done, and why. `status` is the HTTP status: 200 for whatever a call could have told."""

    def __init__(self, failure: Failure, *, status: int = 200) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.status = status


@dataclass(frozen=True, slots=True)
class Done:
    """What an operation gives. With `failure` only a part of it was done."""

    data: Mapping[str, Any]
    request_id: str | None = None
    failure: Failure | None = None


def failure_of(error: BusinessError, *, is_keyed: bool = False) -> Failure:
    """Say a client's error in the contract's words."""
    meaning = error.meaning
    is_unknown = error.outcome is Outcome.unknown
    code = Code.OUTCOME_UNKNOWN if is_unknown else _BY_KIND.get(meaning.kind, Code.PROVIDER_ERROR)
    if isinstance(error, NotAllowed):
        code = Code.NOT_CONFIGURED
    said = f" TikTok said: {error.said}" if error.said else ""
    return Failure(
        code,
        redact(f"{error.endpoint}: {meaning.cause}{said}"),
        LOOK_HELP if is_unknown else meaning.cure,
        tiktok_code=error.tiktok_code,
        retryable=is_keyed if is_unknown else meaning.is_retryable,
        retry_after=error.retry_after,
        outcome=error.outcome,
        request_id=error.request_id,
    )


def answer(
    operation: str | None,
    mode: str,
    correlation_id: str,
    *,
    data: Mapping[str, Any] | None = None,
    failure: Failure | None = None,
    request_id: str | None = None,
) -> dict[str, Any]:
    """Make an answer. `durationMs` and `replayed` are filled in when it leaves."""
    return {
        "success": failure is None,
        "provider": PROVIDER,
        "operation": operation,
        "mode": mode,
        "data": data,
        "error": None if failure is None else failure.as_json(),
        "requestId": request_id or (failure.request_id if failure else None),
        "correlationId": correlation_id,
        "replayed": False,
        "durationMs": 0,
    }
