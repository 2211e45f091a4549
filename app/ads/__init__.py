"""What of this slice others may import: modules, by their names alone."""

__all__ = [
    "access",
    "commands",
    "commands_files",
    "connections.disconnect",
    "connections.errors",
    "connections.listing",
    "connections.schemas",
    "connections.scopes",
    "connections.showing",
    "connections.sync",
    "connections.vault",
    "controllers",
    "desk.errors",
    "desk.kinds",
    "desk.listing",
    "desk.steps",
    "desk.writing",
    "internal.gaps",
    "limiter",
    "models",
]
