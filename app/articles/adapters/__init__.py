"""The CMSes that Newsreel understands, by the `kind` of their sources."""

from app.articles.adapters import generic, ghost, strapi, wordpress
from app.articles.adapters.base import Adapter

_CMSES: tuple[Adapter, ...] = (
    wordpress,
    ghost,
    strapi,
    generic,
)
ADAPTERS: dict[str, Adapter] = {cms.NAME: cms for cms in _CMSES}
