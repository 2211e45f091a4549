"""What of this slice others may import: modules, by their names alone."""

__all__ = [
    "channels.mail",
    "controllers",
    "endpoints",
    "messages",
    "models",
    "news",
    "retention",
    "schemas",
    "secrets",
    "wording",
]
