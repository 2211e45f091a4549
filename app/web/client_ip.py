"""Which address a request came from, with only our own proxies believed."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

_SUBSCRIBER_PREFIX = 64

Address = IPv4Address | IPv6Address


def client_ip(peer: str | None, forwarded_for: Iterable[str], trusted_proxies: Sequence[str]) -> str:
    """Find the client's address: the peer, or the last X-Forwarded-For entry that none of our proxies has.

    Entries are read from the right, because everything left of our own proxy's entry is the client's word.
    """
    found = _parse(peer or "")
    if found is None:
        return "unknown"
    entries = [entry.strip() for line in forwarded_for for entry in line.split(",")]
    while _is_trusted(found, trusted_proxies) and entries:
        nearer = _parse(entries.pop())
        if nearer is None:
            break
        found = nearer
    return str(found)


@lru_cache(maxsize=1024)
def is_trusted(peer: str, trusted_proxies: tuple[str, ...]) -> bool:
    """Tell whether a peer is one of our own proxies."""
    found = _parse(peer)
    return found is not None and _is_trusted(found, trusted_proxies)


@lru_cache(maxsize=1024)
def subscriber(address: str) -> str:
    """Cut an IPv6 address to its /64: one subscriber has all of it."""
    found = _parse(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, _SUBSCRIBER_PREFIX), strict=False))
    return address


def _parse(text: str) -> Address | None:
    try:
        found = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _is_trusted(address: Address, trusted_proxies: Sequence[str]) -> bool:
    for proxy in trusted_proxies:
        try:
            if address in ip_network(proxy, strict=False):
                return True
        except ValueError:
            continue
    return False
