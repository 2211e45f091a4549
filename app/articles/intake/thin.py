"""What is to be asked of a CMS: kept before the delivery is answered, so that nothing that was accepted is lost."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles.adapters.base import ThinDelivery
from app.articles.intake.arrivals import Envelope, Receipt
from app.articles.models import ArticleLookup, Delivery
from app.jobs import enqueue
from app.kit.clock import utcnow
from app.kit.dialects import insert_into
from app.kit.ids import new_id
from app.resources import Resources

LOOK_UP = "articles.look_up"
REASON = "the CMS is asked for the article itself, and what comes of that stands among the articles"


async def keep_lookups(resources: Resources, source_id: str, thin: ThinDelivery, envelope: Envelope) -> Receipt:
    """Keep what a delivery names, and wake a worker. Of an article that waits already the newest word counts."""
    async with resources.transaction() as session:
        for lookup in sorted(thin.lookups, key=lambda lookup: lookup.external_id):
            named = dict(lookup.named)
            kept_id = await _keep(session, source_id, lookup.external_id, thin.type[:64], named, envelope)
            enqueue(session, LOOK_UP, kept_id)
    return Receipt(None, [], duplicate=False, outcome=Delivery.ignored, reason=REASON)


async def _keep(
    session: AsyncSession, source_id: str, external_id: str, type_: str, named: dict[str, str], envelope: Envelope
) -> str:
    now: datetime = utcnow()
    table = ArticleLookup.__table__  # type: ignore[attr-defined]
    newest = {
        "type": type_,
        "named": named,
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
