"""A boost in a worker's hands, and how its work ends."""

from dataclasses import dataclass
from typing import Any

from app.ads.connections.reach import Reach
from app.ads.desk.writing import Desk
from app.ads.models import Boost
from app.messages.message import Message, keep_whole
from app.resources import Resources


class Ended(Exception):
    """It cannot be done, and why."""

    def __init__(self, reason: str, detail: Message) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


class Later(Exception):
    """Not yet: `seconds` until it is worth to go on, or None for the next step of a growing pause."""

    def __init__(self, seconds: float | None = None, *, why: Message | None = None) -> None:
        super().__init__(seconds)
        self.seconds = seconds
        self.why = why

    @property
    def kept(self) -> dict[str, Any] | None:
        """Why, as a row keeps it."""
        return None if self.why is None else keep_whole(self.why)


@dataclass(slots=True)
class Work:
    """A boost in hand."""

    app: Resources
    boost: Boost
    reach: Reach

    @property
    def desk(self) -> Desk:
        """Whoever writes to TikTok for it: each write stands on record."""
        return Desk(self.app, f"boost {self.boost.id}")
