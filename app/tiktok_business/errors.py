"""What the Business API's client raises.

BusinessError
├── (TransientError) BusinessUnavailable   no answer, an unreadable one, or a failure inside TikTok
├── (TransientError) BusinessThrottled     too many calls; `retry_after` where it is known
│   └── NoPlace                            our own count says so: nothing was sent
└── (PermanentError) BusinessRefused       TikTok refused; `meaning.kind` says who must act
    ├── NotInSandbox                       refused by us, by name: nothing was sent
    └── NotAllowed                         refused by us, because a setting is missing: nothing was sent

ValueError: what cannot be sent at all (half a surrogate pair, an id that is none).
"""

from enum import StrEnum

from app.errors import PermanentError, TransientError, VendorError
from app.messages.message import recognise
from app.tiktok_business.codes import NO_ANSWER, TOO_MANY, Kind, Meaning


class Outcome(StrEnum):
    """What became of a write whose call ended in an error."""

    not_done = "not_done"
    unknown = "unknown"
    partial = "partial"


class BusinessError(VendorError):
    """A call that did not succeed. `said` is TikTok's own message; `outcome` tells what is known of a write."""

    code = "business_error"

    def __init__(
        self,
        meaning: Meaning,
        *,
        endpoint: str,
        said: str = "",
        request_id: str | None = None,
        log_id: str | None = None,
        http_status: int | None = None,
        retry_after: float | None = None,
        outcome: Outcome = Outcome.not_done,
    ) -> None:
        code = None if meaning.code is None else str(meaning.code)
        VendorError.__init__(
            self, recognise(f"{endpoint}: {meaning.cause}"), vendor_code=code, log_id=log_id, http_status=http_status
        )
        self.meaning = meaning
        self.endpoint = endpoint
        self.said = said
        self.request_id = request_id
        self.retry_after = retry_after
        self.outcome = outcome
        self.tries = 1

    @property
    def tiktok_code(self) -> int | None:
        return self.meaning.code


class BusinessUnavailable(BusinessError, TransientError):
    """No answer that can be used; unless `outcome` is `not_done`, TikTok may have done what was asked."""

    code = "business_unavailable"


class BusinessThrottled(BusinessError, TransientError):
    """Too many calls. The call itself was surely not done."""

    code = "business_throttled"


class NoPlace(BusinessThrottled):
    """Our own count of calls has no place within the patience of who asks; nothing was sent."""

    code = "business_no_place"

    def __init__(self, endpoint: str, retry_after: float) -> None:
        super().__init__(TOO_MANY, endpoint=endpoint, retry_after=retry_after)


class BusinessRefused(BusinessError, PermanentError):
    """TikTok refused, and will again until somebody changes something; `meaning.kind` says what."""

    code = "business_refused"


class NotInSandbox(BusinessRefused):
    """The sandbox does not have this endpoint; nothing was sent."""

    code = "not_in_sandbox"


class NotAllowed(BusinessRefused):
    """A setting does not allow it; nothing was sent."""

    code = "not_allowed"


def make_error(
    meaning: Meaning,
    *,
    endpoint: str,
    said: str = "",
    request_id: str | None = None,
    log_id: str | None = None,
    http_status: int | None = None,
) -> BusinessError:
    """Make the error that fits a meaning."""
    kind: type[BusinessError] = BusinessRefused
    if meaning.kind is Kind.throttled:
        kind = BusinessThrottled
    elif meaning.kind is Kind.provider or meaning.is_retryable:
        kind = BusinessUnavailable
    return kind(meaning, endpoint=endpoint, said=said, request_id=request_id, log_id=log_id, http_status=http_status)


def out_of_time(endpoint: str, outcome: Outcome) -> BusinessUnavailable:
    """The whole call took longer than it may."""
    return BusinessUnavailable(NO_ANSWER, endpoint=endpoint, outcome=outcome)
