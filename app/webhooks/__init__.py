"""What TikTok sends us: verified, stored once, handed on."""

__all__ = [
    "controllers",
    "inbox",
    "models",
]
