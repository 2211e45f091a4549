"""The CMSes that Newsreel understands, by the `kind` of their sources."""

from app.articles.adapters import (
    contentful,
    directus,
    drupal,
    feed,
    generic,
    ghost,
    prismic,
    sanity,
    storyblok,
    strapi,
    superdesk,
    wordpress,
)
from app.articles.adapters.base import Adapter

_CMSES: tuple[Adapter, ...] = (
    wordpress,
    ghost,
    drupal,
    strapi,
    contentful,
    sanity,
    directus,
    storyblok,
    prismic,
    superdesk,
    generic,
    feed,
)
ADAPTERS: dict[str, Adapter] = {cms.NAME: cms for cms in _CMSES}
