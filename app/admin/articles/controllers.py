"""The page of articles."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from app.admin.articles.page import read_articles_page, read_query
from app.admin.articles.story_page import read_story_page
from app.admin.shell.frame import render, translator_for
from app.auth.access import EDITOR
from app.auth.models import Admin
from app.resources import Resources


@get("/articles", name="admin:articles", opt=EDITOR)
async def show_articles(request: HTMXRequest, resources: NamedDependency[Resources]) -> Template:
    """Show what came in, or only what a search has found, or the next lines of it."""
    query = read_query(request.query_params)
    page = await read_articles_page(resources, query)
    template = "admin/articles/articles.html"
    if request.htmx and not request.htmx.history_restore_request:
        template = "admin/articles/_more.html" if query.cursor else "admin/articles/_found.html"
    answer = render(request, template, page, section="articles")
    if request.htmx and not query.cursor:
        answer.headers["HX-Push-Url"] = query.href()
    return answer


@get("/articles/{article_id:str}", name="admin:articles:show", opt=EDITOR)
async def show_article(
    request: HTMXRequest,
    resources: NamedDependency[Resources],
    admin: NamedDependency[Admin],
    article_id: FromPath[str],
) -> Template:
    """Show what happened to one article."""
    page = await read_story_page(resources, translator_for(request), article_id, admin)
    return render(request, "admin/articles/story.html", page, section="articles")
