"""Sign-off by a one-time link: pages that need no login. The address is the secret, so it goes nowhere else."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import File, Template

from app.admin.approval.form import SaveInput
from app.admin.approval.screen import Asked, Looking, Screen, read_screen
from app.admin.posts.controllers_videos import send_video
from app.admin.posts.pictures import find_picture
from app.admin.shell.forms import ApprovalInput, RejectInput
from app.admin.shell.frame import render, translator_for
from app.admin.wording.errors import explain
from app.admin.wording.states import STATES, StateWords
from app.errors import AppError
from app.posts.face.sign_off import PAGE, decide_by_link, open_link
from app.posts.face.viewers import list_viewers, look
from app.posts.models import Post, PostState
from app.posts.models_approval import SignOffLink
from app.resources import Resources

_JPEG = "image/jpeg"
# Not even our own addresses are told where a reader came from.
_HEADERS = {"Referrer-Policy": "strict-origin", "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
_OUTDATED = "approval_outdated"


@dataclass(frozen=True, slots=True)
class SignOffPage:
    """The screen, or what is said in its place."""

    screen: Screen | None = None
    said: str = ""
    words: StateWords | None = None
    is_sent_back: bool = False


class SignOffPages(Controller):
    """One post, one decision."""

    path = PAGE
    include_in_schema = False
    opt = {"public": True}  # noqa: RUF012

    @get("/{token:str}", name="sign_off:show")
    async def show_post(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        token: FromPath[str],
        creator: FromQuery[bool] = False,
    ) -> Template:
        """Show the post that the link is for."""
        return await _guarded(request, lambda: _show(request, resources, token, Asked(with_creator=creator)))

    @get("/{token:str}/creator", name="sign_off:creator")
    async def show_creator(
        self, request: HTMXRequest, resources: NamedDependency[Resources], token: FromPath[str]
    ) -> Template:
        """Ask TikTok what the creator may do now."""

        async def answer() -> Template:
            link, post_row = await _open(resources, token)
            asked = Asked(base=f"{PAGE}/{token}", with_creator=True)
            screen = await read_screen(resources, translator_for(request), post_row.id, asked)
            return _told(render(request, "admin/approval/_creator.html", _of_link(screen, link)))

        return await _guarded(request, answer)

    @get("/{token:str}/pictures/{number:int}", name="sign_off:picture")
    async def show_picture(
        self, resources: NamedDependency[Resources], token: FromPath[str], number: FromPath[int]
    ) -> File:
        """Give a picture to whoever holds the link."""
        _, row = await _open(resources, token)
        path = await find_picture(resources, row.id, number)
        return File(path, media_type=_JPEG, content_disposition_type="inline", headers=_HEADERS)

    @get("/{token:str}/video", name="sign_off:video")
    async def show_video(
        self, request: Request[Any, Any, Any], resources: NamedDependency[Resources], token: FromPath[str]
    ) -> Response[Any]:
        """Give the video to whoever holds the link."""
        _, row = await _open(resources, token)
        answer = await send_video(request, resources, row.id)
        answer.headers.update(_HEADERS)
        return answer

    @post("/{token:str}/look", status_code=200, name="sign_off:look")
    async def keep_looking(
        self, request: HTMXRequest, resources: NamedDependency[Resources], token: FromPath[str]
    ) -> Template:
        """Say that somebody looks at this post still, and tell who else does."""

        async def answer() -> Template:
            link, row = await _open(resources, token)
            async with resources.transaction() as session:
                await look(session, row.id, link.id, link.made_for)
                others = await list_viewers(session, row.id, but=link.id)
            context = Looking(f"{PAGE}/{token}", others)
            return _told(render(request, "admin/approval/_viewers.html", context))

        return await _guarded(request, answer)

    @post("/{token:str}/arrange", status_code=200, name="sign_off:arrange")
    async def arrange(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        token: FromPath[str],
        data: URLEncodedBody[SaveInput],
    ) -> Template:
        """Show the pictures in another order. Nothing is kept: the order is part of the consent."""

        async def answer() -> Template:
            typed = data.model_copy(update={"order": data.moved()})
            return await _show(request, resources, token, Asked(typed=typed))

        return await _guarded(request, answer)

    @post("/{token:str}/approve", status_code=200, name="sign_off:approve")
    async def approve(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        token: FromPath[str],
        data: URLEncodedBody[ApprovalInput],
    ) -> Template:
        """Consent. The link is used up by it."""
        return await _decide(request, resources, token, "approve", data)

    @post("/{token:str}/reject", status_code=200, name="sign_off:reject")
    async def reject(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        token: FromPath[str],
        data: URLEncodedBody[RejectInput],
    ) -> Template:
        """Send the post back with a comment. The link is used up by it."""
        return await _decide(request, resources, token, "reject", data)


async def _decide(
    request: HTMXRequest, resources: Resources, token: str, name: str, data: ApprovalInput | RejectInput
) -> Template:
    async def answer() -> Template:
        # First whether the link is good: of what a stranger sends nothing is told.
        await _open(resources, token)
        try:
            decided = await decide_by_link(resources, token, name, data.to_decision())
        except AppError as error:
            typed = data if isinstance(data, ApprovalInput) else None
            said = explain(translator_for(request), error)
            asked = Asked(typed=typed, is_outdated=error.code == _OUTDATED, error=said)
            return await _show(request, resources, token, asked, status_code=error.status_code)
        is_back = decided.state is PostState.cancelled
        page = SignOffPage(words=STATES[decided.state], is_sent_back=is_back)
        return _told(render(request, "admin/approval/sign_off.html", page))

    return await _guarded(request, answer)


async def _show(
    request: HTMXRequest, resources: Resources, token: str, asked: Asked, *, status_code: int = 200
) -> Template:
    link, row = await _open(resources, token)
    at_link = replace(asked, base=f"{PAGE}/{token}", viewer_id=link.id)
    screen = await read_screen(resources, translator_for(request), row.id, at_link)
    page = SignOffPage(screen=_of_link(screen, link))
    path = f"{PAGE}/{token}"
    return _told(render(request, "admin/approval/sign_off.html", page, path=path, status_code=status_code))


def _of_link(screen: Screen, link: SignOffLink) -> Screen:
    return replace(screen, sign_off_for=link.made_for, sign_off_by=link.made_by, expires_at=link.expires_at)


async def _guarded(request: HTMXRequest, answer: Callable[[], Awaitable[Template]]) -> Template:
    """Say on a page of its own that a link is over."""
    try:
        return await answer()
    except AppError as error:
        page = SignOffPage(said=explain(translator_for(request), error))
        return _told(render(request, "admin/approval/sign_off.html", page, status_code=error.status_code))


async def _open(resources: Resources, token: str) -> tuple[SignOffLink, Post]:
    async with resources.read() as session:
        return await open_link(session, token)


def _told(answer: Template) -> Template:
    answer.headers.update(_HEADERS)
    return answer
