"""The public address of a post that is out: the posting API gives none, and making one of the id is not documented."""

from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col

from app.accounts.models import Account
from app.accounts.tokens.access import call_with_token
from app.errors import Conflict, VendorError
from app.jobs import job
from app.kit.clock import utcnow
from app.limits.budgets import VIDEO_QUERY, BudgetSpent
from app.posts.follow.due import SLOWEST
from app.posts.models import Post, PostState
from app.posts.verdict_writer import note_link
from app.resources import Resources
from app.tiktok.display import LIST_SCOPE, MAX_VIDEOS_PER_CALL

log = structlog.get_logger(__name__)


@job("posts.find_link", timeout=60)
async def find_link_of(app: Resources, post_id: str) -> None:
    """Look up the address of a post that TikTok has just named of itself. Where this is lost, its figures bring it."""
    async with app.read() as session:
        post = await session.get(Post, post_id)
    if post is not None and post.state is PostState.published and post.post_ids and post.share_url is None:
        await find_link(app, post, tuple(post.post_ids))


async def find_link(app: Resources, post: Post, post_ids: tuple[str, ...]) -> None:
    """Look the public link up, and ask again later where TikTok does not tell it now."""
    if not await may_list(app, post.account_id):
        return
    # More would be a second question, and only one is taken out of the budget.
    some = post_ids[:MAX_VIDEOS_PER_CALL]
    try:
        videos = await call_with_token(
            app, post.account_id, lambda client, token: client.query_videos(token, some), limit=VIDEO_QUERY
        )
    except (VendorError, Conflict) as error:
        log.info("link_unavailable", post_id=post.id, code=error.code)
        again_at = error.retry_at if isinstance(error, BudgetSpent) else utcnow() + SLOWEST
        await _update(app, post, next_check_at=again_at)
        return
    link = next((video.share_url for video in videos if video.share_url), None)
    if link:
        async with app.transaction() as session:
            await note_link(session, post, link)


async def may_list(app: Resources, account_id: str) -> bool:
    """Tell whether the creator has let us see the list of public posts."""
    async with app.read() as session:
        return LIST_SCOPE in (await session.get_one(Account, account_id)).scopes


async def _update(app: Resources, post: Post, **values: Any) -> None:
    same = (col(Post.id) == post.id, col(Post.publish_id) == post.publish_id)
    async with app.transaction() as session:
        await session.exec(sa.update(Post).where(*same).values(**values))
