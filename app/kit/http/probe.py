"""Looking at an address as a stranger's fetcher would: one request, no redirect followed, the bytes as they come."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.resolver import ThreadedResolver

from app.kit.http.addresses import PUBLIC_PORTS, AllowedOrigins, check_url
from app.kit.http.client import trusted_authorities
from app.kit.http.fetch import FetchFailed, translate_error
from app.kit.http.resolver import CheckedResolver
from app.messages import downloading

_SECONDS = 10.0
_MOST_BYTES = 4096
"""Of the body; the rest is left where it is."""


@dataclass(frozen=True, slots=True)
class Probed:
    """What came back. `body`: its first 4 KB."""

    url: str
    status: int
    location: str
    content_type: str
    body: bytes


async def probe(
    address: str,
    *,
    allow_hosts: Iterable[str] = (),
    headers: Mapping[str, str] | None = None,
    resolver: AbstractResolver | None = None,
    ports: frozenset[int] = PUBLIC_PORTS,
) -> Probed:
    """Ask for an address once. Raises FetchRefused where it leads into a private network, and FetchFailed."""
    allowed = AllowedOrigins(allow_hosts)
    url = check_url(address, allowed, ports=ports)
    connector = aiohttp.TCPConnector(
        resolver=CheckedResolver(resolver or ThreadedResolver(), allowed), ssl=trusted_authorities()
    )
    try:
        async with (
            asyncio.timeout(_SECONDS),
            aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
                headers={"Accept-Encoding": "identity", **(headers or {})},
            ) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            body = await _read(response)
            said = response.headers
            return Probed(str(url), response.status, said.get("Location", ""), said.get("Content-Type", ""), body)
    except TimeoutError:
        raise FetchFailed("timeout", downloading.timed_out(seconds=_SECONDS)) from None
    except aiohttp.ClientError as error:
        raise translate_error(error) from None


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = b""
    async for chunk in response.content.iter_chunked(_MOST_BYTES):
        body += chunk
        if len(body) >= _MOST_BYTES:
            break
    return body[:_MOST_BYTES]
