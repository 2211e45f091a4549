"""The CMSes that Newsreel understands, by the `kind` of their sources."""

from app.articles.adapters import generic, ghost
from app.articles.adapters.base import Adapter

ADAPTERS: dict[str, Adapter] = {generic.NAME: generic, ghost.NAME: ghost}
