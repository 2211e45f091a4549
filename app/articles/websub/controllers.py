"""What hubs call: to ask whether we meant it, and to tell that a feed has something new (WebSub, W3C 2018)."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler

from app.articles.websub import book
from app.articles.websub.pings import MOST_BYTES, take_ping
from app.resources import Resources
from app.web.streams import stream_of

_LONGEST = 4_000
_PATH = f"{book.CALLBACK_PATH}/{{token:str}}"
_OPEN: dict[str, Any] = {"public": True, "csrf_exempt": True}


@get(
    _PATH, name="websub:confirm", operation_id="ConfirmHub", tags=["webhooks"], media_type="text/plain",
    opt={"public": True},
)  # fmt: skip
async def confirm_hub(
    token: FromPath[str],
    resources: NamedDependency[Resources],
    mode: Annotated[str, QueryParameter(name="hub.mode", max_length=_LONGEST)] = "",
    topic: Annotated[str, QueryParameter(name="hub.topic", max_length=_LONGEST)] = "",
    challenge: Annotated[str, QueryParameter(name="hub.challenge", max_length=_LONGEST)] = "",
    lease_seconds: Annotated[str, QueryParameter(name="hub.lease_seconds", max_length=_LONGEST)] = "",
    reason: Annotated[str, QueryParameter(name="hub.reason", max_length=_LONGEST)] = "",
) -> Response[str]:
    """Tell a hub whether we asked for what it names: with its challenge, or 404."""
    async with resources.transaction() as session:
        if mode == "denied":
            is_ours = await book.deny(session, token, reason)
        else:
            is_ours = await book.confirm(session, token, mode, topic, lease_seconds)
    # Never 410: a hub would take that for the end of it.
    return Response(challenge if is_ours else "", status_code=200 if is_ours else 404, media_type="text/plain")


@post(
    _PATH, name="websub:ping", operation_id="TakeHubPing", tags=["webhooks"], status_code=202, opt=_OPEN,
    request_max_body_size=None,  # read below, within a limit of its own
)  # fmt: skip
async def take_hub_ping(
    request: Request[Any, Any, Any], token: FromPath[str], resources: NamedDependency[Resources]
) -> Response[None]:
    """Hear from a hub that a feed has something new: it is read at once. What the call says itself is not used."""
    async with resources.read() as session:
        is_known = await book.find_by_token(session, token) is not None
    if not is_known:
        return Response(None, status_code=404)
    with resources.bodies.hold() as room:
        body = await room.read(stream_of(request), announced=request.content_length, limit=MOST_BYTES)
        is_ours = await take_ping(resources, token, request.headers.get("x-hub-signature", ""), body)
    return Response(None, status_code=202 if is_ours else 404)


route_handlers: list[ControllerRouterHandler] = [confirm_hub, take_hub_ping]
