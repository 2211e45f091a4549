"""Approvals at the desk: the queue, and one screen on which a person decides."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from app.admin.approval.form import LinkInput, SaveInput
from app.admin.approval.queue import NewLink, read_approvals
from app.admin.approval.screen import DESK, Asked, Looking, read_screen
from app.admin.boosts.page import read_ahead
from app.admin.shell.forms import ApprovalInput, RejectInput
from app.admin.shell.frame import render, translator_for
from app.admin.wording.errors import explain
from app.auth.access import ADMIN, EDITOR
from app.auth.models import Admin
from app.errors import AppError
from app.posts.face import viewers
from app.posts.face.decisions import decide
from app.posts.face.sign_off import make_sign_off_link
from app.posts.face.views import get_post
from app.resources import Resources

_PAGE = "admin/approval/approvals.html"
_OUTDATED = "approval_outdated"


class ApprovalPages(Controller):
    """Every form works without script; HTMX only saves reloads."""

    path = "/approvals"
    opt = EDITOR

    @get(name="admin:approvals")
    async def show_queue(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        done: Annotated[str, QueryParameter(max_length=64)] = "",
        creator: FromQuery[bool] = False,
    ) -> Template:
        """Show the oldest post that waits."""
        asked = Asked(viewer_id=admin.id, with_creator=creator)
        page = await read_approvals(resources, translator_for(request), "", asked, done_id=done)
        return render(request, _PAGE, page, section="approvals")

    @get("/{post_id:str}", name="admin:approvals:show")
    async def show_post(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        post_id: FromPath[str],
        creator: FromQuery[bool] = False,
    ) -> Template:
        """Show one post that waits."""
        asked = Asked(viewer_id=admin.id, with_creator=creator)
        page = await read_approvals(resources, translator_for(request), post_id, asked)
        return render(request, _PAGE, page, section="approvals")

    @get("/{post_id:str}/creator", name="admin:approvals:creator", opt={"same_site": True})
    async def show_creator(
        self, request: HTMXRequest, resources: NamedDependency[Resources], post_id: FromPath[str]
    ) -> Template:
        """Ask TikTok what the account of this post may do now."""
        screen = await read_screen(resources, translator_for(request), post_id, Asked(with_creator=True))
        return render(request, "admin/approval/_creator.html", screen, path=f"{DESK}/{post_id}")

    @get("/{post_id:str}/boost", name="admin:approvals:boost", opt=ADMIN)
    async def show_boost(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        post_id: FromPath[str],
    ) -> Template:
        """Tell whether this post could be boosted once it is out; only an admin spends money."""
        ahead = await read_ahead(resources, translator_for(request), post_id, admin.id)
        return render(request, "admin/approval/_boost.html", ahead, path=f"{DESK}/{post_id}")

    @post("/{post_id:str}/look", status_code=200, name="admin:approvals:look", opt={"untold": True})
    async def keep_looking(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        post_id: FromPath[str],
        seen: Annotated[str, QueryParameter(max_length=64)] = "",
    ) -> Template:
        """Say that somebody looks at this post still, and tell who else does, and whether it is still the same."""
        async with resources.transaction() as session:
            post = await get_post(session, resources.settings, post_id)
            await viewers.look(session, post_id, admin.id, _name(admin))
            others = await viewers.list_viewers(session, post_id, but=admin.id)
        is_same = post.content_hash == seen and "approve" in post.actions
        context = Looking(f"{DESK}/{post_id}", others, seen, is_same)
        return render(request, "admin/approval/_viewers.html", context, path=f"{DESK}/{post_id}")

    @post("/{post_id:str}/approve", status_code=303, name="admin:approvals:approve")
    async def approve(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        post_id: FromPath[str],
        data: URLEncodedBody[ApprovalInput],
    ) -> Template | Redirect:
        """Consent, and go on to the next post."""
        try:
            await decide(resources, post_id, "approve", data.to_decision(), by=admin.email)
        except AppError as error:
            return await _refuse(request, resources, admin, post_id, error, data)
        return Redirect(f"{DESK}?done={post_id}", status_code=303)

    @post("/{post_id:str}/reject", status_code=303, name="admin:approvals:reject")
    async def reject(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        post_id: FromPath[str],
        data: URLEncodedBody[RejectInput],
    ) -> Template | Redirect:
        """Send a post back with a comment, and go on to the next."""
        try:
            await decide(resources, post_id, "reject", data.to_decision(), by=admin.email)
        except AppError as error:
            return await _refuse(request, resources, admin, post_id, error, None)
        return Redirect(f"{DESK}?done={post_id}", status_code=303)

    @post("/{post_id:str}/save", status_code=200, name="admin:approvals:save")
    async def save(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        post_id: FromPath[str],
        data: URLEncodedBody[SaveInput],
    ) -> Template:
        """Keep the text and the order of the pictures; what else is chosen on the screen stays on it."""
        try:
            await decide(resources, post_id, "revise", data.to_change(), by=admin.email)
        except AppError as error:
            return await _refuse(request, resources, admin, post_id, error, data)
        async with resources.read() as session:
            stored = await get_post(session, resources.settings, post_id)
        # What is stored has the new order: the pictures are numbered anew.
        kept = {"title": stored.title, "description": stored.description, "content_hash": stored.content_hash,
                "order": []}  # fmt: skip
        asked = Asked(viewer_id=admin.id, typed=data.model_copy(update=kept))
        page = await read_approvals(resources, translator_for(request), post_id, asked)
        return render(request, _PAGE, page, section="approvals", path=f"{DESK}/{post_id}")

    @post("/{post_id:str}/link", status_code=200, name="admin:approvals:link")
    async def make_link(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        post_id: FromPath[str],
        data: URLEncodedBody[LinkInput],
    ) -> Template:
        """Make a one-time link, which is shown once."""
        try:
            made = await make_sign_off_link(resources, post_id, data.to_create(), by=admin.email)
        except AppError as error:
            return await _refuse(request, resources, admin, post_id, error, None)
        link = NewLink(made.url, data.to_create().name, made.expires_at)
        page = await read_approvals(
            resources, translator_for(request), post_id, Asked(viewer_id=admin.id), new_link=link
        )
        return render(request, _PAGE, page, section="approvals", path=f"{DESK}/{post_id}")


def page_status(request: HTMXRequest, error: AppError) -> int:
    """HTMX puts no answer with an error's status into the page."""
    return 200 if request.htmx else error.status_code


async def _refuse(
    request: HTMXRequest,
    resources: Resources,
    admin: Admin,
    post_id: str,
    error: AppError,
    typed: ApprovalInput | None,
) -> Template:
    """Show the screen anew, with what is wrong and what was typed."""
    i18n = translator_for(request)
    asked = Asked(viewer_id=admin.id, typed=typed, is_outdated=error.code == _OUTDATED, error=explain(i18n, error))
    page = await read_approvals(resources, i18n, post_id, asked)
    status = page_status(request, error)
    return render(request, _PAGE, page, section="approvals", path=f"{DESK}/{post_id}", status_code=status)


def _name(admin: Admin) -> str:
    return admin.name or admin.email
