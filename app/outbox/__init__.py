"""What of this slice others may import: modules, by their names alone."""

__all__ = [
    "emit",
    "models",
    "models_endpoints",
    "queries",
]
