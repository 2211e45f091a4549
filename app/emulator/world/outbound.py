"""How the emulator itself reaches out: for photos, verification files and webhooks."""

import asyncio
import functools
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx

from app.emulator.world.world import World

# The last is of names that no resolver could be asked about.
UNREACHABLE = (httpx.HTTPError, httpx.InvalidURL, UnicodeError)
USER_AGENT = "TikTokEmulator/1.0"


@functools.cache
def _tls() -> ssl.SSLContext:
    # Loading the certificates takes longer than everything else that a pull does.
    return httpx.create_ssl_context()


@asynccontextmanager
async def open_client(world: World, timeout: float) -> AsyncIterator[httpx.AsyncClient]:  # noqa: ASYNC109 - httpx's own
    # An injected transport outlives the client, so the client is not closed over it.
    client = httpx.AsyncClient(
        transport=world.transport or httpx.AsyncHTTPTransport(verify=_tls(), trust_env=False),
        timeout=timeout,
        follow_redirects=False,
        headers={"User-Agent": USER_AGENT},
    )
    try:
        yield client
    finally:
        if world.transport is None:
            await client.aclose()


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


async def is_private(url: str) -> bool:
    """Tell whether a host has an address that is not public. One that cannot be resolved is left to fail later."""
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(parts.hostname or "", parts.port or 443)
    except (OSError, UnicodeError):
        return False
    return any(not ipaddress.ip_address(str(entry[4][0]).partition("%")[0]).is_global for entry in found)
