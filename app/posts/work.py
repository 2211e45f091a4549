"""What one run knows of its post: read in one question, and read again after anything that took long."""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.articles.models import Article, ArticlePage, Source
from app.kit.clock import utcnow
from app.media.holds import holds_back
from app.posts.models import AttemptOutcome, Post, PostAttempt

_LONGEST_WAIT_FOR_PAGE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Work:
    """A post with all that it depends on. `is_account_busy`: an init of its account is under way, wherever.

    `is_media_held`: TikTok refuses the address of our media, and this post is not the one that asks again.
    `is_article_awaited`: the article's page is just being asked for pictures or words that its CMS left out.
    """

    post: Post
    article: Article
    account: Account
    source: Source
    is_account_busy: bool
    is_article_awaited: bool
    is_media_held: bool


async def read_work(session: AsyncSession, post_id: str) -> Work:
    """Read a post, its article, account and source. Raises NoResultFound."""
    # A literal, because a partial index serves no bound value.
    sending = sa.literal(AttemptOutcome.sending, col(PostAttempt.outcome).type, literal_execute=True)  # type: ignore[attr-defined]
    is_busy = sa.exists().where(
        col(PostAttempt.account_id) == col(Post.account_id), col(PostAttempt.outcome) == sending
    )
    is_awaited = sa.exists().where(
        col(ArticlePage.article_id) == col(Post.article_id),
        col(ArticlePage.is_awaited).is_(True),
        col(ArticlePage.asked_at) > utcnow() - _LONGEST_WAIT_FOR_PAGE,
    )
    is_held = holds_back(col(Account.kind), col(Post.id))
    query = (
        sa.select(Post, Article, Account, Source, is_busy, is_awaited, is_held)
        .join(Article, col(Article.id) == col(Post.article_id))
        .join(Account, col(Account.id) == col(Post.account_id))
        .join(Source, col(Source.id) == col(Article.source_id))
        .where(col(Post.id) == post_id)
    )
    return Work(*(await session.exec(query)).one())  # type: ignore[call-overload]
