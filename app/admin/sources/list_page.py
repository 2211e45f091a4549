"""The list of sources: how each of them fares, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from app.admin.sources.page import PATH
from app.admin.sources.words import REFUSALS_SHOWN, SourceState, state_of_source
from app.articles.adapters import ADAPTERS
from app.articles.feed_settings import feeds_of
from app.articles.intake.refusals import list_refusals
from app.articles.models import Source
from app.articles.sources import count_sources, list_sources
from app.kit.clock import utcnow
from app.resources import Resources

_SHOWN = 30


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source of the list."""

    id: str
    name: str
    kind: str
    state: SourceState
    heard_at: datetime | None
    has_feed: bool


@dataclass(frozen=True, slots=True)
class SourcesPage:
    """The list. `total`: of all sources, found or not."""

    q: str
    lines: Sequence[SourceLine]
    total: int
    more_href: str


async def read_sources_page(resources: Resources, q: str, cursor: str) -> SourcesPage:
    """Collect the page."""
    async with resources.read() as session:
        found = await list_sources(session, q=q, limit=_SHOWN, cursor=cursor or None)
        ids = [source.id for source in found.items]
        feeds = await feeds_of(session, ids)
        refusals = await list_refusals(session, utcnow() - REFUSALS_SHOWN, ids)
        total = await count_sources(session)
    refused = {refusal.source_id: refusal.last_at for refusal in reversed(refusals)}

    def line(source: Source) -> SourceLine:
        feed = feeds.get(source.id)
        kind = ADAPTERS[source.kind].TRAITS.label if source.kind in ADAPTERS else source.kind
        state = state_of_source(source, feed, refused.get(source.id))
        heard = [moment for moment in (source.last_delivery_at, feed and feed.last_success_at) if moment]
        return SourceLine(source.id, source.name, kind, state, max(heard, default=None), feed is not None)

    more = urlencode({"q": q, "cursor": found.next_cursor} if q else {"cursor": found.next_cursor})
    return SourcesPage(
        q, [line(source) for source in found.items], total, f"{PATH}?{more}" if found.next_cursor else ""
    )
