"""Where TikTok's events arrive."""

from typing import Any

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import RawBody
from litestar.types import ControllerRouterHandler

from app.resources import Resources
from app.webhooks.inbox import WEBHOOK_PATH, SecretFinder, receive_event

PATHS = [WEBHOOK_PATH, "/tiktok/webhook"]
# TikTok's events have some hundred bytes.
MAX_BODY_BYTES = 64 * 1024


@post(
    PATHS,
    name="webhooks:tiktok",
    tags=["webhooks"],
    status_code=200,
    opt={"public": True, "csrf_exempt": True},
    request_max_body_size=MAX_BODY_BYTES,
)
async def receive_tiktok_event(
    request: Request[Any, Any, Any],
    body: RawBody,
    resources: NamedDependency[Resources],
    tiktok_secrets: NamedDependency[SecretFinder],
) -> dict[str, str]:
    """Take in an event of TikTok's, signed with the secret of our app there; what it means is worked out afterwards."""
    await receive_event(resources, body, request.headers.get("tiktok-signature"), tiktok_secrets)
    return {"status": "ok"}


route_handlers: list[ControllerRouterHandler] = [receive_tiktok_event]
