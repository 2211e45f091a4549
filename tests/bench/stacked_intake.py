"""The fairer yardstick of the intake: our own web process, with routes that verify, parse and store nothing.

`python -m tests.bench.stacked_intake`, with the settings of an installation; the source's secret in BENCH_SECRET.
"""

import json
from typing import Any

from litestar import Litestar, Request, post
from litestar.params import RawBody

from app.articles.adapters.ghost import MAX_BODY_BYTES
from app.config import Settings
from app.main import create_app
from app.ops.migrate import require_head
from app.process.server import run_server
from app.process.startup import begin
from app.tiktok.webhooks import parse_event, verify_signature
from tests.bench.bare_intake import verify_and_parse

PATH = "/bench/webhook"
EVENT_PATH = "/bench/event"


async def verify_and_parse_event(request: Request[Any, Any, Any], body: RawBody) -> dict[str, str]:
    settings = request.app.state.resources.settings
    if json.loads(body)["client_key"] == settings.client_key:
        verify_signature(body, request.headers.get("tiktok-signature"), settings.client_secret.get_secret_value())
    return {"status": parse_event(body).event}


def build(settings: Settings) -> Litestar:
    """Build the service as it is, with the routes."""
    options = {"public": True, "csrf_exempt": True}
    app = create_app(settings)
    app.register(post(PATH, status_code=202, opt=options, request_max_body_size=MAX_BODY_BYTES)(verify_and_parse))
    app.register(post(EVENT_PATH, status_code=200, opt=options)(verify_and_parse_event))
    return app


if __name__ == "__main__":
    run_server(begin(), require_head, build)
