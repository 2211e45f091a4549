"""Sign-off by one-time link over HTTP: an editor makes the link, whoever holds it decides once."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from app.auth.access import EDITOR
from app.auth.models import Admin
from app.posts.face import sign_off
from app.posts.schemas_decisions import PostApprove, PostReject
from app.posts.schemas_sign_off import SignOffCreate, SignOffCreated, SignOffDone, SignOffRead
from app.resources import Resources


@post("/api/posts/{post_id:str}/sign-off-links", operation_id="make_sign_off_link", tags=["Posts"], opt=EDITOR)
async def make_link(
    resources: NamedDependency[Resources],
    admin: NamedDependency[Admin],
    post_id: FromPath[str],
    data: JSONBody[SignOffCreate],
) -> SignOffCreated:
    """Make a one-time link by which somebody without a login decides about a post: 24 hours, one decision."""
    return await sign_off.make_sign_off_link(resources, post_id, data, by=admin.email)


@get(
    "/api/approvals/{token:str}", operation_id="read_sign_off", tags=["Approvals"], opt={"public": True}, security=[{}]
)
async def read_link(resources: NamedDependency[Resources], token: FromPath[str]) -> SignOffRead:
    """Show the post that a one-time link is for, with what TikTok's checklist asks for."""
    return await sign_off.read_sign_off(resources, token)


@post(
    "/api/approvals/{token:str}/approve",
    status_code=200,
    operation_id="approve_by_link",
    tags=["Approvals"],
    opt={"public": True},
    security=[{}],
)
async def approve_by_link(
    resources: NamedDependency[Resources], token: FromPath[str], data: JSONBody[PostApprove]
) -> SignOffDone:
    """Consent by a one-time link, which is used up by it."""
    decided = await sign_off.decide_by_link(resources, token, "approve", data)
    return SignOffDone(post_id=decided.id, state=decided.state)


@post(
    "/api/approvals/{token:str}/reject",
    status_code=200,
    operation_id="reject_by_link",
    tags=["Approvals"],
    opt={"public": True},
    security=[{}],
)
async def reject_by_link(
    resources: NamedDependency[Resources], token: FromPath[str], data: JSONBody[PostReject]
) -> SignOffDone:
    """Send a post back by a one-time link, which is used up by it."""
    decided = await sign_off.decide_by_link(resources, token, "reject", data)
    return SignOffDone(post_id=decided.id, state=decided.state)


def sign_off_handlers() -> list[HTTPRouteHandler]:
    """Give the routes."""
    return [make_link, read_link, approve_by_link, reject_by_link]
