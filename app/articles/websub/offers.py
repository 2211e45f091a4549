"""The hub that a feed offers: in the feed itself, or in a Link header of its answer (WebSub, section 4)."""

import re
from collections.abc import Mapping
from typing import Any

from app.articles.adapters.fields import MAX_URL
from app.kit.http.addresses import FetchRefused, complete_url

_LINK = re.compile(r"<([^<>]{1,4000})>((?:\s*;\s*[\w!#$&+.^`|~*-]+\s*(?:=\s*(?:\"[^\"]*\"|[^\s\",;]+))?)*)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s\",;]+))", re.IGNORECASE)


def hub_of(headers: Mapping[str, str], hub: str, topic: str, address: str) -> tuple[str, str] | None:
    """Give a feed's hub and what it calls the feed, or None. What the server's headers say comes first."""
    links = _links(headers)
    hub, topic = links.get("hub") or hub, links.get("self") or topic or address
    try:
        found = complete_url(hub.strip(), address), complete_url(topic.strip(), address)
    except FetchRefused:
        return None
    return found if hub and all(len(url) <= MAX_URL for url in found) else None


def _links(headers: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for url, parameters in _LINK.findall(", ".join(_all(headers))[:20_000]):
        rel = _REL.search(parameters)
        for name in (rel[1] or rel[2]).lower().split() if rel else ():
            found.setdefault(name, url)
    return found


def _all(headers: Any) -> list[str]:
    get_all = getattr(headers, "getall", None)
    return list(get_all("Link", [])) if get_all else [headers.get("Link", "")]
