"""What of this slice others may import: modules, by their names alone."""

__all__ = [
    "checker",
    "detection",
    "hashtags",
    "presets",
    "retag",
    "samples",
    "schemas",
    "service",
    "templates",
]
