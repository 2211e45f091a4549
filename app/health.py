"""Liveness and readiness, over HTTP."""

from typing import Any

from litestar import Response, get, head
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler

from app.readiness import is_ready, readiness
from app.resources import Resources


@get("/healthz", opt={"public": True}, tags=["Operation"], operation_id="healthz")
async def healthz() -> dict[str, str]:
    """Tell that the process runs; asks nobody else."""
    return {"status": "ok"}


@head("/healthz", opt={"public": True}, include_in_schema=False)
async def healthz_head() -> None:
    """Tell the same to a probe that wants no body."""


@get("/readyz", opt={"public": True}, tags=["Operation"], operation_id="readyz")
async def readyz(resources: NamedDependency[Resources]) -> Response[dict[str, Any]]:
    """Tell whether posts can go out: database at the newest migration, and a worker alive within the last minute."""
    checks = await readiness(resources)
    ready = is_ready(checks)
    return Response({"status": "ready" if ready else "not_ready", **checks}, status_code=200 if ready else 503)


@head("/readyz", opt={"public": True}, include_in_schema=False)
async def readyz_head(resources: NamedDependency[Resources]) -> Response[None]:
    """Tell the same to a probe that wants no body."""
    return Response(None, status_code=200 if is_ready(await readiness(resources)) else 503)


route_handlers: list[HTTPRouteHandler] = [healthz, healthz_head, readyz, readyz_head]
"""What main.py serves of this module."""
