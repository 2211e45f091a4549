"""The gateway's routes, and the record of them for admins.

What stands behind them is read when a gateway first asks: a process without one need not carry its five megabytes.
"""

from typing import TYPE_CHECKING, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromQuery
from litestar.response.base import ASGIResponse
from litestar.types import ControllerRouterHandler
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads import controllers_connections, controllers_desk
from app.ads.boosts import controllers as boosts
from app.ads.guards import controllers as guards
from app.ads.internal import audit
from app.ads.money import controllers as money
from app.ads.plugin import controllers as plugin
from app.ads.reports.face import controllers as reports
from app.ads.schemas import InternalCallList, InternalCallRead
from app.ads.uploads import controllers as uploads
from app.ads.watches import controllers as watches
from app.auth.access import ADMIN, scope
from app.auth.middleware import Authentication
from app.auth.models import Scope
from app.errors import NotFound
from app.messages import refusals
from app.resources import Resources
from app.web.bodies import BodyTooLarge
from app.web.client_ip import client_ip
from app.web.list_parameters import Cursor, Limit
from app.web.streams import stream_of

if TYPE_CHECKING:
    from app.ads.internal.execute import Reply

# The gateway has a key of its own, which is looked at here, or one of ours; no browser sends either.
_FOR_THE_GATEWAY: dict[str, Any] = {"public": True, "csrf_exempt": True, "knows_admin": True}

AnyRequest = Request[Any, Any, Any]


@post(
    "/internal/execute",
    name="internal:execute",
    operation_id="ExecuteOperation",
    tags=["internal"],
    status_code=200,
    opt=_FOR_THE_GATEWAY,
    responses={
        200: ResponseSpec(dict[str, Any], description="Done, or refused: always in one form", generate_examples=False)
    },
    request_max_body_size=None,  # the answer to a body that is too large has a form of its own
)
async def execute_operation(request: AnyRequest, resources: NamedDependency[Resources]) -> ASGIResponse:
    """Carry out one operation of the Marketing API provider; see `GET /internal/operations`."""
    key = _key_of(request, resources)
    if key is None:
        return _send_now(_unauthorized(resources))
    from app.ads.internal.answers import Code, Failure
    from app.ads.internal.execute import execute, refuse
    from app.ads.internal.requests import MAX_BODY_BYTES

    with resources.bodies.hold() as room:
        try:
            body = await room.read(stream_of(request), announced=request.content_length, limit=MAX_BODY_BYTES)
        except BodyTooLarge as error:
            return _send_now(refuse(resources, Failure(Code.TOO_LARGE, error.message, "Send less at once."), 413))
        return _send_now(await execute(resources, body, f"key {key}, {client_ip(request)}"))


@get("/internal/health", name="internal:health", operation_id="ShowProviderHealth", tags=["internal"],
     opt=_FOR_THE_GATEWAY)  # fmt: skip
async def show_health(
    request: AnyRequest, resources: NamedDependency[Resources], deep: FromQuery[bool] = False
) -> Response[Any]:
    """Tell how the provider is. With `deep` TikTok is asked too."""
    if _key_of(request, resources) is None:
        return _send(_unauthorized(resources))
    from app.ads import health

    return Response(await health.look(resources, is_deep=deep))


@get("/internal/operations", name="internal:operations", operation_id="ListOperations", tags=["internal"],
     opt=_FOR_THE_GATEWAY)  # fmt: skip
async def list_operations(request: AnyRequest, resources: NamedDependency[Resources]) -> Response[Any]:
    """List what can be asked, each with the schema of its payload."""
    if _key_of(request, resources) is None:
        return _send(_unauthorized(resources))
    from app.ads.internal.registry import REGISTRY

    return Response([operation.describe() for operation in REGISTRY.operations])


@get("/api/internal-calls", name="internal:calls", tags=["internal"], opt=ADMIN | scope(Scope.internal))
async def list_internal_calls(
    resources: NamedDependency[Resources],
    session: NamedDependency[AsyncSession],
    operation: FromQuery[str | None] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> InternalCallList:
    """List what the gateway asked, the newest first: who, what, and what became of it."""
    await audit.flush(resources)
    page = await audit.list_calls(session, operation=operation, limit=limit, cursor=cursor)
    items = [InternalCallRead.model_validate(call) for call in page.items]
    return InternalCallList(items=items, next_cursor=page.next_cursor)


def _key_of(request: AnyRequest, resources: Resources) -> int | str | None:
    """Tell which key the request came with. Raises NotFound where there is none to come with."""
    login: Authentication | None = request.scope.get("auth")
    if login is not None and login.scopes is not None and Scope.internal in login.scopes:
        return str(request.user.name)
    keys = resources.settings.internal_keys
    if not keys:
        raise NotFound(refusals.NOTHING_THERE)
    from app.ads.internal.requests import find_key

    return find_key(keys, request.headers.get("x-internal-key", ""))


def _unauthorized(resources: Resources) -> "Reply":
    from app.ads.internal.answers import Code, Failure
    from app.ads.internal.execute import refuse

    failure = Failure(
        Code.UNAUTHORIZED,
        "X-Internal-Key is missing or wrong.",
        "Send one of the keys that TIKTOK_INTERNAL_KEY has here.",
    )
    return refuse(resources, failure, 401)


def _send(reply: "Reply") -> Response[bytes]:
    return Response(reply.body, status_code=reply.status, media_type="application/json")


def _send_now(reply: "Reply") -> ASGIResponse:
    """The same, ready to leave: Litestar would make it of a Response, which takes as long as reading the request."""
    return ASGIResponse(body=reply.body, status_code=reply.status, media_type="application/json")


route_handlers: list[ControllerRouterHandler] = [
    execute_operation,
    show_health,
    list_operations,
    list_internal_calls,
    *reports.route_handlers,
    *money.route_handlers,
    *uploads.route_handlers,
    *watches.route_handlers,
    *guards.route_handlers,
    *controllers_connections.route_handlers,
    *controllers_desk.route_handlers,
    *boosts.route_handlers,
    *plugin.route_handlers,
]
