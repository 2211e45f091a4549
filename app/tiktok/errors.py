"""What the TikTok client raises.

TransientError
├── TikTokUnavailable     no answer, an unreadable one, or a failure inside TikTok; `is_unsent` where it never left
├── TikTokRateLimited     too many calls in a minute
└── TikTokHoldsBack       a cap of TikTok's: the same call passes when it is over
PermanentError
├── AccessTokenInvalid    refresh the token once and call again
├── TikTokRefused         any other refusal; `advice.action` says who must act
└── OAuthRefused          the login or the token endpoint refused
    ├── InvalidClient     client key and secret are wrong: nothing will work for anybody
    └── ReconnectNeeded   the creator must connect again
        └── InvalidGrant  the code or refresh token is spent, expired or withdrawn

Unauthorized: SignatureInvalid. BadRequest: EventUnreadable.
"""

from app.errors import BadRequest, PermanentError, TransientError, Unauthorized
from app.messages import refusals
from app.messages.message import Message
from app.tiktok.advice import Advice
from app.tiktok.catalogue import explain_error
from app.tiktok.catalogue_permission import explain_oauth_error


class TikTokUnavailable(TransientError):
    """No answer that can be used. Unless `is_unsent`, TikTok may have done what was asked."""

    code = "tiktok_unavailable"

    def __init__(
        self,
        message: Message,
        *,
        is_unsent: bool = False,
        vendor_code: str | None = None,
        log_id: str | None = None,
        http_status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(
            message, vendor_code=vendor_code, log_id=log_id, http_status=http_status, retry_after=retry_after
        )
        self.is_unsent = is_unsent


class TikTokHoldsBack(TransientError):
    """TikTok holds this account or app back for a while; see `advice` and `retry_after`."""

    code = "tiktok_holds_back"

    def __init__(
        self, advice: Advice, *, log_id: str | None, http_status: int | None, retry_after: float | None = None
    ) -> None:
        super().__init__(
            advice.words,
            vendor_code=advice.code,
            log_id=log_id,
            http_status=http_status,
            retry_after=advice.delay if retry_after is None else retry_after,
        )
        self.advice = advice


class TikTokRateLimited(TikTokHoldsBack):
    """Too many calls in a minute."""

    code = "tiktok_rate_limited"

    def __init__(self, *, log_id: str | None, http_status: int | None, retry_after: float | None = None) -> None:
        advice = explain_error("rate_limit_exceeded")
        super().__init__(advice, log_id=log_id, http_status=http_status, retry_after=retry_after)


class TikTokRefused(PermanentError):
    """TikTok refused; `detail` is its own message and `advice` what we know about the code."""

    code = "tiktok_refused"

    def __init__(
        self, advice: Advice, *, detail: str = "", log_id: str | None = None, http_status: int | None = None
    ) -> None:
        super().__init__(advice.words, vendor_code=advice.code, log_id=log_id, http_status=http_status)
        self.advice = advice
        self.detail = detail


class AccessTokenInvalid(TikTokRefused):
    """The access token is not accepted: refresh it once, then call once more."""

    code = "access_token_invalid"

    def __init__(self, *, detail: str = "", log_id: str | None = None, http_status: int | None = None) -> None:
        super().__init__(explain_error("access_token_invalid"), detail=detail, log_id=log_id, http_status=http_status)


class OAuthRefused(TikTokRefused):
    """The login or the token endpoint refused."""

    code = "oauth_refused"


class InvalidClient(OAuthRefused):
    """Client key and secret are not accepted."""

    code = "invalid_client"


class ReconnectNeeded(OAuthRefused):
    """The creator's permission is gone or was not given: only a new login helps."""

    code = "reconnect_needed"


class InvalidGrant(ReconnectNeeded):
    """The code or refresh token is spent, expired or withdrawn."""

    code = "invalid_grant"


class SignatureInvalid(Unauthorized):
    """A webhook whose signature does not match, or that carries none."""

    code = "signature_invalid"
    title = refusals.SIGNATURE_WRONG


class EventUnreadable(BadRequest):
    """A webhook's body that is no event."""

    code = "event_unreadable"
    title = refusals.NO_EVENT


_OAUTH_CLASSES: dict[str, type[OAuthRefused]] = {
    "invalid_grant": InvalidGrant,
    "access_denied": ReconnectNeeded,
    "unauthorized_client": ReconnectNeeded,
    "invalid_client": InvalidClient,
}


def oauth_refusal(error: str, *, detail: str = "", log_id: str | None, http_status: int | None) -> OAuthRefused:
    """Make the error that fits what the token endpoint, or the callback, said."""
    kind = _OAUTH_CLASSES.get(error.strip().lower(), OAuthRefused)
    advice = explain_oauth_error(error)
    if not advice.is_known:
        advice = explain_error(error)
    return kind(advice, detail=detail, log_id=log_id, http_status=http_status)
