"""A site with pages, and resources on both databases that may ask it."""

from tests.articles.feeds.conftest import place, site

__all__ = ["place", "site"]
