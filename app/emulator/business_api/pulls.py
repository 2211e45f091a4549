"""What TikTok fetches by itself: files by their address."""

import asyncio

from app.emulator.business_api.errors import BusinessError, refuse
from app.emulator.world.outbound import UNREACHABLE, open_client
from app.emulator.world.world import World


async def pull(world: World, url: str, *, most: int, timeout: float) -> bytes:  # noqa: ASYNC109 - of the whole pull
    """Fetch a file. Raises BusinessError."""
    if not url.startswith(("http://", "https://")) or len(url) > 2_048:
        raise refuse("url", "it is no web address")
    content = bytearray()
    try:
        async with (
            asyncio.timeout(timeout or 1),
            open_client(world, timeout or 1) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.status_code != 200:
                raise BusinessError(40902, f"The file cannot be fetched: HTTP {answer.status_code}.")
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > most:
                    raise BusinessError(40907, "The file is too large.")
    except (*UNREACHABLE, TimeoutError, ValueError) as error:
        raise BusinessError(40902, f"The file cannot be fetched: {type(error).__name__}.") from None
    return bytes(content)
