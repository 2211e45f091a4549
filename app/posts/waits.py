"""Why a post does not go out now: what it waits for, when it goes on, and how that is written into its row."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.errors import TransientError
from app.kit.clock import rfc3339, utcnow
from app.messages import decisions, publishing, timeline
from app.messages.kinds import Quote
from app.messages.message import Message
from app.posts.models import PostState
from app.posts.models_settings import PostSettings
from app.tiktok.advice import Action, Advice, Until

_BACKOFF_SECONDS = (10, 30, 120, 300, 900, 1800, 3600, 3600, 3600, 3600)
MAX_FAILURES = len(_BACKOFF_SECONDS)
RATE_LIMIT_SECONDS = 60.0
SET_UP_RETRY_SECONDS = 300.0
_DISK_RETRY_SECONDS = 60.0
CAP_REASONS = frozenset({"daily_cap", "pending_drafts"})
"""TikTok takes no more of this creator's posts, or drafts, within 24 hours."""
LATEST_EMBARGO = timedelta(days=365)
"""A publication date further away is taken for a mistake."""

_CAPS = {Until.daily_cap: "daily_cap", Until.drafts: "pending_drafts"}


@dataclass(frozen=True, slots=True)
class Halt:
    """The post leaves `queued` for `to`. Without `at`, a `scheduled` post waits until a person or an event helps it on.

    `pause_account` holds back the other posts of the account too; `reconnect` means that its login is gone;
    `moves_others`: the post gets a slot before others that wait already.
    """

    to: PostState
    reason: str
    detail: Message
    at: datetime | None = None
    log_id: str | None = None
    is_failure: bool = False
    pause_account: bool = False
    reconnect: bool = False
    moves_others: bool = False
    fail_help: Message | None = None

    def columns(self) -> dict[str, Any]:
        """The values that say this in the post's row."""
        values: dict[str, Any] = {"state_reason": self.reason, "state_detail": self.detail}
        if self.to is PostState.scheduled:
            values |= {"scheduled_at": self.at, "next_attempt_at": self.at}
        elif self.to is PostState.retryable:
            values |= {"next_attempt_at": self.at}
        elif self.to is PostState.cancelled:
            values |= {"alert": None}
        elif self.to is PostState.failed:
            values |= {"fail_reason": self.reason, "fail_help": self.fail_help or self.detail}
        return values


def wait_for_person(reason: str, detail: Message) -> Halt:
    """The post waits, visibly, until somebody does what `detail` asks for."""
    return Halt(PostState.scheduled, reason, detail)


def give_up_on(reason: str, detail: Message) -> Halt:
    """The post is no longer wanted."""
    return Halt(PostState.cancelled, reason, detail)


def wait_for_set_up(reason: str, detail: Message) -> Halt:
    """Whoever runs the service must mend something; the post looks again every few minutes whether it is done."""
    at = utcnow() + timedelta(seconds=SET_UP_RETRY_SECONDS)
    return Halt(PostState.retryable, reason, detail, at=at)


def wait_until(at: datetime, reason: str, detail: Message, *, moves_others: bool = False) -> Halt:
    """The post takes the next free slot."""
    return Halt(PostState.scheduled, reason, detail, at=at, moves_others=moves_others)


def embargo(published_at: datetime | None, now: datetime) -> Halt | None:
    """An article that is dated into the future waits for its time; a date that cannot be meant waits for a person."""
    if published_at is None or published_at <= now:
        return None
    if published_at - now > LATEST_EMBARGO:
        detail = timeline.implausible_date(date=published_at)
        return wait_for_person("implausible_date", detail)
    return wait_until(published_at, "embargo", timeline.published_at(time=published_at))


def chosen_time(settings: PostSettings, now: datetime) -> Halt | None:
    """A person, or a rule of the source, has said when the post goes out at the earliest.

    For older versions it is as an article's own date.
    """
    at = not_before(settings)
    if at is None or at <= now:
        return None
    is_rule = settings.get("is_held_by_rule", False)
    return wait_until(at, "embargo", (timeline.held_by_rule if is_rule else decisions.goes_out_at)(time=at))


def hold_back(until: datetime) -> PostSettings:
    """Say that the source's rules let the post go out at this time at the earliest."""
    return {"not_before": rfc3339(until), "is_held_by_rule": True}


def not_before(settings: PostSettings) -> datetime | None:
    """Read the time that a person has chosen."""
    chosen = settings.get("not_before")
    return datetime.fromisoformat(chosen) if chosen else None


def try_again(
    failures: int, reason: str, detail: Message, *, log_id: str | None = None, after: float | None = None
) -> Halt:
    """A passing failure: later and later; after ten in a row a person decides. `after` in seconds sets a minimum."""
    if failures >= MAX_FAILURES:
        help_text = timeline.tried_often(cause=detail, count=failures)
        return Halt(PostState.failed, reason, detail, log_id=log_id, is_failure=True, fail_help=help_text)
    seconds = max(_BACKOFF_SECONDS[failures], after or 0.0)
    at = utcnow() + timedelta(seconds=seconds)
    return Halt(PostState.retryable, reason, detail, at=at, log_id=log_id, is_failure=True)


def try_media_again(failures: int, error: TransientError) -> Halt:
    """Media could not be made just now. A disk that takes none is no failure of the post's: it waits for that."""
    if error.code == "media_disk_full":
        at = utcnow() + timedelta(seconds=_DISK_RETRY_SECONDS)
        return Halt(PostState.retryable, error.code, error.message, at=at)
    return try_again(failures, error.code, error.message)


def heed(advice: Advice, *, failures: int, log_id: str | None, retry_after: float | None, said: str = "") -> Halt:
    """Turn what we know about a refusal of TikTok's into what happens to the post."""
    detail = advice.words
    if advice.action is Action.wait:
        return _hold_back(advice, detail, log_id, retry_after)
    if advice.action in {Action.retry, Action.refresh_token}:
        return try_again(failures, advice.code, detail, log_id=log_id, after=retry_after or float(advice.delay))
    if advice.action is Action.reauthorize:
        return Halt(PostState.scheduled, "account_reconnect", detail, log_id=log_id, reconnect=True)
    if advice.code == "privacy_level_option_mismatch":
        return Halt(PostState.scheduled, "privacy_level_mismatch", detail, log_id=log_id)
    help_text = publishing.with_tiktok_s_words(cause=detail, said=Quote(said)) if said else detail
    return Halt(PostState.failed, advice.code, detail, log_id=log_id, fail_help=help_text)


def _hold_back(advice: Advice, detail: Message, log_id: str | None, retry_after: float | None) -> Halt:
    seconds = float(advice.delay) if retry_after is None else retry_after
    if advice.until is Until.rate_window:
        at = utcnow() + timedelta(seconds=max(seconds, RATE_LIMIT_SECONDS))
        return Halt(PostState.retryable, advice.code, detail, at=at, log_id=log_id, pause_account=True)
    at = utcnow() + timedelta(seconds=seconds)
    reason = _CAPS.get(advice.until, advice.code) if advice.until else advice.code
    return Halt(PostState.scheduled, reason, detail, at=at, log_id=log_id, pause_account=True)
