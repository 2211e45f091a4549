"""Addresses of peers: which are our own proxies', and which belong to one subscriber."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

_SUBSCRIBER_PREFIX = 64

Address = IPv4Address | IPv6Address


def networks_of(trusted_proxies: Iterable[str]) -> list[str]:
    """Write the settings' proxies as uvicorn wants them; it would believe everybody for `*`, which is no address."""
    found = []
    for proxy in trusted_proxies:
        try:
            found.append(str(ip_network(proxy, strict=False)))
        except ValueError:
            continue
    return found


@lru_cache(maxsize=1024)
def is_trusted(peer: str, trusted_proxies: tuple[str, ...]) -> bool:
    """Tell whether a peer is one of our own proxies."""
    found = _parse(peer)
    return found is not None and any(found in ip_network(network) for network in networks_of(trusted_proxies))


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
