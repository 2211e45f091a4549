"""The bytes of a request as they come."""

from collections.abc import AsyncIterator
from typing import Any

from litestar import Request
from litestar.exceptions import InternalServerException

from app.web.bodies import BodyBrokenOff


async def stream_of(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    """Give the pieces of a body. Raises BodyBrokenOff where the client goes before the end."""
    stream = request.stream()
    while True:
        try:
            piece = await anext(stream)
        except StopAsyncIteration:
            return
        except InternalServerException:  # so Litestar says that the client has gone
            raise BodyBrokenOff from None
        yield piece
