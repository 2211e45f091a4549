"""What proves an article of which a delivery tells that nobody signed: its CMS's own word, or its page on the site."""

from urllib.parse import urlsplit

from app.articles.adapters import ADAPTERS
from app.articles.adapters.base import EventKind, Lookup, ParsedDelivery, SourceOptions, Verified
from app.articles.adapters.entry_options import ProvenOptions
from app.articles.senders import OpenedSource
from app.errors import Invalid
from app.messages import refusals
from app.messages.kinds import Address

PAGE = "page"
"""Under this name a lookup has the page that is to be asked, and not the CMS."""


def find_lookup(news: ParsedDelivery, source: OpenedSource, verified: Verified) -> Lookup | None:
    """Find what is to be asked before this counts; None: nothing. Raises Invalid where the page cannot prove it."""
    fetch, site = ADAPTERS[source.kind].TRAITS.fetch, proof_site(source.options)
    needs_proof = bool(site) and not verified.is_signed and news.kind is not EventKind.unpublished
    is_asked = news.unresolved is not None and source.may_ask
    if is_asked and fetch is not None and (fetch.is_proof or not needs_proof):
        return news.unresolved
    if not needs_proof:
        return None
    if not is_on_site(news.draft.url, site):
        raise Invalid(refusals.not_on_proof_site(site=Address(site)))
    return Lookup(news.external_id, {PAGE: news.draft.url})


def proof_site(options: SourceOptions) -> str:
    """Give the site on which articles of unsigned deliveries must stand, or nothing."""
    return options.proof_site if isinstance(options, ProvenOptions) else ""


def is_on_site(url: str, site: str) -> bool:
    """Tell whether a page is one of this site's, with www or without, and below its path."""
    page, own = urlsplit(url), urlsplit(site)
    below = own.path.rstrip("/") + "/"
    return _host(page.netloc) == _host(own.netloc) and (page.path or "/").startswith(below)


def _host(netloc: str) -> str:
    return netloc.rpartition("@")[2].lower().removeprefix("www.")
