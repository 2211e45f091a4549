"""The yardstick of the intake: verifies and parses the same bodies, and stores nothing.

`python -m tests.bench.bare_intake PORT`, the secret in BENCH_SECRET.
"""

import os
import sys
from typing import Any

from litestar import Litestar, Request, post
from litestar.params import RawBody

from app.articles.adapters import generic, standard_webhooks
from app.kit.clock import utcnow
from app.process.startup import settle
from tests.bench.bare import healthz, serve

SECRETS = (os.environ.get("BENCH_SECRET", ""),)
OPTIONS = generic.OPTIONS()


async def verify_and_parse(request: Request[Any, Any, Any], body: RawBody) -> dict[str, Any]:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.scope["headers"]}
    standard_webhooks.verify(headers, body, SECRETS, utcnow(), OPTIONS)
    news = generic.parse(body, OPTIONS)
    return {"article_id": getattr(news, "external_id", None), "post_ids": [], "duplicate": False}


async def settle_memory() -> None:
    # As the web process does, or the yardstick alone would stand still for the garbage collector.
    settle()


if __name__ == "__main__":
    serve(
        Litestar(
            [healthz, post("/webhook", status_code=202)(verify_and_parse)],
            on_startup=[settle_memory],
            openapi_config=None,
        ),
        int(sys.argv[1]),
    )
