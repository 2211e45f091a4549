"""Reading a delivery that came by a field map that is only tried: nothing is stored, and nothing is posted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles.adapters import ADAPTERS
from app.articles.adapters.base import ArticleDraft, EventKind, ParsedDelivery, SourceOptions
from app.articles.adapters.entries import entry_read_by
from app.articles.adapters.entry_options import MappedOptions
from app.articles.adapters.entry_paths import places_in
from app.articles.decode import read_model
from app.articles.deliveries.book import unpack_body
from app.articles.large_bodies import run_for
from app.articles.models import Source, SourceDelivery
from app.errors import BadRequest, Invalid

_MOST_TRIED = 20
_MOST_PLACES = 150
_LONGEST_SAMPLE = 120


@dataclass(frozen=True, slots=True)
class Look:
    """A delivery as a field map reads it. `places`: where something stands in it, and how that begins."""

    delivery: SourceDelivery
    draft: ArticleDraft
    places: Sequence[tuple[str, str]]


def has_field_map(kind: str) -> bool:
    """Tell whether a kind of source has a field map."""
    return kind in ADAPTERS and issubclass(ADAPTERS[kind].OPTIONS, MappedOptions)


async def look_at_newest(session: AsyncSession, source: Source, field_map: Mapping[str, Any] | None) -> Look | None:
    """Read the newest delivery that tells of an article, by this map, or by the source's own where it is None.

    None where no delivery of the last days does. Raises Invalid for a map that cannot be.
    """
    options = _options(source, field_map)
    query = select(SourceDelivery).where(
        col(SourceDelivery.source_id) == source.id,
        col(SourceDelivery.signed_at).is_not(None),
        col(SourceDelivery.body).is_not(None),
    )
    newest = query.order_by(col(SourceDelivery.id).desc()).limit(_MOST_TRIED)
    for delivery in (await session.exec(newest)).all():
        body = unpack_body(delivery.body or b"")
        if (look := await run_for(body, _look, source.kind, delivery, body, options)) is not None:
            return look
    return None


def _options(source: Source, field_map: Mapping[str, Any] | None) -> SourceOptions:
    changed = {} if field_map is None else {"field_map": dict(field_map)}
    return read_model(ADAPTERS[source.kind].OPTIONS, {**source.options, **changed}, at="options")


def _look(kind: str, delivery: SourceDelivery, body: bytes, options: SourceOptions) -> Look | None:
    try:
        news, entry = entry_read_by(partial(ADAPTERS[kind].parse, body, options, delivery.headers))
    except (BadRequest, Invalid):
        return None
    if not isinstance(news, ParsedDelivery) or news.kind is EventKind.unpublished:
        return None
    places = [(path, str(value)[:_LONGEST_SAMPLE]) for path, value in islice(places_in(entry), _MOST_PLACES)]
    return Look(delivery, news.draft, places)
