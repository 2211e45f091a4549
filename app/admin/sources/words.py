"""The newsroom's words for what came of a delivery, and for how a source fares."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.articles.feed_limits import FeedState, state_of
from app.articles.models import Delivery, Source, SourceRefusal
from app.articles.models_feeds import SourceFeed
from app.messages.message import unpack
from app.messages.translator import N_

REFUSALS_SHOWN = timedelta(days=7)
_REFUSALS: Mapping[str, str] = {
    "signature_refused": N_("The signature is missing or wrong: look whether the CMS has the secret of this source."),
    "clock_skew": N_("The clocks differ by more than five minutes: look at the clocks of both machines."),
    "body_too_large": N_("The delivery was too large."),
    "body_broken_off": N_("The CMS hung up before the whole delivery had come: look for a time limit there."),
    "no_room_for_body": N_("Too many large deliveries came at once."),
    "intake_unavailable": N_("The delivery could not be stored at that moment."),
    "article_not_fetched": N_(
        "The CMS did not give the article: look at the address of its API and at the read token."
    ),
    "unsupported_content": N_("The delivery was not sent as JSON."),
}
_NOT_AS_SENT = N_("Something in the delivery is not as this CMS sends it.")


def explain_refusal(code: str, detail: str, message: Mapping[str, object] | None) -> tuple[str, str]:
    """Say why a delivery was refused in words of ours, and quote what no reader's language has."""
    said = unpack(detail, message)
    if code in _REFUSALS or not said:
        return _REFUSALS.get(code, _NOT_AS_SENT), ""
    return (said, "") if said.code else (_NOT_AS_SENT, str(said))


@dataclass(frozen=True, slots=True)
class RefusalView:
    """Deliveries of a source that were refused for one reason. `quote`: what no reader's language has, as a field."""

    reason: str
    quote: str
    count: int
    last_at: datetime

    @classmethod
    def of(cls, refusal: SourceRefusal) -> "RefusalView":
        """Put the reason in words of ours."""
        reason, quote = explain_refusal(refusal.code, refusal.detail, refusal.message)
        return cls(reason, quote, refusal.count, refusal.last_at)


OUTCOMES: Mapping[Delivery, tuple[str, str]] = {
    Delivery.created: (N_("New article"), "good"),
    Delivery.updated: (N_("Article changed"), "good"),
    Delivery.unpublished: (N_("Taken off the site"), "calm"),
    Delivery.republished: (N_("Published again"), "good"),
    Delivery.duplicate: (N_("Nothing new"), "calm"),
    Delivery.stale: (N_("Older than what is known"), "calm"),
    Delivery.ignored: (N_("Of no use here"), "calm"),
}
REFUSED = (N_("Refused"), "bad")


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source fares, in two words. `is_waiting`: nothing has come from it yet."""

    label: str
    tone: str
    is_waiting: bool = False


def state_of_source(source: Source, feed: SourceFeed | None, refused_at: datetime | None) -> SourceState:
    """Tell how a source fares; `refused_at`: when it was refused last, as far as that is of interest."""
    heard_at = source.last_delivery_at
    has_feed_read = feed is not None and feed.last_success_at is not None
    if not source.enabled:
        return SourceState(N_("Off"), "calm")
    if refused_at is not None and (heard_at is None or refused_at > heard_at):
        return SourceState(N_("Deliveries are refused"), "bad")
    if feed is not None and state_of(feed) is FeedState.failing:
        return SourceState(N_("The feed cannot be read"), "bad")
    if source.silent_since is not None and (heard_at is None or heard_at <= source.silent_since):
        return SourceState(N_("Silent source"), "warn")
    if heard_at is None and not has_feed_read:
        return SourceState(N_("Waiting for the first delivery"), "busy", is_waiting=True)
    return SourceState(N_("Received") if heard_at else N_("The feed is read"), "good")
