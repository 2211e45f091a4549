"""What of this slice others may import: modules, by their names alone."""

__all__ = [
    "checker",
    "detection",
    "hashtags",
    "models",
    "presets",
    "retag",
    "samples",
    "schemas",
    "schemas_settings",
    "service",
    "template_words",
    "templates",
]
