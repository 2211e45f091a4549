"""Guards of every route: requests that no handler can do anything with."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler

from app.errors import BadRequest, NotFound
from app.messages import refusals

_LONGEST_NAME = 255
"""Bytes of one piece of a path: file systems take no longer names."""


async def refuses_odd_addresses(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Refuse what no file system and no PostgreSQL takes, because they would raise: a NUL, and a name without end."""
    path: str = connection.scope["path"]
    if "\0" in path or any(len(name.encode(errors="replace")) > _LONGEST_NAME for name in path.split("/")):
        raise NotFound(refusals.NOTHING_THERE)
    if b"%00" in connection.scope["query_string"]:
        raise BadRequest(refusals.NUL_IN_QUERY)


async def takes_json_only(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuse a body for the API that is declared as something else than JSON: it would be read as JSON all the same."""
    if not connection.scope["path"].startswith("/api/") or "data" not in handler.parsed_fn_signature.parameters:
        return
    declared = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared and declared != "application/json" and not declared.endswith("+json"):
        raise HTTPException(status_code=415, detail=refusals.send_json(declared=declared[:100]))
