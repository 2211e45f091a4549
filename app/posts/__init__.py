"""What of this slice others may import: modules, by their names alone."""

__all__ = [
    "face.controllers",
    "face.overview",
    "face.service",
    "face.sign_off",
    "face.stats",
    "face.viewers",
    "face.waiting",
    "figures.read",
    "line.pacing",
    "models",
    "plan.planner",
    "prepare.caption_history",
    "prepare.caption_preview",
    "prepare.caption_settings",
    "restored",
    "schemas",
]
