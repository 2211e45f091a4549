"""What sources delivered, as HTTP shows it."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict

from app.articles.models import Delivery, SourceDelivery
from app.messages.message import Message, unpack


def can_replay(delivery: SourceDelivery) -> bool:
    """Tell whether a delivery can be handled once more: its sender is known, and what it said was kept."""
    return delivery.signed_at is not None and delivery.kept_bytes > 0


class SourceDeliveryRead(BaseModel):
    """A delivery as the log keeps it, without its body. `outcome` is null where it was refused; `code` says why."""

    id: str
    outcome: Delivery | None
    code: str
    detail: Message | None
    article_id: str | None
    delivery_id: str | None
    body_bytes: int
    can_replay: bool
    replay_of: str | None
    received_at: datetime

    @classmethod
    def of(cls, delivery: SourceDelivery) -> Self:
        """Show a delivery."""
        detail = unpack(delivery.detail, delivery.message) if delivery.detail else None
        row = delivery.model_dump(include=set(cls.model_fields))
        return cls.model_validate(row | {"detail": detail, "can_replay": can_replay(delivery)})


class SourceDeliveryList(BaseModel):
    items: list[SourceDeliveryRead]
    next_cursor: str | None


class ReceiptRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    article_id: str | None
    post_ids: list[str]
    duplicate: bool
    outcome: Delivery
    reason: str
