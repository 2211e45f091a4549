"""The calendar: looked at, and posts moved in it."""

from datetime import UTC, datetime
from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template
from pydantic import BaseModel, Field

from app.admin.calendar.page import read_calendar_page
from app.admin.shell.frame import render, translator_for
from app.admin.wording.errors import explain
from app.auth.access import EDITOR
from app.auth.models import Admin
from app.errors import AppError, Invalid
from app.kit.clock import utcnow
from app.kit.zones import zone_of
from app.messages import uploads
from app.messages.translator import Translator
from app.posts.face.decisions import decide
from app.posts.schemas_decisions import PostRevise
from app.resources import Resources

_Short = Annotated[str, QueryParameter(max_length=64)]
_Field = Annotated[str, Field(max_length=64)]


class MoveInput(BaseModel):
    """A post and its new time, in the calendar's zone; the rest says where the page stood."""

    post_id: _Field = ""
    at: _Field = ""
    view: _Field = ""
    day: _Field = ""
    account: _Field = ""


class CalendarPages(Controller):
    """Drag and keys press the same button as a person without script."""

    path = "/calendar"
    opt = EDITOR

    @get(name="admin:calendar")
    async def show_calendar(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        view: _Short = "",
        day: _Short = "",
        account: _Short = "",
    ) -> Template:
        """Show some days."""
        page = await read_calendar_page(resources, translator_for(request), view=view, day=day, account_id=account)
        return render(request, "admin/calendar/calendar.html", page, section="calendar")

    @post("/move", name="admin:calendar:move", status_code=303)
    async def move(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        data: URLEncodedBody[MoveInput],
    ) -> Template | Redirect:
        """Give a post another time, and show the calendar where it stood; a refusal stands above it."""
        i18n = translator_for(request)
        try:
            at = _read_time(resources, i18n, data.at)
            await decide(resources, data.post_id, "revise", PostRevise(scheduled_at=at), by=admin.email)
        except AppError as error:
            page = await read_calendar_page(
                resources, i18n, view=data.view, day=data.day, account_id=data.account, error=explain(i18n, error)
            )
            return render(request, "admin/calendar/calendar.html", page, section="calendar", path="/admin/calendar",
                          status_code=error.status_code)  # fmt: skip
        page = await read_calendar_page(resources, i18n, view=data.view, day=data.day, account_id=data.account)
        return Redirect(f"{page.here}&notice=moved#post-{data.post_id}", status_code=303)


def _read_time(resources: Resources, i18n: Translator, text: str) -> datetime:
    zone = zone_of(i18n.zone or resources.settings.timezone or "UTC")
    try:
        chosen = datetime.strptime(text[:16], "%Y-%m-%dT%H:%M").replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(uploads.CHOOSE_TIME, code="choose_time") from None
    if chosen <= utcnow():
        raise Invalid(uploads.TIME_OVER, code="time_is_over")
    return chosen
