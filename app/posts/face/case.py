"""One decision while it is carried out: the post as it stands, who decides, and the transaction it happens in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.queries import is_id
from app.errors import Conflict, NotFound
from app.messages import post_refusals
from app.posts.models import Post
from app.posts.models_approval import SignOffLink
from app.resources import Resources

Afterwards = Callable[[], Awaitable[None]]
"""What is done once the transaction has ended: calls of TikTok's that no lock may wait for."""


class Nothing(BaseModel):
    """What a decision takes that needs no more than itself."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Case:
    """Who decides about which post; `link` where they do so by a one-time link."""

    app: Resources
    session: AsyncSession
    post: Post
    by: str
    link: SignOffLink | None = None


async def find_post(session: AsyncSession, post_id: str) -> Post:
    """Get a post. Raises NotFound."""
    post = await session.get(Post, post_id) if is_id(post_id) else None
    if post is None:
        raise NotFound(post_refusals.NO_POST)
    return post


def won(moved: bool) -> None:
    """Raise Conflict where somebody else was faster."""
    if not moved:
        raise Conflict(post_refusals.MOVED_ON, code="state_forbids")
