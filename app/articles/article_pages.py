"""Reading what is known of articles' own pages."""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles.models import ArticlePage
from app.messages.message import Message, unpack


async def find_page(session: AsyncSession, article_id: str) -> ArticlePage | None:
    """Find what is known of an article's page; None where nobody needed it."""
    return (await session.exec(select(ArticlePage).where(ArticlePage.article_id == article_id))).first()


async def page_problems(session: AsyncSession, article_ids: Sequence[str]) -> dict[str, Message]:
    """Say by article why its page could not be read, as far as it could not."""
    query = select(ArticlePage).where(col(ArticlePage.article_id).in_(article_ids), col(ArticlePage.problem) != "")
    return {page.article_id: why for page in (await session.exec(query)).all() if (why := problem_of(page))}


def problem_of(page: ArticlePage) -> Message | None:
    """Say why a page could not be read the last time."""
    return unpack(page.problem, page.problem_message) if page.problem else None
