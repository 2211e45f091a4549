"""What the page of a source shows: how it is set up, what it sent, its feed and its form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.admin.sources.form import SourceInput
from app.admin.sources.words import (
    OUTCOMES,
    REFUSALS_SHOWN,
    REFUSED,
    RefusalView,
    SourceState,
    explain_refusal,
    state_of_source,
)
from app.articles.adapters import ADAPTERS
from app.articles.controllers_intake import WEBHOOK_PATH
from app.articles.deliveries.queries import list_deliveries
from app.articles.feed_limits import FeedState, state_of
from app.articles.feed_settings import find_feed
from app.articles.intake.refusals import list_refusals
from app.articles.models import Source, SourceDelivery
from app.articles.models_feeds import HubState, HubSubscription, SourceFeed
from app.articles.queries import name_articles
from app.articles.schemas_deliveries import can_replay
from app.articles.sources import NewSecret, get_source
from app.articles.websub.book import find_subscription
from app.config import Settings
from app.kit.clock import still_ahead, utcnow
from app.messages.message import unpack
from app.resources import Resources

PATH = "/admin/sources"
DELIVERIES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class FeedView:
    """How a source's feed fares. `problem`: why it could not be read the last time, else "".

    `is_behind`: older pages of its list are still to be read. `hub_until`: for so long its hub tells of what is new.
    `hub_problem`: why it does not.
    """

    is_waiting: bool
    problem: str
    items: int
    taken: int
    too_old: int
    is_behind: bool
    last_success_at: datetime | None
    next_poll_at: datetime
    hub_until: datetime | None
    hub_problem: str

    @classmethod
    def of(cls, feed: SourceFeed, hub: HubSubscription | None) -> "FeedView":
        """Show a feed."""
        state = state_of(feed)
        return cls(
            is_waiting=state is FeedState.waiting,
            problem=unpack(feed.problem, feed.problem_message) or "" if state is FeedState.failing else "",
            items=feed.items,
            taken=feed.taken,
            too_old=feed.too_old,
            is_behind=feed.backlog_page is not None,
            last_success_at=feed.last_success_at,
            next_poll_at=feed.next_poll_at,
            hub_until=hub.lease_until if hub and hub.state is HubState.active else None,
            hub_problem=(unpack(hub.problem, hub.problem_message) or "") if hub and hub.problem else "",
        )


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


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request wants the page to show beside what is stored. `cursor`: from which delivery on."""

    cursor: str = ""
    only_refused: bool = False
    typed: SourceInput | None = None
    problem: str = ""
    new_secret: SecretView | None = None
    replayed: str = ""
    is_answer_to_post: bool = False


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One delivery, and what came of it."""

    id: str
    received_at: datetime
    label: str
    tone: str
    reason: str
    quote: str
    article_id: str
    article_title: str
    can_replay: bool
    is_replay: bool


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One source with its form, its deliveries and its feed."""

    source: Source
    state: SourceState
    kind: str
    takes_webhooks: bool
    left_out_from_hours: int | None
    webhook_url: str
    recipe: Sequence[str]
    plugin: str
    help: str
    values: SourceInput
    old_secret_until: datetime | None
    refusals: Sequence[RefusalView]
    feed: FeedView | None
    deliveries: Sequence[DeliveryView]
    only_refused: bool
    more_href: str
    here: str
    is_newest: bool
    new_secret: SecretView | None
    problem: str
    replayed: str
    settled_address: str

    @property
    def seen(self) -> str:
        """Tell one state of what moves from another."""
        newest = self.deliveries[0].id if self.deliveries else ""
        return f"{newest}-{self.state.tone}-{sum(refusal.count for refusal in self.refusals)}"


async def read_source_page(resources: Resources, source_id: str, asked: Asked) -> SourcePage:
    """Collect the page. Raises NotFound."""
    async with resources.read() as session:
        source = await get_source(session, source_id)
        feed = await find_feed(session, source_id)
        hub = await find_subscription(session, source_id)
        refusals = await list_refusals(session, utcnow() - REFUSALS_SHOWN, [source_id])
        found = await list_deliveries(
            session, source_id, refused=asked.only_refused, limit=DELIVERIES_SHOWN, cursor=asked.cursor or None
        )
        titles = await name_articles(session, [row.article_id for row in found.items if row.article_id])
    traits = ADAPTERS[source.kind].TRAITS if source.kind in ADAPTERS else None
    here = f"{PATH}/{source_id}"
    state = state_of_source(source, feed, refusals[0].last_at if refusals else None)
    typed = asked.typed.model_copy(update={"kind": source.kind}) if asked.typed else None
    return SourcePage(
        source=source,
        state=state,
        kind=traits.label if traits else source.kind,
        takes_webhooks=source.kind != "feed",
        left_out_from_hours=_only_age(source),
        webhook_url=webhook_url(resources.settings, source),
        recipe=traits.recipe if traits else (),
        plugin=traits.plugin if traits else "",
        help=f"cms-{source.kind}",
        values=typed or SourceInput.of(source, feed),
        old_secret_until=still_ahead(source.previous_secret_valid_until),
        refusals=[RefusalView.of(refusal) for refusal in refusals],
        feed=FeedView.of(feed, hub) if feed else None,
        deliveries=[_view_delivery(row, titles) for row in found.items],
        only_refused=asked.only_refused,
        more_href=_href(here, asked.only_refused, found.next_cursor) if found.next_cursor else "",
        here=here,
        is_newest=not asked.cursor,
        new_secret=asked.new_secret,
        problem=asked.problem,
        replayed=asked.replayed,
        settled_address=here if asked.is_answer_to_post else "",
    )


def _only_age(source: Source) -> int | None:
    """Give the rule that every feed's form has from the start, where it is the only one: it is told as it is."""
    return source.rules["max_age_hours"] if set(source.rules) == {"max_age_hours"} else None


def _href(here: str, only_refused: bool, cursor: str) -> str:
    return f"{here}?{'refused=true&' if only_refused else ''}cursor={cursor}#deliveries"


def _view_delivery(row: SourceDelivery, titles: Mapping[str, str]) -> DeliveryView:
    label, tone = OUTCOMES[row.outcome] if row.outcome else REFUSED
    reason, quote = "", row.detail
    if row.outcome is None:
        reason, quote = explain_refusal(row.code, row.detail, row.message)
    title = titles.get(row.article_id or "", "")
    return DeliveryView(
        id=row.id,
        received_at=row.received_at,
        label=label,
        tone=tone,
        reason=reason,
        quote=quote,
        article_id=row.article_id or "",
        article_title=title,
        can_replay=can_replay(row),
        is_replay=row.replay_of is not None,
    )


def webhook_url(settings: Settings, source: Source) -> str:
    """Where the CMS of this source sends its articles."""
    return f"{settings.public_url}{WEBHOOK_PATH}/{source.slug}"


def list_kinds() -> list[tuple[str, str]]:
    """The CMSes to choose from, with their names."""
    return [(kind, adapter.TRAITS.label) for kind, adapter in ADAPTERS.items()]
