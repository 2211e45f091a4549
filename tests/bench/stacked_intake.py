"""The fairer yardstick of the intake: our own web process, in which one more route verifies, parses and stores nothing.

`python -m tests.bench.stacked_intake`, with the settings of an installation; the source's secret in BENCH_SECRET.
"""

from litestar import Litestar, post

from app.articles.controllers import MAX_BODY_BYTES
from app.config import Settings
from app.main import create_app
from app.startup import begin
from app.web import run_web
from tests.bench.bare_intake import verify_and_parse

PATH = "/bench/webhook"


def build(settings: Settings) -> Litestar:
    """Build the service as it is, with the route."""
    options = {"public": True, "csrf_exempt": True}
    app = create_app(settings)
    app.register(post(PATH, status_code=202, opt=options, request_max_body_size=MAX_BODY_BYTES)(verify_and_parse))
    return app


if __name__ == "__main__":
    run_web(begin(), build)
