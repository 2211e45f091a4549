"""What of this slice others may import: modules, by their names alone."""

__all__ = [
    "access.opened",
    "act.bulk",
    "act.handling",
    "act.replying",
    "actions",
    "allowed",
    "bad_words",
    "canned",
    "commands",
    "controllers",
    "errors",
    "face.listing",
    "face.schemas",
    "lookup",
    "models",
    "rule",
    "sync.feeds",
    "waiting",
    "words",
]
