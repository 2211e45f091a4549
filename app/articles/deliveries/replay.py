"""A delivery handled once more: by the one way in, so that an article gets no second post by it."""

from app.articles.adapters import ADAPTERS
from app.articles.adapters.base import Verified
from app.articles.deliveries.book import keep_delivery, unpack_body
from app.articles.deliveries.queries import get_delivery
from app.articles.intake.arrivals import Receipt
from app.articles.intake.receive import take_verified
from app.articles.senders import open_source
from app.articles.sources import get_source
from app.audit.record import record
from app.errors import AppError, Conflict
from app.kit.crypto import Undecryptable
from app.messages import refusals
from app.resources import Resources


class CannotReplay(Conflict):
    """Nobody knows who sent it, or what it said was not kept, or its source takes nothing."""

    code = "cannot_replay"


async def replay_delivery(resources: Resources, source_id: str, delivery_id: str) -> Receipt:
    """Handle a delivery as new, by the source's settings of now; in the CMS's clock it stays where it was.

    Raises NotFound, CannotReplay, and what refuses a delivery.
    """
    async with resources.read() as session:
        row = await get_source(session, source_id)
        delivery = await get_delivery(session, source_id, delivery_id)
    if delivery.signed_at is None:
        raise CannotReplay(refusals.SENDER_UNKNOWN)
    if delivery.body is None:
        raise CannotReplay(refusals.BODY_NOT_KEPT)
    if not row.enabled or row.kind not in ADAPTERS:
        raise CannotReplay(refusals.SOURCE_IS_OFF)
    try:
        source = open_source(row, resources)
    except Undecryptable:
        raise CannotReplay(refusals.SOURCE_WITHOUT_SECRET) from None
    async with resources.transaction() as session:
        record(session, "source.delivery_replayed", object_kind="source", object_id=row.id, object_name=row.name,
               after={"delivery": delivery_id})  # fmt: skip
    # Without its number: with it the intake would only say that it has seen this delivery. And as one that is not
    # signed: what proved it is not kept.
    verified = Verified(None, delivery.signed_at, is_signed=False)
    body = unpack_body(delivery.body)
    try:
        receipt = await take_verified(resources, source, verified, delivery.headers, body, is_reread=True)
    except AppError as error:
        keep_delivery(resources, source.id, delivery.headers, body, verified, error, replay_of=delivery.id)
        raise
    keep_delivery(resources, source.id, delivery.headers, body, verified, receipt, replay_of=delivery.id)
    return receipt
