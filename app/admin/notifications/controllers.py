"""The pages of notifications: who is told of what, a test at the press of a button, and what was sent."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from app.admin.notifications.form import NotificationInput
from app.admin.notifications.page import PATH, find_place, read_deliveries, read_page, title_of
from app.admin.notifications.views import Asked, NewSecretView
from app.admin.settings.page import Problem
from app.admin.shell.frame import render, translator_for
from app.admin.wording.errors import explain
from app.auth.access import EDITOR
from app.auth.models import Admin
from app.errors import AppError
from app.notifications import endpoints, messages
from app.notifications.endpoints import owned_by
from app.notifications.news import mark_read
from app.notifications.schemas import EndpointUpdate
from app.resources import Resources
from app.web.list_parameters import RowId

_TEMPLATE = "admin/notifications/notifications.html"


class NotificationPages(Controller):
    """Every form works without script, and every answer stands where the form was."""

    path = "/notifications"
    opt = EDITOR

    @get(name="admin:notifications")
    async def show_notifications(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        tested: RowId = None,
    ) -> Template:
        """Show who is told, and how a test ended: to an editor their own, to an admin all."""
        return await _show(request, resources, Asked(tested_id=tested or "", owner_id=owned_by(admin), person=admin))

    @post("/read", status_code=303, name="admin:notifications:read")
    async def mark_all_read(
        self, request: HTMXRequest, resources: NamedDependency[Resources], admin: NamedDependency[Admin]
    ) -> Redirect | Response[None]:
        """Say that what there is has been seen."""
        async with resources.transaction() as session:
            await mark_read(session, admin)
        return Response(None, status_code=204) if request.htmx else Redirect(PATH, status_code=303)

    @post(status_code=201, name="admin:notifications:add")
    async def add_notification(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        data: URLEncodedBody[NotificationInput],
    ) -> Template | Redirect:
        """Have somebody told; the answer shows a webhook's secret, and nothing ever does again."""
        try:
            async with resources.transaction() as session:
                made = await endpoints.create_endpoint(session, resources, data.to_create(), owner_id=admin.id)
        except AppError as error:
            return await _refuse(request, resources, admin, f"new-{data.channel}", error, data)
        if made.secret is None:
            return Redirect(f"{PATH}?notice=notification_added#endpoint-{made.endpoint.id}", status_code=303)
        return await _show_secret(request, resources, admin, made, status_code=201)

    @get("/{notification_id:str}", name="admin:notifications:deliveries")
    async def show_deliveries(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        notification_id: FromPath[str],
        cursor: RowId = None,
    ) -> Template:
        """Show what one was told in the last 30 days, with each answer."""
        i18n = translator_for(request)
        page = await read_deliveries(resources, i18n, notification_id, cursor, owner_id=owned_by(admin))
        return render(request, "admin/notifications/deliveries.html", page, section="notifications")

    @post("/{notification_id:str}", status_code=303, name="admin:notifications:update")
    async def save_notification(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        notification_id: FromPath[str],
        data: URLEncodedBody[NotificationInput],
    ) -> Template | Redirect:
        """Change one."""
        try:
            async with resources.transaction() as session:
                mine = owned_by(admin)
                await endpoints.update_endpoint(session, resources, notification_id, data.to_update(), owner_id=mine)
        except AppError as error:
            return await _refuse(request, resources, admin, notification_id, error, data)
        return _done("saved", notification_id)

    @post("/{notification_id:str}/on", status_code=303, name="admin:notifications:on")
    async def switch_on(
        self, resources: NamedDependency[Resources], admin: NamedDependency[Admin], notification_id: FromPath[str]
    ) -> Redirect:
        """Switch one on again."""
        async with resources.transaction() as session:
            on, mine = EndpointUpdate(enabled=True), owned_by(admin)
            await endpoints.update_endpoint(session, resources, notification_id, on, owner_id=mine)
        return _done("saved", notification_id)

    @post("/{notification_id:str}/test", status_code=303, name="admin:notifications:test")
    async def test_notification(
        self, resources: NamedDependency[Resources], admin: NamedDependency[Admin], notification_id: FromPath[str]
    ) -> Redirect:
        """Send a test, and say beside it what the other side answered."""
        _, message = await messages.send_test(resources, notification_id, owner_id=owned_by(admin))
        return Redirect(f"{PATH}?tested={message.id}#endpoint-{notification_id}", status_code=303)

    @post("/{notification_id:str}/rotate", status_code=200, name="admin:notifications:rotate")
    async def rotate_secret(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        notification_id: FromPath[str],
    ) -> Template:
        """Make a new secret; the answer shows it, and nothing ever does again."""
        async with resources.transaction() as session:
            mine = owned_by(admin)
            made = await endpoints.rotate_secret(session, resources, notification_id, owner_id=mine)
        return await _show_secret(request, resources, admin, made, status_code=200)

    @post("/{notification_id:str}/delete", status_code=303, name="admin:notifications:delete")
    async def delete_notification(
        self, resources: NamedDependency[Resources], admin: NamedDependency[Admin], notification_id: FromPath[str]
    ) -> Redirect:
        """Remove one, with the list of what it was told."""
        async with resources.transaction() as session:
            await endpoints.delete_endpoint(session, notification_id, owner_id=owned_by(admin))
        return Redirect(f"{PATH}?notice=notification_removed", status_code=303)

    @post("/deliveries/{delivery_id:str}/replay", status_code=303, name="admin:notifications:replay")
    async def replay_delivery(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        delivery_id: FromPath[str],
    ) -> Template | Redirect:
        """Send a message once more."""
        mine = owned_by(admin)
        async with resources.read() as session:
            place = await find_place(session, delivery_id)
        try:
            async with resources.transaction() as session:
                message = await messages.replay(session, delivery_id, owner_id=mine)
        except AppError as error:
            if not place:
                raise
            i18n = translator_for(request)
            page = await read_deliveries(resources, i18n, place, None, owner_id=mine)
            return render(
                request, "admin/notifications/deliveries.html", page, section="notifications", path=f"{PATH}/{place}",
                error=explain(i18n, error), status_code=error.status_code,
            )  # fmt: skip
        return Redirect(f"{PATH}/{message.endpoint_id}?notice=replayed#message-{message.id}", status_code=303)


async def _show(request: HTMXRequest, resources: Resources, asked: Asked, *, status_code: int = 200) -> Template:
    page = await read_page(resources, translator_for(request), asked)
    return render(request, _TEMPLATE, page, section="notifications", path=PATH, status_code=status_code)


async def _refuse(
    request: HTMXRequest,
    resources: Resources,
    admin: Admin,
    place: str,
    error: AppError,
    typed: NotificationInput,
) -> Template:
    problem = Problem(place, explain(translator_for(request), error))
    return await _show(
        request,
        resources,
        Asked(problem=problem, typed=typed, owner_id=owned_by(admin), person=admin),
        status_code=error.status_code,
    )


async def _show_secret(
    request: HTMXRequest, resources: Resources, admin: Admin, made: endpoints.NewEndpoint, *, status_code: int
) -> Template:
    secret = NewSecretView(title_of(made.endpoint), made.secret or "")
    return await _show(
        request, resources, Asked(new_secret=secret, owner_id=owned_by(admin), person=admin), status_code=status_code
    )


def _done(notice: str, notification_id: str) -> Redirect:
    return Redirect(f"{PATH}?notice={notice}#endpoint-{notification_id}", status_code=303)
