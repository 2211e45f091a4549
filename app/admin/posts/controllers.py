"""Pages about posts: the list, one post, and what a person decides there."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import File, Redirect, Template

from app.admin.posts.list_page import read_posts_page
from app.admin.posts.post_page import find_picture, find_small_picture, read_post_page
from app.admin.shell.forms import ApprovalInput, ResolveInput, ReviseInput
from app.admin.shell.frame import render, translator_for
from app.admin.wording.errors import explain
from app.auth.models import Admin
from app.errors import AppError, NotFound
from app.messages import refusals
from app.posts.face import service
from app.resources import Resources

_LIST = "/admin/posts"
_JPEG = "image/jpeg"
# Their addresses change with them.
_KEPT = {"Cache-Control": "private, max-age=604800, immutable"}


class PostPages(Controller):
    """Every form works without script; HTMX only saves reloads."""

    path = "/posts"

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

    @post("/{post_id:str}/approve", status_code=303, name="admin:posts:approve")
    async def approve_post(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        post_id: FromPath[str],
        data: URLEncodedBody[ApprovalInput],
    ) -> Template | Redirect:
        """Take an editor's consent, with the text as edited."""

        async def approve() -> None:
            await service.approve_post(resources, post_id, data.to_approval(), by=admin.email)

        return await _decide(request, resources, post_id, approve, "approved", typed=data)

    @post("/{post_id:str}/retry", status_code=303, name="admin:posts:retry")
    async def retry_post(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        post_id: FromPath[str],
    ) -> Template | Redirect:
        """Send a post again, or now."""
        retry = partial(service.retry_post, resources, post_id, by=admin.email)
        return await _decide(request, resources, post_id, retry, "retried")

    @post("/{post_id:str}/revise", status_code=303, name="admin:posts:revise")
    async def revise_post(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        post_id: FromPath[str],
        data: URLEncodedBody[ReviseInput],
    ) -> Template | Redirect:
        """Change a failed post, then send it again."""

        async def revise() -> None:
            await service.revise_post(resources, post_id, data.to_revision(), by=admin.email)
            await service.retry_post(resources, post_id, by=admin.email)

        return await _decide(request, resources, post_id, revise, "retried", revised=data)

    @post("/{post_id:str}/cancel", status_code=303, name="admin:posts:cancel")
    async def cancel_post(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        post_id: FromPath[str],
    ) -> Template | Redirect:
        """Stop a post."""
        cancel = partial(service.cancel_post, resources, post_id, by=admin.email)
        return await _decide(request, resources, post_id, cancel, "cancelled")

    @post("/{post_id:str}/resolve", status_code=303, name="admin:posts:resolve")
    async def resolve_post(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        post_id: FromPath[str],
        data: URLEncodedBody[ResolveInput],
    ) -> Template | Redirect:
        """Take a person's word on an unconfirmed post."""

        async def resolve() -> None:
            await service.resolve_post(resources, post_id, data.to_resolution(), by=admin.email)

        return await _decide(request, resources, post_id, resolve, "resolved")

    @post("/{post_id:str}/check", status_code=303, name="admin:posts:check")
    async def check_post(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        post_id: FromPath[str],
    ) -> Template | Redirect:
        """Look for traces of an unconfirmed post."""
        check = partial(service.check_post, resources, post_id, by=admin.email)
        return await _decide(request, resources, post_id, check, "checked")

    @post("/{post_id:str}/dismiss", status_code=303, name="admin:posts:dismiss")
    async def dismiss_alert(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        post_id: FromPath[str],
    ) -> Template | Redirect:
        """Take the warning off a post."""
        dismiss = partial(service.dismiss_alert, resources, post_id, by=admin.email)
        return await _decide(request, resources, post_id, dismiss, "dismissed")


async def _decide(
    request: HTMXRequest,
    resources: Resources,
    post_id: str,
    decision: Callable[[], Awaitable[None]],
    notice: str,
    *,
    typed: ApprovalInput | None = None,
    revised: ReviseInput | None = None,
) -> Template | Redirect:
    """Carry out a decision and show the post anew; a refusal stands above it, with what was typed."""
    try:
        await decision()
    except AppError as error:
        page = await read_post_page(
            resources, translator_for(request), post_id, typed=typed, revised=revised, with_creator=typed is not None
        )
        return render(
            request,
            "admin/posts/post.html",
            page,
            section="posts",
            error=explain(translator_for(request), error),
            path=f"{_LIST}/{post_id}",
            status_code=error.status_code,
        )
    return Redirect(f"{_LIST}/{post_id}?notice={notice}", status_code=303)
