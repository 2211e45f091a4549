"""What of this slice others may import: modules, by their names alone."""

__all__ = [
    "commands",
    "controllers",
    "models",
]
