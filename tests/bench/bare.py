"""The yardstick of the web process: Litestar under uvicorn, and nothing of ours. `python -m tests.bench.bare PORT`."""

import sys

import uvicorn
from litestar import Litestar, get


@get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


def serve(app: Litestar, port: int) -> None:
    """Serve as the web process does: httptools and uvloop, no log of requests."""
    uvicorn.run(app, port=port, http="httptools", loop="uvloop", ws="none", log_level="error", access_log=False)


if __name__ == "__main__":
    serve(Litestar([healthz], openapi_config=None), int(sys.argv[1]))
