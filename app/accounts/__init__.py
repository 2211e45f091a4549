"""What of this slice others may import: modules, by their names alone."""

__all__ = [
    "connect.disconnect",
    "connect.pending",
    "controllers",
    "errors",
    "holds",
    "models",
    "queries",
    "schemas",
    "tokens.access",
    "tokens.credentials",
    "tokens.lives",
    "tokens.reconnect",
    "tokens.refresh",
    "tokens.vault",
    "update",
]
