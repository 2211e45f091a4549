"""The routes of articles."""

from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles import queries
from app.articles.article_pages import find_page
from app.articles.models import ArticleState
from app.articles.schemas_articles import ArticleList, ArticleRead, ArticleSummary
from app.auth.access import EDITOR
from app.kit.search import LONGEST_QUERY
from app.web.list_parameters import Cursor, Limit, RowId


class ArticleController(Controller):
    path = "/api/articles"
    tags = ("articles",)
    opt = EDITOR

    @get("/", name="articles:list", operation_id="ListArticles")
    async def list_articles(
        self,
        session: NamedDependency[AsyncSession],
        q: Annotated[str, QueryParameter(max_length=LONGEST_QUERY)] = "",
        source_id: RowId = None,
        article_state: Annotated[ArticleState | None, QueryParameter(name="state")] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> ArticleList:
        """List articles, newest first; `q` is looked for in title, summary and address, as beginnings of words."""
        page = await queries.list_articles(
            session, q=q, source_id=source_id, state=article_state, limit=limit, cursor=cursor
        )
        items = [ArticleSummary.model_validate(article) for article in page.items]
        return ArticleList(items=items, next_cursor=page.next_cursor)

    @get("/{article_id:str}", name="articles:show", operation_id="GetArticle")
    async def get_article(self, article_id: FromPath[str], session: NamedDependency[AsyncSession]) -> ArticleRead:
        """Show one article with its deliveries."""
        article = await queries.get_article(session, article_id)
        events = await queries.list_article_events(session, article.id)
        return ArticleRead.of(article, events, await find_page(session, article.id))
