"""The webhooks that were, or are still to be, delivered."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from app.emulator.world.clock import rfc3339

_KEPT_DELIVERIES = 5_000


@dataclass
class Attempt:
    at: float
    http_status: int | None
    error: str | None

    def as_json(self) -> dict[str, Any]:
        return {**self.__dict__, "at": rfc3339(self.at)}


@dataclass
class Delivery:
    """One event on its way. `signature` is what the header shall be: valid, wrong or missing."""

    id: int
    event: str
    body: bytes
    created_at: float
    signature: str = "valid"
    state: str = "pending"
    attempts: list[Attempt] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "event": self.event,
            "body": self.body.decode(),
            "created_at": rfc3339(self.created_at),
            "signature": self.signature,
            "state": self.state,
            "attempts": [attempt.as_json() for attempt in self.attempts],
        }


@dataclass
class Outbox:
    deliveries: deque[Delivery] = field(default_factory=lambda: deque(maxlen=_KEPT_DELIVERIES))
    held: list[Delivery] = field(default_factory=list)
    parked: list[Delivery] = field(default_factory=list)
    drop_next: int = 0
    count: int = 0

    def new(self, event: str, body: bytes, created_at: float, signature: str = "valid") -> Delivery:
        self.count += 1
        delivery = Delivery(self.count, event, body, created_at, signature)
        self.deliveries.append(delivery)
        return delivery
