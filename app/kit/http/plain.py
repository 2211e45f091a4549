"""A client that hands requests to its transport as they are, and answers back as they come."""

from http.cookiejar import CookieJar
from typing import Any

import httpx


class PlainClient(httpx.AsyncClient):
    """Does nothing of what httpx does for browsers' sake: no cookies, no logins, no redirects, no hooks.

    None of it is wanted: the next call may be another account's, and where a redirect leads is the caller's to judge.
    To the emulator inside this process it was a fifth of a call's processor time.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport, **options: Any) -> None:
        super().__init__(transport=transport, trust_env=False, follow_redirects=False, cookies=_NoCookies(), **options)
        self._wire = transport

    async def send(
        self,
        request: httpx.Request,
        *,
        stream: bool = False,
        auth: object = None,  # noqa: ARG002
        follow_redirects: object = False,  # noqa: ARG002
    ) -> httpx.Response:
        """Send a request; without `stream` the answer is read whole. `auth` and `follow_redirects` are never heeded."""
        if self.is_closed:
            raise RuntimeError("The client is closed: nothing is sent any more.")
        if "timeout" not in request.extensions:
            request.extensions = {**request.extensions, "timeout": self.timeout.as_dict()}
        try:
            response = await self._wire.handle_async_request(request)
        except httpx.RequestError as error:
            error.request = request
            raise
        response.request = request
        if not stream:
            try:
                await response.aread()
            finally:
                await response.aclose()
        return response


class _NoCookies(CookieJar):
    """Keeps none."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Look for none, either: that takes longer than the call."""
