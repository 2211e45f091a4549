"""What the newsroom is told of a post: which moves are news, and the facts that go with them."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.articles.models import Article, Source
from app.messages.message import Message, keep_whole, unpack
from app.outbox.emit import emit, somebody_hears
from app.outbox.models import EventType
from app.posts.models import Post, PostState

MOVES: Mapping[PostState, EventType] = {
    PostState.published: EventType.post_published,
    PostState.failed: EventType.post_failed,
    PostState.awaiting_approval: EventType.post_waiting,
    PostState.unconfirmed: EventType.post_unconfirmed,
}
"""States of which the newsroom is told when a post enters them."""

_FACTS: tuple[Any, ...] = (
    col(Post.account_id), col(Post.article_id), col(Post.state), col(Post.state_reason), col(Post.share_url),
    col(Post.post_ids), col(Post.log_id), col(Post.fail_help), col(Post.fail_message), col(Post.title),
    col(Account.display_name).label("account"), col(Article.title).label("headline"),
    col(Article.url).label("article_url"), col(Article.external_id).label("external_id"),
    col(Source.slug).label("source_slug"),
)  # fmt: skip


async def announce(
    session: AsyncSession, post_id: str, event_type: EventType, why: Message, *, more: Mapping[str, Any] | None = None
) -> None:
    """Write down what happened to a post, where somebody listens; `more` is told beside what is told of each."""
    if await somebody_hears(session, event_type):
        await announce_heard(session, post_id, event_type, why, more=more)


async def announce_heard(
    session: AsyncSession, post_id: str, event_type: EventType, why: Message, *, more: Mapping[str, Any] | None = None
) -> None:
    """Do so where it was asked already whether somebody listens."""
    query: Any = (
        sa.select(*_FACTS)
        .select_from(Post)
        .join(Account, col(Account.id) == col(Post.account_id))
        .join(Article, col(Article.id) == col(Post.article_id))
        .join(Source, col(Source.id) == col(Article.source_id))
        .where(col(Post.id) == post_id)
    )
    post = (await session.exec(query)).one()
    failure = unpack(post.fail_help, post.fail_message) if event_type is EventType.post_failed else None
    data: dict[str, Any] = {
        "post_id": post_id,
        "article_id": post.article_id,
        "account_id": post.account_id,
        "account": post.account,
        "title": post.headline or post.title,
        "state": post.state.value,
        "reason": post.state_reason,
        "why": keep_whole(failure or why),
        "article_url": post.article_url,
        "external_id": post.external_id,
        "source_slug": post.source_slug,
        "share_url": post.share_url,
        "post_ids": post.post_ids,
        "log_id": post.log_id,
        **(more or {}),
    }
    await emit(session, event_type, subject=f"post:{post_id}", account_id=post.account_id, data=data)
