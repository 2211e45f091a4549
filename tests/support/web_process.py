"""A web process of ours around a small app; its argument: within how many seconds a request has to end."""

import asyncio
import os
import sys
import time
from typing import Any

import structlog
from litestar import Litestar, Request, get, post
from litestar.params import RawBody

from app.config import Settings
from app.ops.health_routes import healthz
from app.ops.migrate import require_head
from app.process import connection, server
from app.process.startup import begin
from app.web.client_ip import client_ip

log = structlog.get_logger(__name__)


@get("/quick", sync_to_thread=False)
def quick() -> str:
    return "quick"


@get("/slow/{seconds:float}")
async def slow(seconds: float) -> str:
    log.info("slow_begins")
    await asyncio.sleep(seconds)
    return "slow"


@get("/block/{seconds:float}", sync_to_thread=False)
def block(seconds: float) -> str:
    """Hold the whole loop up, as a moment of hard work does."""
    log.info("block_begins")
    time.sleep(seconds)
    return "blocked"


@get("/large", media_type="application/octet-stream", sync_to_thread=False)
def large() -> bytes:
    return bytes(8_000_000)


@get("/where")
async def where(request: Request[Any, Any, Any]) -> str:
    return client_ip(request)


@post("/take")
async def take(body: RawBody) -> dict[str, int]:
    return {"bytes": len(body)}


@post("/headers")
async def headers(request: Request[Any, Any, Any], body: RawBody) -> dict[str, Any]:
    """Tell the names of the headers once the body has been read, and its length."""
    return {"names": [name.decode() for name, _ in request.scope["headers"]], "bytes": len(body)}


@post("/unread")
async def unread(request: Request[Any, Any, Any]) -> str:
    """Answer without a look at the body."""
    return request.method


def build(_settings: Settings) -> Litestar:
    handlers = [where, quick, slow, block, large, take, headers, unread, healthz]
    return Litestar(handlers, openapi_config=None, logging_config=None)


def main() -> None:
    connection.SLOWEST_READ_SECONDS = float(os.environ.get("SLOWEST_READ_SECONDS", "60"))
    server.REQUESTS_END_WITHIN_SECONDS = int(sys.argv[1])
    server.run_server(begin(), require_head, build)


if __name__ == "__main__":
    main()
