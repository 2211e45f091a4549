"""Pages about posts: the list, one post, its pictures."""

from typing import Annotated

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.plugins.htmx import HTMXRequest
from litestar.response import File, Template

from app.admin.posts.list_page import read_posts_page
from app.admin.posts.post_page import find_picture, find_small_picture, read_post_page
from app.admin.shell.frame import render, translator_for
from app.auth.access import EDITOR
from app.errors import NotFound
from app.messages import refusals
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
    async def list_posts(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        wanted: Annotated[str, QueryParameter(name="state", max_length=64)] = "",
        account: Annotated[str, QueryParameter(max_length=64)] = "",
        cursor: Annotated[str, QueryParameter(max_length=64)] = "",
    ) -> Template:
        """Show the list, or only its next lines."""
        page = await read_posts_page(
            resources, translator_for(request), state=wanted, account_id=account, cursor=cursor
        )
        is_part = bool(request.htmx) and bool(cursor) and not request.htmx.history_restore_request
        template = "admin/posts/_post_more.html" if is_part else "admin/posts/posts.html"
        return render(request, template, page, section="posts")

    @get("/{post_id:str}", name="admin:posts:show")
    async def show_post(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        post_id: FromPath[str],
        creator: FromQuery[bool] = False,
    ) -> Template:
        """Show one post with its story and what can be done."""
        page = await read_post_page(resources, translator_for(request), post_id, with_creator=creator)
        return render(request, "admin/posts/post.html", page, section="posts")

    @get("/{post_id:str}/live", name="admin:posts:live")
    async def show_live(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        post_id: FromPath[str],
        seen: Annotated[str, QueryParameter(max_length=64)] = "",
    ) -> Template | Response[None]:
        """Send the parts that have changed since the page was shown; 204 where nothing has."""
        page = await read_post_page(resources, translator_for(request), post_id)
        if page.seen == seen:
            return Response(None, status_code=204)
        return render(request, "admin/posts/_post_live_update.html", page, path=f"{_LIST}/{post_id}")

    @get("/{post_id:str}/creator", name="admin:posts:creator", opt={"same_site": True})
    async def show_creator(
        self, request: HTMXRequest, resources: NamedDependency[Resources], post_id: FromPath[str]
    ) -> Template:
        """Ask TikTok what the account of this post may do now."""
        page = await read_post_page(resources, translator_for(request), post_id, with_creator=True)
        if page.creator is None:
            raise NotFound(refusals.NOT_WAITING)
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
