"""Sees to it that no change over HTTP goes untold: what no service has noted itself is noted by its route."""

from litestar.types import Message, Scope, Send

from app.audit.record import acting, record
from app.resources import Resources

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def telling(scope: Scope, send: Send) -> Send:
    """Wrap the answer of an unsafe request of somebody known: before a good one leaves, the change is in the log.

    A handler that changes nothing for anybody else says `opt={"untold": True}`: a draft that is kept while one types.
    """
    is_untold = scope["route_handler"].opt.get("untold")
    if scope.get("method") in _SAFE_METHODS or scope.get("user") is None or is_untold:
        return send

    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] < 400 and not acting().has_told:
            await _tell(scope)
        await send(message)

    return tell


async def _tell(scope: Scope) -> None:
    resources: Resources = scope["litestar_app"].state["resources"]
    handler = scope["route_handler"]
    params = {name: str(value) for name, value in scope.get("path_params", {}).items()}
    async with resources.transaction() as session:
        record(
            session,
            f"route.{handler.name or handler.handler_name}",
            object_id=next(iter(params.values()), ""),
            after={"path": scope["path"], **params},
        )
