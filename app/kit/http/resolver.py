"""A resolver that answers with public addresses alone."""

import socket

from aiohttp.abc import AbstractResolver, ResolveResult

from app.kit.http.addresses import AllowedOrigins, FetchRefused, is_public, origin_entry
from app.messages import downloading


class CheckedResolver(AbstractResolver):
    """Answers with addresses only when every one of them is public, or the operator named the host."""

    def __init__(self, resolver: AbstractResolver, allowed: AllowedOrigins) -> None:
        self._resolver = resolver
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        answers = await self._resolver.resolve(host, port, family)
        if not self._allowed.admits(host, port) and not all(is_public(answer["host"]) for answer in answers):
            entry = origin_entry(host, port)
            raise FetchRefused("address_private", downloading.not_public(host=host), entry=entry)
        return answers

    async def close(self) -> None:
        await self._resolver.close()
