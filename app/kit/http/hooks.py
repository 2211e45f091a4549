"""Sending a document to an address that a person entered, without being led into our own network.

The rules are those of downloads: the name is resolved by us, every address of it must be public or named by the
operator, and what was checked is what is connected to. No redirect is followed, nothing that is packed is unpacked.
"""

import asyncio
import ssl
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.resolver import ThreadedResolver

from app.kit.http.addresses import AllowedOrigins, check_url
from app.kit.http.client import retry_after_seconds, trusted_authorities
from app.kit.http.failures import TRANSLATED, failure_code, translate
from app.kit.http.resolver import CheckedResolver

_CONNECT_SECONDS = 5.0
_TEXT_SECONDS = 3.0
_MOST_BYTES = 4096
"""Of the answer: enough to see what the other side says."""


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """What came back: a status and the beginning of the text, or the name of the failure on the way."""

    status: int | None
    text: str = ""
    failure: str = ""
    retry_after: float | None = None


def check_hook_url(address: str, allow_hosts: Iterable[str]) -> bool:
    """Tell whether an address is https, or one that the operator named. Raises FetchRefused where it is no address."""
    allowed = AllowedOrigins(allow_hosts)
    url = check_url(address, allowed)
    return url.scheme == "https" or allowed.admits(url.raw_host or "", url.port or 0)


async def send_hook(
    address: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allow_hosts: Iterable[str] = (),
    deadline: float = 15.0,
    resolver: AbstractResolver | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> HookAnswer:
    """POST `body` once, on a connection of its own. Raises FetchRefused for an address that is never asked."""
    allowed = AllowedOrigins(allow_hosts)
    url = check_url(address, allowed)
    connector = aiohttp.TCPConnector(
        resolver=CheckedResolver(resolver or ThreadedResolver(), allowed),
        ssl=ssl_context or trusted_authorities(),
        force_close=True,
    )
    wait = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS)
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        headers={"User-Agent": "Newsreel", "Accept-Encoding": "identity"},
        timeout=wait,
    ) as session:
        try:
            async with (
                asyncio.timeout(deadline),
                session.post(url, data=body, headers=headers, allow_redirects=False) as response,
            ):
                text = (await _read_some(response)).decode("utf-8", "replace")
                return HookAnswer(response.status, text, retry_after=retry_after_seconds(response.headers))
        except TimeoutError:
            return HookAnswer(None, failure="timeout")
        except TRANSLATED as error:
            return HookAnswer(None, failure=failure_code(translate(error)))


async def _read_some(response: aiohttp.ClientResponse) -> bytes:
    """Read the beginning of the text. The status has come already and counts, whatever becomes of the rest."""
    received = bytearray()
    with suppress(*TRANSLATED):
        async with asyncio.timeout(_TEXT_SECONDS):
            async for chunk in response.content.iter_any():
                received += chunk
                if len(received) >= _MOST_BYTES:
                    break
    return bytes(received[:_MOST_BYTES])
