"""What of this slice others may import: modules, by their names alone."""

__all__ = [
    "access",
    "commands",
    "commands_files",
    "connections.disconnect",
    "connections.listing",
    "connections.schemas",
    "connections.scopes",
    "connections.showing",
    "connections.sync",
    "connections.vault",
    "controllers",
    "internal.gaps",
    "limiter",
    "models",
]
