"""A post's figures for its readers, and why there are none."""

from datetime import datetime

from pydantic import BaseModel, computed_field
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, AccountState
from app.accounts.queries import is_id
from app.errors import NotFound
from app.kit.clock import utcnow
from app.messages import post_refusals, publishing
from app.messages.message import Message
from app.messages.schema import MessageRead
from app.posts.figures.collect import FIRST
from app.posts.models import Post, PostState
from app.posts.models_figures import PostFigures
from app.tiktok.display import LIST_SCOPE


class FiguresRead(BaseModel):
    """How often a post was seen by one moment. TikTok may leave out any of them."""

    at: datetime
    views: int | None
    likes: int | None
    comments: int | None
    shares: int | None


class FiguresList(BaseModel):
    """A post's figures, the oldest first. `reason` is there where there are none."""

    items: list[FiguresRead]
    reason: Message | None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def reason_message(self) -> MessageRead | None:
        """Slug and parameters of `reason`."""
        return MessageRead.of(self.reason)


async def read_figures(session: AsyncSession, post_id: str) -> FiguresList:
    """Give a post's figures, or why there are none. Raises NotFound."""
    post = await session.get(Post, post_id) if is_id(post_id) else None
    if post is None:
        raise NotFound(post_refusals.NO_POST)
    query = select(PostFigures).where(PostFigures.post_id == post_id).order_by(col(PostFigures.id))
    found = [FiguresRead.model_validate(row, from_attributes=True) for row in (await session.exec(query)).all()]
    reason = None if found else _reason(post, await session.get_one(Account, post.account_id))
    return FiguresList(items=found, reason=reason)


def _reason(post: Post, account: Account) -> Message:
    is_out = post.state is PostState.published
    is_fresh = post.finalized_at is not None and utcnow() < post.finalized_at + 2 * FIRST
    reasons = (
        (post.state is PostState.sent_to_inbox, publishing.FIGURES_OF_DRAFT),
        (not is_out, publishing.FIGURES_LATER),
        (LIST_SCOPE not in account.scopes, publishing.FIGURES_FORBIDDEN),
        (account.state is not AccountState.connected, publishing.FIGURES_DISCONNECTED),
        (not post.post_ids, publishing.FIGURES_NAMELESS),
        (is_fresh, publishing.FIGURES_SOON),
    )
    return next((reason for is_so, reason in reasons if is_so), publishing.FIGURES_HIDDEN)
