"""Liveness and readiness, over HTTP."""

import asyncio
import math
import time
from typing import Any

from litestar import Request, Response, get, head
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler

from app.ops.readiness import is_ready, readiness
from app.resources import Resources

_GOOD_FOR_SECONDS = 1.0


@get("/healthz", opt={"public": True}, tags=["Operation"], operation_id="healthz")
async def healthz() -> dict[str, str]:
    """Tell that the process runs; asks nobody else."""
    return {"status": "ok"}


@head("/healthz", opt={"public": True}, include_in_schema=False)
async def healthz_head() -> None:
    """Tell the same to a probe that wants no body."""


@get("/readyz", opt={"public": True}, tags=["Operation"], operation_id="readyz")
async def readyz(request: Request[Any, Any, Any], resources: NamedDependency[Resources]) -> Response[dict[str, Any]]:
    """Tell whether posts can go out: database migrated and writable, so the data folder, a worker within the minute.

    A process that was told to end says no as well, and goes on serving for a moment.
    """
    checks = await _look(request, resources)
    ready = is_ready(checks)
    return Response({"status": "ready" if ready else "not_ready", **checks}, status_code=200 if ready else 503)


@head("/readyz", opt={"public": True}, include_in_schema=False)
async def readyz_head(request: Request[Any, Any, Any], resources: NamedDependency[Resources]) -> Response[None]:
    """Tell the same to a probe that wants no body."""
    return Response(None, status_code=200 if is_ready(await _look(request, resources)) else 503)


class _Looks:
    """What was seen a moment ago is good enough: readiness writes, and anybody may ask for it."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()
        self._seen_at = -math.inf
        self._seen: dict[str, Any] = {}

    async def look(self, resources: Resources) -> dict[str, Any]:
        async with self._one_at_a_time:
            if time.monotonic() - self._seen_at > _GOOD_FOR_SECONDS:
                self._seen = await readiness(resources)
                self._seen_at = time.monotonic()
            return self._seen


async def _look(request: Request[Any, Any, Any], resources: Resources) -> dict[str, Any]:
    state = request.app.state
    if "readiness_looks" not in state:
        state["readiness_looks"] = _Looks()
    looks: _Looks = state["readiness_looks"]
    is_draining = state.get("is_draining", False)
    return {"web": "draining" if is_draining else "ok", **await looks.look(resources)}


route_handlers: list[HTTPRouteHandler] = [healthz, healthz_head, readyz, readyz_head]
"""What main.py serves of this module."""
