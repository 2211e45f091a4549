"""What the settings page shows of the CMS sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.admin.sources.form import SourceInput
from app.articles.adapters import ADAPTERS
from app.articles.controllers import WEBHOOK_PATH
from app.articles.feed_limits import FeedState, state_of
from app.articles.models import Source, SourceFeed, SourceRefusal
from app.articles.sources import NewSecret
from app.config import Settings
from app.kit.clock import utcnow
from app.messages.message import unpack
from app.messages.translator import N_

REFUSALS_SHOWN = timedelta(days=7)
_REFUSALS: Mapping[str, str] = {
    "signature_refused": N_("The signature is missing or wrong: look whether the CMS has the secret of this source."),
    "clock_skew": N_("The clocks differ by more than five minutes: look at the clocks of both machines."),
    "body_too_large": N_("The delivery was too large."),
    "no_room_for_body": N_("Too many large deliveries came at once."),
    "intake_unavailable": N_("The delivery could not be stored at that moment."),
    "article_not_fetched": N_(
        "The CMS did not give the article: look at the address of its API and at the read token."
    ),
    "unsupported_content": N_("The delivery was not sent as JSON."),
}
_NOT_AS_SENT = N_("Something in the delivery is not as this CMS sends it.")


@dataclass(frozen=True, slots=True)
class RefusalView:
    """Deliveries of a source that were refused for one reason."""

    reason: str
    quote: str
    count: int
    last_at: datetime

    @classmethod
    def of(cls, refusal: SourceRefusal) -> "RefusalView":
        """Put the reason in words of ours; `quote` is what no reader's language has, as which field misses what."""
        said = unpack(refusal.detail, refusal.message)
        if refusal.code in _REFUSALS or not said:
            return cls(_REFUSALS.get(refusal.code, _NOT_AS_SENT), "", refusal.count, refusal.last_at)
        reason, quote = (said, "") if said.code else (_NOT_AS_SENT, str(said))
        return cls(reason, quote, refusal.count, refusal.last_at)


@dataclass(frozen=True, slots=True)
class FeedView:
    """How a source's feed fares. `problem`: why it could not be read the last time, else ""."""

    is_waiting: bool
    problem: str
    items: int
    taken: int
    too_old: int
    last_success_at: datetime | None
    next_poll_at: datetime

    @classmethod
    def of(cls, feed: SourceFeed) -> "FeedView":
        """Show a feed."""
        state = state_of(feed)
        return cls(
            is_waiting=state is FeedState.waiting,
            problem=unpack(feed.problem, feed.problem_message) or "" if state is FeedState.failing else "",
            items=feed.items,
            taken=feed.taken,
            too_old=feed.too_old,
            last_success_at=feed.last_success_at,
            next_poll_at=feed.next_poll_at,
        )


@dataclass(frozen=True, slots=True)
class SourceView:
    """One source with its form."""

    source: Source
    kind: str
    webhook_url: str
    recipe: Sequence[str]
    help: str
    values: SourceInput
    old_secret_until: datetime | None
    refusals: Sequence[RefusalView]
    feed: FeedView | None


@dataclass(frozen=True, slots=True)
class SecretView:
    """A new secret, shown in the answer to the request that made it and nowhere else."""

    name: str
    secret: str
    webhook_url: str

    @classmethod
    def of(cls, settings: Settings, made: NewSecret) -> "SecretView":
        """Show what was made."""
        return cls(made.source.name, made.secret, webhook_url(settings, made.source))

    def __repr__(self) -> str:
        return f"SecretView({self.name!r})"


def webhook_url(settings: Settings, source: Source) -> str:
    """Where the CMS of this source sends its articles."""
    return f"{settings.public_url}{WEBHOOK_PATH}/{source.slug}"


def list_kinds() -> list[tuple[str, str]]:
    """The CMSes to choose from, with their names."""
    return [(kind, adapter.TRAITS.label) for kind, adapter in ADAPTERS.items()]


def view_source(
    settings: Settings,
    source: Source,
    typed: SourceInput | None,
    refusals: Sequence[SourceRefusal],
    feed: SourceFeed | None = None,
) -> SourceView:
    """Show a source; after a refusal its form keeps what was typed."""
    until = source.previous_secret_valid_until
    traits = ADAPTERS[source.kind].TRAITS if source.kind in ADAPTERS else None
    return SourceView(
        source=source,
        kind=traits.label if traits else source.kind,
        webhook_url=webhook_url(settings, source),
        recipe=traits.recipe if traits else (),
        help=f"cms-{source.kind}",
        values=typed.model_copy(update={"kind": source.kind}) if typed else SourceInput.of(source, feed),
        old_secret_until=until if until is not None and until > utcnow() else None,
        refusals=[RefusalView.of(refusal) for refusal in refusals if refusal.source_id == source.id],
        feed=FeedView.of(feed) if feed else None,
    )


def view_new_source(typed: SourceInput | None) -> SourceInput:
    """The form for a source to be added."""
    return typed or SourceInput(enabled=True)
