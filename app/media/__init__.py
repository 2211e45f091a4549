"""What of this slice others may import: modules, by their names alone."""

__all__ = [
    "controllers",
    "drawing",
    "holds",
    "models",
    "ownership",
    "pictures.gather",
    "pictures.lasting",
    "pictures.thumbs",
    "preparing",
    "problems",
    "reach",
    "service",
    "serving",
    "store",
    "uploads.find",
    "uploads.keep",
    "verification",
    "videos.gather",
    "videos.kinds",
]
