"""Newsreel: an article becomes a TikTok post."""

__version__ = "0.1.0"
