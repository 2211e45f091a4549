"""What became of an attempt for which TikTok has no sentence, in the newsroom's words."""

from app.messages.translator import N_, Translator
from app.posts.models import AttemptOutcome
from app.tiktok.catalogue import explain_error

_UNREADABLE = N_("What came back could not be read as an answer of TikTok's.")
_NOT_REACHED = N_("No connection to TikTok came about: nothing was sent.")

_CODES: dict[str, str] = {
    "connection_refused": N_("Nobody answered at TikTok's address: nothing was sent."),
    "connection_failed": _NOT_REACHED,
    "connection_timeout": _NOT_REACHED,
    "host_unknown": N_("TikTok's address could not be found by its name: nothing was sent."),
    "tls_error": N_("No secure connection to TikTok came about: nothing was sent."),
    "address_unusable": N_("TikTok's address in the settings is no web address: nothing was sent."),
    "request_unusable": N_("The request to TikTok could not be written."),
    "stood_still": N_("This service had stood still for too long, so it did not send the post: nothing was sent."),
    "timeout": N_("TikTok's answer did not come in time."),
    "connection_lost": N_("The connection broke before TikTok's answer was there."),
    "worker_lost": N_("This service ended before TikTok's answer was there."),
    "restored": N_("The database was restored from a backup before TikTok's answer was known."),
    "empty": N_("TikTok's answer was empty."),
    "no_publish_id": N_("TikTok's answer lacks its number of the post."),
    "contradictory": N_("TikTok's answer says yes and no at once."),
    "unreadable": _UNREADABLE,
    "content_type": _UNREADABLE,
    "answer_malformed": _UNREADABLE,
    "answer_unreadable": _UNREADABLE,
    "answer_too_large": _UNREADABLE,
}
_SERVER_FAILED = N_("TikTok, or a server on the way to it, failed instead of answering.")


_OUR_REFUSALS = frozenset({"http_redirect", "http_refused", "no_upload_url"})
"""Refusals that are our reading of an answer, and no word of TikTok's."""


def explain_attempt(i18n: Translator, code: str | None) -> str:
    """Say what became of an attempt by its code: TikTok's, or ours for what is no answer."""
    known = _CODES.get(code or "") or (_SERVER_FAILED if (code or "").startswith(("http_5", "http_408")) else "")
    advice = explain_error(code)
    known = known or (advice.cause if advice.is_known else "")
    return i18n.gettext(known) if known else ""


def quote_attempt(outcome: str, code: str | None, message: str | None) -> str:
    """What TikTok itself said of an attempt: its message, and the code that its support asks for."""
    if outcome != AttemptOutcome.refused or not code or code in _OUR_REFUSALS:
        return message or ""
    return f"{message} ({code})" if message else code
