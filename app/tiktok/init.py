"""The verdict on one init call: TikTok has no key against repetition, so a doubt must stay a doubt."""

from dataclasses import dataclass, field

import httpx

from app.kit.http.client import Answer
from app.kit.http.failures import failure_code, surely_unsent
from app.kit.json_values import clean_text
from app.tiktok.advice import Action, Advice
from app.tiktok.calls import rate_limit_wait, wordless_code
from app.tiktok.catalogue import explain_error
from app.tiktok.fields import read_id
from app.tiktok.models import Envelope, read_envelope
from app.tiktok.upload_address import hide_upload_url

# TikTok documents 256 characters; nothing depends on it.
_LONGEST_UPLOAD_URL = 8192


@dataclass(frozen=True, slots=True)
class InitAccepted:
    """TikTok took the post. `upload_url` comes for FILE_UPLOAD only; who knows it may fill the post, for one hour."""

    publish_id: str
    log_id: str | None = None
    upload_url: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class InitNotSent:
    """No connection was made: TikTok knows nothing of it, and it may be sent again. `cause` is for the log."""

    reason: str
    cause: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class InitRefused:
    """TikTok said no. `advice` says what to do, `detail` is TikTok's own message, `retry_after` counts seconds."""

    advice: Advice
    http_status: int | None
    detail: str = ""
    log_id: str | None = None
    retry_after: float | None = None

    @property
    def code(self) -> str:
        return self.advice.code


@dataclass(frozen=True, slots=True)
class InitOutcomeUnknown:
    """It was, or may have been, sent, and the answer does not settle what became of it: never send it again blindly.

    `publish_id` is what a contradictory answer mentioned: ask for its status before believing in it. `cause` is for the
    log.
    """

    reason: str
    http_status: int | None = None
    log_id: str | None = None
    publish_id: str | None = None
    cause: str | None = field(default=None, compare=False)


InitOutcome = InitAccepted | InitNotSent | InitRefused | InitOutcomeUnknown


def classify_failure(error: httpx.RequestError) -> InitNotSent | InitOutcomeUnknown:
    """Judge a call that ended without a complete answer."""
    reason, cause = failure_code(error), type(error).__name__
    return InitNotSent(reason, cause=cause) if surely_unsent(error) else InitOutcomeUnknown(reason, cause=cause)


def classify_answer(answer: Answer) -> InitOutcome:
    """Judge a complete answer."""
    envelope = read_envelope(answer.body)
    status = answer.status
    if status >= 500:
        return _unknown(answer, envelope, f"http_{status}")
    if status == 429:
        return _rate_limited(answer, envelope)
    if 300 <= status < 400:
        return _refused(answer, envelope, "http_redirect")
    if 200 <= status < 300:
        return _judge_success(answer, envelope)
    return _judge_refusal(answer, envelope)


def _judge_success(answer: Answer, envelope: Envelope | None) -> InitOutcome:
    if envelope is None:
        return _unknown(answer, envelope, "unreadable" if answer.body else "empty")
    if not _is_json(answer):
        return _unknown(answer, envelope, "content_type")
    publish_id = read_id(envelope.data.get("publish_id"))
    if envelope.error.is_ok:
        if publish_id is None:
            return _unknown(answer, envelope, "no_publish_id")
        return InitAccepted(publish_id, envelope.error.log_id, _read_upload_url(envelope))
    if publish_id is not None:
        return _unknown(answer, envelope, "contradictory")
    return _judge_refusal(answer, envelope)


def _judge_refusal(answer: Answer, envelope: Envelope | None) -> InitOutcome:
    if envelope is None:
        # A proxy gives up with 408 when it has waited too long; whoever stood behind it may have finished all the same.
        if answer.status == 408:
            return _unknown(answer, envelope, "http_408")
        return _refused(answer, envelope, wordless_code(answer.status))
    if envelope.error.is_ok:
        return _unknown(answer, envelope, "contradictory")
    if explain_error(envelope.error.code).action is Action.retry:
        return _unknown(answer, envelope, envelope.error.code)
    return _refused(answer, envelope, envelope.error.code)


def _rate_limited(answer: Answer, envelope: Envelope | None) -> InitRefused:
    named = explain_error(envelope.error.code if envelope else None)
    code = named.code if named.action is Action.wait else "rate_limit_exceeded"
    return _refused(answer, envelope, code)


def _refused(answer: Answer, envelope: Envelope | None, code: str) -> InitRefused:
    advice = explain_error(code)
    retry_after: float | None = float(advice.delay) if advice.action is Action.wait else None
    if retry_after is not None and (answer.status == 429 or code == "rate_limit_exceeded"):
        retry_after = max(retry_after, rate_limit_wait(answer))
    return InitRefused(
        advice,
        answer.status,
        detail=envelope.error.message if envelope else "",
        log_id=envelope.error.log_id if envelope else None,
        retry_after=retry_after,
    )


def _unknown(answer: Answer, envelope: Envelope | None, reason: str) -> InitOutcomeUnknown:
    return InitOutcomeUnknown(
        reason,
        answer.status,
        log_id=envelope.error.log_id if envelope else None,
        publish_id=read_id(envelope.data.get("publish_id")) if envelope else None,
    )


def _read_upload_url(envelope: Envelope) -> str | None:
    address = clean_text(envelope.data.get("upload_url")).strip()
    if not 0 < len(address) <= _LONGEST_UPLOAD_URL:
        return None
    hide_upload_url(address)
    return address


def _is_json(answer: Answer) -> bool:
    kind = str(answer.headers.get("Content-Type", "application/json")).partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")
