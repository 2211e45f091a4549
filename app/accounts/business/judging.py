"""What the Business API's refusals mean in the words of the Open API, which posts and pages already understand.

Its codes are numbers, and several share one: where the number does not tell, TikTok's own message does.
"""

from typing import TypedDict

from app.errors import VendorError
from app.messages import publishing
from app.messages.kinds import Failure
from app.tiktok.catalogue import explain_error
from app.tiktok.catalogue_permission import explain_oauth_error
from app.tiktok.errors import (
    AccessTokenInvalid,
    OAuthRefused,
    TikTokHoldsBack,
    TikTokRateLimited,
    TikTokRefused,
    TikTokUnavailable,
    oauth_refusal,
)
from app.tiktok.init import InitNotSent, InitOutcome, InitOutcomeUnknown, InitRefused
from app.tiktok_business.codes import NO_ANSWER, UNREACHED, Kind
from app.tiktok_business.errors import BusinessError, BusinessRefused, BusinessThrottled, NoPlace, Outcome

_MINUTE = 60.0
# Of the token itself; what was not granted to it is a scope [business-api.md 1.3].
_TOKEN = frozenset({40102, 40104, 40105})
_NOT_FOUND = 40007
_WRONG_APP = 40101
_CODE_SPENT = frozenset({40103, 40105, 40107, 40110, 40115, 40131})


class _Told(TypedDict):
    log_id: str | None
    http_status: int | None


def as_tiktok(error: BusinessError) -> VendorError:
    """Judge what a call that may be repeated ended with."""
    told: _Told = {"log_id": error.request_id or error.log_id, "http_status": error.http_status}
    if isinstance(error, NoPlace):
        return TikTokUnavailable(publishing.tiktok_unreachable(Failure("timeout")), is_unsent=True,
                                 retry_after=error.retry_after, **told)  # fmt: skip
    if isinstance(error, BusinessThrottled):
        if _is_of_day(error):
            return TikTokHoldsBack(explain_error("spam_risk_too_many_posts"), **told)
        return TikTokRateLimited(retry_after=max(error.retry_after or 0.0, _MINUTE), **told)
    if not isinstance(error, BusinessRefused):
        is_unsent = error.meaning is UNREACHED
        failed = publishing.tiktok_unreachable if is_unsent else publishing.tiktok_silent
        return TikTokUnavailable(failed(Failure(_why_lost(error))), is_unsent=is_unsent,
                                 vendor_code=error.vendor_code, **told)  # fmt: skip
    code = open_code(error)
    if code == "access_token_invalid":
        return AccessTokenInvalid(detail=error.said, **told)
    return TikTokRefused(explain_error(code), detail=error.said, **told)


def as_oauth(error: BusinessError) -> VendorError:
    """Judge what the token endpoint said."""
    if not isinstance(error, BusinessRefused):
        return as_tiktok(error)
    told: _Told = {"log_id": error.request_id or error.log_id, "http_status": error.http_status}
    if error.tiktok_code == _WRONG_APP:
        return oauth_refusal("invalid_client", detail=error.said, **told)
    if error.tiktok_code in _CODE_SPENT:
        return oauth_refusal("invalid_grant", detail=error.said, **told)
    return OAuthRefused(explain_oauth_error("invalid_request"), detail=error.said, **told)


def as_outcome(error: BusinessError) -> InitOutcome:
    """Judge a publish that was sent once: a doubt stays a doubt."""
    log_id = error.request_id or error.log_id
    if error.outcome is not Outcome.not_done:
        return InitOutcomeUnknown(_why_lost(error), error.http_status, log_id=log_id)
    if error.meaning is UNREACHED:
        return InitNotSent(error.said or "connection_failed")
    judged = as_tiktok(error)
    if isinstance(judged, TikTokHoldsBack):
        return InitRefused(judged.advice, error.http_status, detail=error.said, log_id=log_id,
                           retry_after=judged.retry_after)  # fmt: skip
    if isinstance(judged, TikTokRefused):
        return InitRefused(judged.advice, error.http_status, detail=error.said, log_id=log_id)
    # Our own count had no place for it: nothing was sent.
    return InitRefused(explain_error("rate_limit_exceeded"), None, retry_after=error.retry_after or _MINUTE)


def open_code(error: BusinessError) -> str:
    """Name the code of the Open API that says the same."""
    said, code, kind = error.said.lower(), error.tiktok_code, error.meaning.kind
    if code in _TOKEN or "inconsistent" in said:
        return "access_token_invalid"
    if code == _NOT_FOUND and "publish" in error.endpoint:
        return "invalid_publish_id"
    if "/publish/" in error.endpoint and _is_of_address(said):
        return "url_ownership_unverified"
    if "spam" in said:
        return "spam_risk"
    if kind is Kind.permission:
        return "scope_not_authorized"
    return "http_refused" if code is None else "invalid_params"


def _is_of_address(said: str) -> bool:
    """Tell whether TikTok speaks of the address of the media: accounts, too, are verified, or are not."""
    names_it = any(word in said for word in ("url", "domain", "prefix"))
    return names_it and any(word in said for word in ("ownership", "propert", "verif"))


def _is_of_day(error: BusinessThrottled) -> bool:
    said = error.said.lower()
    is_publish = "/publish/" in error.endpoint and not error.endpoint.endswith("status/")
    return is_publish and any(word in said for word in ("day", "daily", "24 hours", "86400"))


def _why_lost(error: BusinessError) -> str:
    """Name why there is no answer that can be used, for the attempt's row."""
    if error.meaning is NO_ANSWER:
        return error.said or "timeout"
    if error.tiktok_code is not None:
        return "internal_error"
    return f"http_{error.http_status}" if (error.http_status or 0) >= 300 else "unreadable"
