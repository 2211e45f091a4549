"""Pages about posts: the list, one post, its pictures."""

from dataclasses import replace
from typing import Annotated

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.plugins.htmx import HTMXRequest
from litestar.response import File, Template

from app.admin.posts.list_query import MOST_ROWS, ROWS_PER_PAGE, read_query
from app.admin.posts.pictures import find_picture, find_small_picture
from app.admin.posts.post_page import read_post_page
from app.admin.posts.search_page import read_live_rows, read_posts_page
from app.admin.shell.frame import render, translator_for
from app.auth.access import EDITOR
from app.auth.models import Admin, Role
from app.errors import NotFound
from app.messages import post_refusals
from app.resources import Resources

_LIST = "/admin/posts"
_JPEG = "image/jpeg"
# Their addresses change with them.
_KEPT = {"Cache-Control": "private, max-age=604800, immutable"}


class PostPages(Controller):
    """Every form works without script; HTMX only saves reloads."""

    path = "/posts"
    opt = EDITOR

    @get(name="admin:posts:list")
    async def list_posts(self, request: HTMXRequest, resources: NamedDependency[Resources]) -> Template:
        """Show the list as its address says, or only what a filter has found, or its next lines."""
        query = read_query(list(request.query_params.multi_items()))
        is_part = bool(request.htmx) and not request.htmx.history_restore_request
        is_next = is_part and bool(query.cursor)
        last_day = request.query_params.get("day", "")[:10] if is_next else ""
        # Of the next lines `shown` says how many stand before them.
        part = replace(query, shown=ROWS_PER_PAGE) if is_next else query
        page = await read_posts_page(resources, translator_for(request), part, last_day=last_day, before=query.shown)
        template = "admin/posts/_post_more.html" if is_next else "admin/posts/_found.html"
        answer = render(request, template if is_part else "admin/posts/posts.html", page, section="posts")
        if is_part and not is_next:
            answer.headers["HX-Push-Url"] = query.href()
        return answer

    @get("/live", name="admin:posts:live-rows")
    async def show_live_rows(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        ids: Annotated[str, QueryParameter(max_length=10_000)] = "",
        seen: Annotated[str, QueryParameter(max_length=64)] = "",
    ) -> Template | Response[None]:
        """Send lines of the list that have changed since they were shown; 204 where none has."""
        page = await read_live_rows(resources, translator_for(request), ids.split(",")[:MOST_ROWS])
        if page.seen == seen:
            return Response(None, status_code=204)
        return render(request, "admin/posts/_post_cells.html", page, path=_LIST)

    @get("/{post_id:str}", name="admin:posts:show")
    async def show_post(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        post_id: FromPath[str],
        admin: NamedDependency[Admin],
        creator: FromQuery[bool] = False,
    ) -> Template:
        """Show one post with its story and what can be done; an admin may boost one that is published."""
        i18n, booster = translator_for(request), _booster(admin)
        page = await read_post_page(resources, i18n, post_id, with_creator=creator, booster=booster)
        return render(request, "admin/posts/post.html", page, section="posts")

    @get("/{post_id:str}/live", name="admin:posts:live")
    async def show_live(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        post_id: FromPath[str],
        admin: NamedDependency[Admin],
        seen: Annotated[str, QueryParameter(max_length=64)] = "",
        was: Annotated[str, QueryParameter(max_length=32)] = "",
    ) -> Template | Response[None]:
        """Send the parts that have changed since the page was shown; 204 where nothing has.

        `was` is the state that it showed. In the same state a form that is being filled in stays; in another one there
        is something else to do.
        """
        i18n, path = translator_for(request), f"{_LIST}/{post_id}"
        page = await read_post_page(resources, i18n, post_id)
        if page.seen == seen:
            return Response(None, status_code=204)
        if page.post.state == was:
            return render(request, "admin/posts/_post_live_update.html", page, path=path)
        page = await read_post_page(resources, i18n, post_id, booster=_booster(admin))
        answer = render(request, "admin/posts/_post_grid.html", page, path=path)
        answer.headers["HX-Retarget"] = "#post-grid"
        return answer

    @get("/{post_id:str}/creator", name="admin:posts:creator", opt={"same_site": True})
    async def show_creator(
        self, request: HTMXRequest, resources: NamedDependency[Resources], post_id: FromPath[str]
    ) -> Template:
        """Ask TikTok what the account of this post may do now."""
        page = await read_post_page(resources, translator_for(request), post_id, with_creator=True)
        if page.creator is None:
            raise NotFound(post_refusals.NOT_WAITING)
        return render(request, "admin/posts/_approve_creator.html", page, path=f"{_LIST}/{post_id}")

    @get("/{post_id:str}/pictures/{number:int}", name="admin:posts:picture")
    async def show_picture(
        self, resources: NamedDependency[Resources], post_id: FromPath[str], number: FromPath[int]
    ) -> File:
        """Give an editor a prepared picture."""
        path = await find_picture(resources, post_id, number)
        return File(path, media_type=_JPEG, content_disposition_type="inline", headers=_KEPT)

    @get("/{post_id:str}/pictures/{number:int}/small", name="admin:posts:picture:small")
    async def show_small_picture(
        self, resources: NamedDependency[Resources], post_id: FromPath[str], number: FromPath[int]
    ) -> Response[bytes]:
        """Give the list a small one."""
        return Response(await find_small_picture(resources, post_id, number), media_type=_JPEG, headers=_KEPT)


def _booster(admin: Admin) -> str | None:
    """Only an admin spends money."""
    return admin.id if admin.role is Role.admin else None
