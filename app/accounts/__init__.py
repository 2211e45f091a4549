"""What of this slice others may import: modules, by their names alone."""

__all__ = [
    "connect.disconnect",
    "controllers",
    "errors",
    "models",
    "queries",
    "schemas",
    "service",
    "tokens.access",
    "tokens.vault",
]
