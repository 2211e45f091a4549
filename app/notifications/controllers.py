"""The routes: who is told, what they were told, a test, a replay."""

from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.access import EDITOR
from app.auth.models import Admin
from app.notifications import endpoints, messages
from app.notifications.endpoints import owned_by
from app.notifications.schemas import (
    DeliveryList,
    DeliveryRead,
    EndpointCreate,
    EndpointList,
    EndpointRead,
    EndpointUpdate,
    EndpointWithSecret,
    TestResult,
)
from app.resources import Resources
from app.web.list_parameters import Cursor, Limit


class NotificationController(Controller):
    path = "/api/notifications"
    tags = ("notifications",)
    opt = EDITOR

    @get("/", name="notifications:list", operation_id="ListNotifications")
    async def list_notifications(
        self,
        session: NamedDependency[AsyncSession],
        admin: NamedDependency[Admin],
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> EndpointList:
        """List who is told of what, newest first: to an editor their own, to an admin all."""
        page = await endpoints.list_endpoints(session, limit=limit, cursor=cursor, owner_id=owned_by(admin))
        return EndpointList(items=[EndpointRead.of(row) for row in page.items], next_cursor=page.next_cursor)

    @post("/", name="notifications:create", operation_id="CreateNotification")
    async def create_notification(
        self,
        data: JSONBody[EndpointCreate],
        session: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
    ) -> EndpointWithSecret:
        """Have somebody told. The secret that webhooks are signed with is shown in this answer and never again."""
        made = await endpoints.create_endpoint(session, resources, data, owner_id=admin.id)
        return _with_secret(made)

    @get("/{notification_id:str}", name="notifications:show", operation_id="GetNotification")
    async def get_notification(
        self,
        notification_id: FromPath[str],
        session: NamedDependency[AsyncSession],
        admin: NamedDependency[Admin],
    ) -> EndpointRead:
        """Show one."""
        return EndpointRead.of(await endpoints.get_endpoint(session, notification_id, owner_id=owned_by(admin)))

    @patch("/{notification_id:str}", name="notifications:update", operation_id="UpdateNotification")
    async def update_notification(
        self,
        notification_id: FromPath[str],
        data: JSONBody[EndpointUpdate],
        session: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
    ) -> EndpointRead:
        """Change one, or switch it on or off. What waits when it is switched off is not sent, but can be replayed."""
        mine = owned_by(admin)
        return EndpointRead.of(
            await endpoints.update_endpoint(session, resources, notification_id, data, owner_id=mine)
        )

    @delete("/{notification_id:str}", name="notifications:delete", operation_id="DeleteNotification")
    async def delete_notification(
        self,
        notification_id: FromPath[str],
        session: NamedDependency[AsyncSession],
        admin: NamedDependency[Admin],
    ) -> None:
        """Remove one, with the list of what it was told."""
        await endpoints.delete_endpoint(session, notification_id, owner_id=owned_by(admin))

    @post(
        "/{notification_id:str}/rotate-secret",
        name="notifications:rotate",
        operation_id="RotateNotificationSecret",
        status_code=200,
    )
    async def rotate_secret(
        self,
        notification_id: FromPath[str],
        session: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
    ) -> EndpointWithSecret:
        """Give a webhook a new secret, shown once. The old one ends at once."""
        mine = owned_by(admin)
        return _with_secret(await endpoints.rotate_secret(session, resources, notification_id, owner_id=mine))

    @post("/{notification_id:str}/test", name="notifications:test", operation_id="TestNotification", status_code=200)
    async def test_notification(
        self,
        notification_id: FromPath[str],
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
    ) -> TestResult:
        """Send a test now, and tell what the other side said. It works while the notification is switched off too."""
        return TestResult.of(*await messages.send_test(resources, notification_id, owner_id=owned_by(admin)))

    @get("/{notification_id:str}/deliveries", name="notifications:deliveries", operation_id="ListDeliveries")
    async def list_deliveries(
        self,
        notification_id: FromPath[str],
        session: NamedDependency[AsyncSession],
        admin: NamedDependency[Admin],
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> DeliveryList:
        """List what one was told in the last 30 days, newest first: each try, its answer, and the next try."""
        mine = owned_by(admin)
        page = await messages.list_messages(session, notification_id, limit=limit, cursor=cursor, owner_id=mine)
        return DeliveryList(items=[DeliveryRead.of(row) for row in page.items], next_cursor=page.next_cursor)


@post(
    "/api/deliveries/{delivery_id:str}/replay",
    name="deliveries:replay",
    operation_id="ReplayDelivery",
    tags=["notifications"],
    status_code=202,
    opt=EDITOR,
)
async def replay_delivery(
    delivery_id: FromPath[str], session: NamedDependency[AsyncSession], admin: NamedDependency[Admin]
) -> DeliveryRead:
    """Send a message once more, under its own id, whatever became of it."""
    return DeliveryRead.of(await messages.replay(session, delivery_id, owner_id=owned_by(admin)))


def _with_secret(made: endpoints.NewEndpoint) -> EndpointWithSecret:
    return EndpointWithSecret(**EndpointRead.of(made.endpoint).model_dump(), secret=made.secret)


route_handlers: list[ControllerRouterHandler] = [NotificationController, replay_delivery]
