"""Which address a request came from. Behind our own proxies uvicorn finds it; here stands whom it may believe."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from litestar.connection import ASGIConnection

_LONGEST = 64
_SUBSCRIBER_PREFIX = 64

Address = IPv4Address | IPv6Address


def client_ip(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Tell a request's client address: the peer's, or what one of our own proxies said."""
    return connection.client.host[:_LONGEST] if connection.client else "unknown"


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
