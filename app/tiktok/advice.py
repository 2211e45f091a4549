"""What to do about a refusal of TikTok's, in a form that code can match and an editor can read."""

from dataclasses import dataclass
from enum import StrEnum

from app.messages.message import Message
from app.messages.publishing import advised
from app.messages.tiktok_advice import UNKNOWN_CAUSE, UNKNOWN_CURE

MINUTE = 60
DAY = 24 * 60 * MINUTE


class Action(StrEnum):
    """What a refusal asks for.

    `retry`: the same again after `delay` seconds. `wait`: TikTok holds this account back; the same again when `until`
    is over, at the latest after `delay` seconds. `refresh_token`: refresh once, then once more. `reauthorize`: the
    creator must connect again. `configure`: whoever runs the service must change something. `person`: someone must look
    at this post. `never`: this content, or this account, will not pass.
    """

    retry = "retry"
    wait = "wait"
    refresh_token = "refresh_token"  # noqa: S105
    reauthorize = "reauthorize"
    configure = "configure"
    person = "person"
    never = "never"


class Until(StrEnum):
    """What a wait waits for."""

    rate_window = "rate_window"
    daily_cap = "daily_cap"
    drafts = "drafts"
    active_users = "active_users"


@dataclass(frozen=True, slots=True)
class Advice:
    """What is known about a code."""

    code: str
    action: Action
    cause: Message
    cure: Message
    delay: int = 0
    until: Until | None = None
    is_known: bool = True

    @property
    def words(self) -> Message:
        """Cause and cure in one."""
        return advised(cause=self.cause, cure=self.cure)


def table_of(*entries: Advice) -> dict[str, Advice]:
    """Put what is known under its codes."""
    return {entry.code: entry for entry in entries}


def look_up(table: dict[str, Advice], code: str | None) -> Advice:
    """Find what is known about a code of TikTok's; an unknown one is for a person to look at."""
    found = table.get((code or "").strip().lower())
    return found or Advice(code or "unknown", Action.person, UNKNOWN_CAUSE, UNKNOWN_CURE, is_known=False)
