"""What became of one try to deliver a message."""

from dataclasses import dataclass

from app.kit.redact import redact

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said, or the name of what went wrong on the way.

    `is_about_message`: it takes others, and not this one. `is_gone`: it will never take any again.
    """

    is_delivered: bool
    status: int | None = None
    text: str = ""
    retry_after: float | None = None
    is_about_message: bool = False
    is_gone: bool = False

    @property
    def shown_text(self) -> str:
        """The beginning of the text, for the log of deliveries, without secrets."""
        return redact("".join(sign if sign.isprintable() else " " for sign in self.text)).strip()[:_LONGEST]
