"""The error tree and its problem+json mapping.

AppError                     something a caller can act on; becomes application/problem+json
├── NotFound            404
├── Conflict            409  the state forbids it
├── Invalid             422  well-formed, but not acceptable
├── BadRequest          400  not well-formed
├── Unauthorized        401
├── Forbidden           403
├── TooManyRequests     429
└── VendorError         502  a vendor answered with an error, or not at all
    ├── TransientError       the same call may succeed later
    └── PermanentError       the same call will fail again until a person changes something

Configuration errors stay outside: they end the process at start.
"""

from app.messages import refusals
from app.messages.message import Message


class AppError(Exception):
    """An error with a `code` (snake_case slug) for machines and a message that tells a person what to do.

    `code` names the kind of error; `message.code` names the sentence, and `message.params` what it speaks of.
    """

    status_code = 500
    code = "internal_error"
    title = refusals.WENT_WRONG

    def __init__(self, message: Message | None = None, *, code: str | None = None) -> None:
        super().__init__(str(message or self.title))
        self.message = message or self.title
        if code is not None:
            self.code = code


class BadRequest(AppError):
    status_code = 400
    code = "bad_request"
    title = refusals.BAD_REQUEST


class Unauthorized(AppError):
    status_code = 401
    code = "unauthorized"
    title = refusals.UNAUTHORIZED


class Forbidden(AppError):
    status_code = 403
    code = "forbidden"
    title = refusals.FORBIDDEN


class NotFound(AppError):
    status_code = 404
    code = "not_found"
    title = refusals.NOT_FOUND


class Conflict(AppError):
    status_code = 409
    code = "conflict"
    title = refusals.CONFLICT


class Invalid(AppError):
    status_code = 422
    code = "invalid"
    title = refusals.INVALID


class TooManyRequests(AppError):
    """Too many tries; `retry_after` in seconds goes into the Retry-After header."""

    status_code = 429
    code = "too_many_requests"
    title = refusals.TOO_MANY_REQUESTS

    def __init__(self, message: Message | None = None, *, retry_after: int = 60) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class VendorError(AppError):
    """A vendor's refusal or silence. `vendor_code` and `log_id` are the vendor's own words, where it gave any."""

    status_code = 502
    code = "vendor_error"
    title = refusals.VENDOR_FAILED

    def __init__(
        self,
        message: Message | None = None,
        *,
        code: str | None = None,
        vendor_code: str | None = None,
        log_id: str | None = None,
        http_status: int | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.vendor_code = vendor_code
        self.log_id = log_id
        self.http_status = http_status


class TransientError(VendorError):
    """The same call may succeed later. `retry_after` in seconds, where the vendor said so."""

    def __init__(
        self,
        message: Message | None = None,
        *,
        code: str | None = None,
        vendor_code: str | None = None,
        log_id: str | None = None,
        http_status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, code=code, vendor_code=vendor_code, log_id=log_id, http_status=http_status)
        self.retry_after = retry_after


class PermanentError(VendorError):
    """The same call will fail again until a person changes something."""


class ConfigurationError(Exception):
    """A setting is missing or wrong. The message names the setting and the cure; the process ends with it."""
