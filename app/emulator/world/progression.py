"""How fast, and how, a post comes to its end: chosen by whoever tests."""

from dataclasses import dataclass, field
from typing import Any, Literal

# A pace in polls also has to end where nobody polls, because a webhook may be all that is listened to.
SILENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Pace:
    """When the verdict comes after the photos were pulled: at once, after some seconds, or after some polls."""

    kind: Literal["immediate", "seconds", "polls"] = "immediate"
    amount: float = 0.0

    @classmethod
    def parse(cls, value: Any) -> "Pace":
        """Read `"immediate"`, `{"seconds": n}` or `{"polls": n}`. Raises ValueError."""
        if value == "immediate":
            return cls()
        if isinstance(value, dict) and len(value) == 1:
            (kind, amount), *_ = value.items()
            if kind in {"seconds", "polls"} and isinstance(amount, int | float) and amount >= 0:
                return cls(kind, amount)
        raise ValueError('pace: "immediate", {"seconds": n} or {"polls": n}')

    def as_json(self) -> Any:
        return "immediate" if self.kind == "immediate" else {self.kind: self.amount}


@dataclass(frozen=True)
class Progression:
    """`moderation_hours` and `fail_reason` act on the verdict, the rest on what comes before and after it."""

    pace: Pace = Pace()
    moderation_hours: float = 0.0
    fail_reason: str | None = None
    pull_delay: float = 0.0
    post_id_after: float = 0.0
    draft_posted_after: float | None = None

    def verdict_due(self, *, pulled_at: float, polls: int, last_polled_at: float | None) -> float:
        """Tell when the verdict is due; for a pace in polls, when it is due if no further poll comes."""
        moderated_at = pulled_at + self.moderation_hours * 3_600
        if self.pace.kind == "seconds":
            return max(moderated_at, pulled_at + self.pace.amount)
        if self.pace.kind == "polls" and polls < self.pace.amount:
            return max(moderated_at, max(pulled_at, last_polled_at or 0.0) + SILENCE_SECONDS)
        return moderated_at

    def as_json(self) -> dict[str, Any]:
        return {
            "pace": self.pace.as_json(),
            "moderation_hours": self.moderation_hours,
            "fail_reason": self.fail_reason,
            "pull_delay": self.pull_delay,
            "post_id_after": self.post_id_after,
            "draft_posted_after": self.draft_posted_after,
        }


@dataclass
class Progressions:
    """The progression for the next post: the first of those queued, else the account's, else everybody's."""

    default: Progression = Progression()
    by_account: dict[str, Progression] = field(default_factory=dict)
    queued: list[tuple[str | None, Progression]] = field(default_factory=list)

    def take(self, open_id: str) -> Progression:
        for position, (wanted, progression) in enumerate(self.queued):
            if wanted in {None, open_id}:
                del self.queued[position]
                return progression
        return self.by_account.get(open_id, self.default)
