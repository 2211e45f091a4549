"""What a call of TikTok's that failed tells a caller of ours."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.ads.connections.reach import Reach, note_refused
from app.errors import AppError, Conflict, Invalid, NotFound, TooManyRequests
from app.messages import ads_reports
from app.messages.kinds import Quote
from app.messages.message import Message
from app.resources import Resources
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError, Outcome

_DEFAULT_WAIT = 60


def as_refusal(error: BusinessError) -> AppError:
    """Say a client's error in our words. A write whose outcome nobody knows is a conflict: it must not be repeated."""
    kind = error.meaning.kind
    if error.outcome is Outcome.unknown:
        return Conflict(ads_reports.OUTCOME_UNKNOWN, code="outcome_unknown")
    if kind is Kind.throttled:
        return TooManyRequests(ads_reports.TOO_OFTEN, retry_after=round(error.retry_after or _DEFAULT_WAIT))
    if kind in {Kind.parameter, Kind.conflict}:
        return Invalid(refused_with(error), code="refused_by_tiktok")
    if kind in {Kind.auth, Kind.permission}:
        return Conflict(refused_with(error), code="not_permitted_by_tiktok")
    by_kind = {
        Kind.sandbox: Conflict(ads_reports.NOT_IN_SANDBOX, code="not_in_sandbox"),
        Kind.missing: NotFound(ads_reports.NOT_AT_TIKTOK),
    }
    return by_kind.get(kind, error)


def refused_with(error: BusinessError) -> Message:
    """TikTok's own words, or ours for its code where it gave none."""
    return ads_reports.ads_refused(Quote(words_of(error)))


def words_of(error: BusinessError) -> str:
    """Tell what a refusal means, in English, with TikTok's own words behind it: at most 500 characters."""
    return f"{error.meaning.cause} {error.said}".strip()[:500]


@asynccontextmanager
async def told_in_our_words(app: Resources, reached: Reach) -> AsyncIterator[None]:
    """Turn what TikTok's client raises into errors of ours, and mark a connection whose token is refused."""
    try:
        yield
    except BusinessError as error:
        await note_refused(app, reached, error)
        refusal = as_refusal(error)
        # Beside the sentence, for pages and programs: what it means, and what helps.
        refusal.members = {"cause": error.meaning.cause, "cure": error.meaning.cure}  # type: ignore[attr-defined]
        raise refusal from None
