"""Posts by hand over HTTP."""

from typing import Annotated

from litestar import post
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, JSONBody
from litestar.types import ControllerRouterHandler

from app.auth.access import EDITOR
from app.auth.models import Admin
from app.posts.by_hand.create import create_posts
from app.posts.by_hand.schemas import PostCreate, PostsCreated
from app.resources import Resources


@post("/api/posts", status_code=202, operation_id="create_posts", name="posts:create", tags=["Posts"], opt=EDITOR)
async def create_by_hand(
    resources: NamedDependency[Resources],
    admin: NamedDependency[Admin],
    data: JSONBody[PostCreate],
    idempotency_key: Annotated[str, HeaderParameter(name="Idempotency-Key", max_length=255)] = "",
) -> PostsCreated:
    """Make posts by hand: of an article that was left out, or of one that is written with them."""
    return await create_posts(resources, data, by=admin.email, key=idempotency_key)


route_handlers: list[ControllerRouterHandler] = [create_by_hand]
