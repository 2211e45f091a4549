"""Reading articles and their deliveries."""

from collections.abc import Sequence

from sqlalchemy.orm import defer
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles.models import Article, ArticleEvent, ArticleState
from app.articles.search import among_hits
from app.errors import NotFound
from app.kit.paging import Page, paginate
from app.kit.rows import find_row
from app.kit.search import find_words
from app.messages import refusals


async def list_articles(
    session: AsyncSession,
    *,
    q: str = "",
    source_id: str | None = None,
    state: ArticleState | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Article]:
    """List articles, newest first, without their text; with `q` those that hold words that begin like all of its."""
    words = find_words(q)
    if q.strip() and not words:
        return Page([], None)
    query = select(Article).options(defer(Article.text, raiseload=True))  # type: ignore[arg-type]
    where = [col(Article.source_id) == source_id] if source_id else []
    where += [col(Article.state) == state] if state else []
    if words:
        after = [col(Article.id) < cursor] if cursor else []
        query = among_hits(query, [*where, *after], words, is_sqlite=session.get_bind().dialect.name == "sqlite")
    else:
        query = query.where(*where)
    return await paginate(session, query, col(Article.id), limit=limit, cursor=cursor)


async def name_articles(session: AsyncSession, ids: Sequence[str]) -> dict[str, str]:
    """Give the titles of articles by their ids."""
    rows = (await session.exec(select(Article.id, Article.title).where(col(Article.id).in_(ids)))).all()
    return dict(rows)


async def get_article(session: AsyncSession, article_id: str) -> Article:
    """Get one article. Raises NotFound."""
    article = await find_row(session, Article, article_id)
    if article is None:
        raise NotFound(refusals.NO_ARTICLE, code="article_not_found")
    return article


async def list_article_events(session: AsyncSession, article_id: str) -> list[ArticleEvent]:
    """List an article's deliveries in the order of their arrival."""
    query = select(ArticleEvent).where(col(ArticleEvent.article_id) == article_id).order_by(col(ArticleEvent.id))
    return list((await session.exec(query)).all())
