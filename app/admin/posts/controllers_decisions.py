"""The buttons on a post's page: each is a decision, or two, with what its form holds; one handler serves them all."""

from dataclasses import dataclass
from typing import Any, Protocol

from litestar import post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template
from pydantic import BaseModel

from app.admin.posts.post_page import read_post_page
from app.admin.shell.forms import ApprovalInput, RejectInput, ResolveInput, ReviseInput
from app.admin.shell.frame import render, translator_for
from app.admin.wording.errors import explain
from app.auth.models import Admin
from app.errors import AppError
from app.posts.face.decisions import DECISIONS, decide
from app.resources import Resources

_LIST = "/admin/posts"


class Form(Protocol):
    """What a form sends, which knows what it means."""

    def to_decision(self) -> BaseModel: ...


@dataclass(frozen=True, slots=True)
class Button:
    """A decision as a page offers it; `then` is one that follows at once, `notice` what the page says afterwards."""

    decision: str
    notice: str
    form: type[Form] | None = None
    then: str = ""


_BUTTONS = (
    Button("approve", "approved", ApprovalInput),
    Button("reject", "rejected", RejectInput),
    Button("retry", "retried"),
    Button("revise", "retried", ReviseInput, then="retry"),
    Button("cancel", "cancelled"),
    Button("restore", "brought_back"),
    Button("resolve", "resolved", ResolveInput),
    Button("check", "checked"),
    Button("dismiss", "dismissed"),
)


def button_handlers() -> list[HTTPRouteHandler]:
    """Make the routes of all buttons. Every form works without script; HTMX only saves reloads."""
    return [_make_handler(button) for button in _BUTTONS]


def _make_handler(button: Button) -> HTTPRouteHandler:
    async def press(
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        post_id: FromPath[str],
        data: URLEncodedBody[Form],
    ) -> Template | Redirect:
        return await _press(request, resources, post_id, button, data, by=admin.email)

    async def press_plain(
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        post_id: FromPath[str],
    ) -> Template | Redirect:
        return await _press(request, resources, post_id, button, None, by=admin.email)

    handler: Any = press_plain if button.form is None else press
    if button.form is not None:
        handler.__annotations__["data"] = URLEncodedBody[button.form]  # type: ignore[misc, name-defined]
    path, name = f"/posts/{{post_id:str}}/{button.decision}", f"admin:posts:{button.decision}"
    made: HTTPRouteHandler = post(path, status_code=303, name=name, opt={"role": DECISIONS[button.decision].role})(
        handler
    )
    return made


async def _press(
    request: HTMXRequest, resources: Resources, post_id: str, button: Button, form: Form | None, *, by: str
) -> Template | Redirect:
    """Carry out a decision and show the post anew; a refusal stands above it, with what was typed."""
    try:
        await decide(resources, post_id, button.decision, form.to_decision() if form else None, by=by)
        if button.then:
            await decide(resources, post_id, button.then, by=by)
    except AppError as error:
        i18n = translator_for(request)
        page = await read_post_page(resources, i18n, post_id, typed=form)
        return render(
            request,
            "admin/posts/post.html",
            page,
            section="posts",
            error=explain(i18n, error),
            path=f"{_LIST}/{post_id}",
            status_code=error.status_code,
        )
    return Redirect(f"{_LIST}/{post_id}?notice={button.notice}", status_code=303)
