"""What of this slice others may import: modules, by their names alone."""

__all__ = [
    "adapters",
    "adapters.base",
    "adapters.generic",
    "by_hand",
    "controllers",
    "decode",
    "feed_limits",
    "feed_settings",
    "intake.arrivals",
    "intake.batches",
    "intake.refusals",
    "models",
    "schemas",
    "search",
    "secrets",
    "senders",
    "silence",
    "sources",
]
