"""What is to be asked of a CMS: kept before the delivery is answered, so that nothing that was accepted is lost."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles.adapters import fields
from app.articles.adapters.base import ArticleDraft, EventKind, ParsedDelivery, ThinDelivery
from app.articles.intake.arrivals import Envelope, Receipt
from app.articles.models import ArticleLookup, Delivery
from app.jobs import enqueue
from app.kit.clock import rfc3339, utcnow
from app.kit.dialects import insert_into
from app.kit.ids import new_id
from app.resources import Resources

LOOK_UP = "articles.look_up"
REREAD = "reread"
"""Under this name a lookup says that a person had its delivery read once more."""
REASON = "the CMS is asked for the article itself, and what comes of that stands among the articles"


async def keep_lookups(
    resources: Resources,
    source_id: str,
    thin: ThinDelivery,
    envelope: Envelope,
    told: ParsedDelivery | None = None,
    *,
    is_reread: bool = False,
) -> Receipt:
    """Keep what a delivery names, and wake a worker. Of an article that waits already the newest word counts.

    `told`: what the delivery says of the article, which counts where the CMS does not answer. `is_reread`: as for
    `ParsedDelivery`.
    """
    written = None if told is None else write_told(told)
    async with resources.transaction() as session:
        for lookup in sorted(thin.lookups, key=lambda lookup: lookup.external_id):
            named = {**lookup.named, **({REREAD: "yes"} if is_reread else {})}
            values = {"type": thin.type[:64], "named": named, "told": written}
            kept_id = await _keep(session, source_id, lookup.external_id, values, envelope)
            enqueue(session, LOOK_UP, kept_id)
    return Receipt(None, [], duplicate=False, outcome=Delivery.ignored, reason=REASON)


def write_told(news: ParsedDelivery) -> dict[str, Any]:
    """Write what a delivery says as JSON; its place in the CMS's clock stands beside it."""
    draft = asdict(news.draft)
    published_at = rfc3339(news.draft.published_at) if news.draft.published_at else None
    return {
        "kind": news.kind.value,
        "type": news.type,
        "external_id": news.external_id,
        "draft": {**draft, "published_at": published_at},
    }


def read_told(told: dict[str, Any]) -> ParsedDelivery:
    """Read it back."""
    draft = {**told["draft"], "published_at": fields.find_moment(told["draft"]["published_at"])}
    return ParsedDelivery(EventKind(told["kind"]), told["type"], told["external_id"], ArticleDraft(**draft))


async def _keep(
    session: AsyncSession, source_id: str, external_id: str, values: dict[str, Any], envelope: Envelope
) -> str:
    now: datetime = utcnow()
    table = ArticleLookup.__table__  # type: ignore[attr-defined]
    newest = {
        **values,
        "revision": envelope.revision,
        "delivery_id": envelope.delivery_id,
        "digest": envelope.digest,
        "attempts": 0,
        "next_attempt_at": now,
        "asked_at": now,
    }
    key = {"id": new_id(), "source_id": source_id, "external_id": external_id, "created_at": now}
    insert = insert_into(session.get_bind().dialect.name, table).values(**key, **newest)
    change = insert.on_conflict_do_update(index_elements=["source_id", "external_id"], set_=newest)
    return str((await session.exec(change.returning(table.c.id))).scalar_one())
