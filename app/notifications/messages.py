"""What an endpoint was told: the list, a replay, and a test."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.errors import Conflict, NotFound
from app.jobs import enqueue
from app.kit.clock import rfc3339, utcnow
from app.kit.paging import Page, paginate
from app.kit.rows import find_row
from app.messages import notifications as said
from app.notifications.channels.answer import Answer
from app.notifications.deliver import note_success, send
from app.notifications.endpoints import get_endpoint
from app.notifications.gather import DELIVER
from app.notifications.models import MessageState, NotificationMessage
from app.notifications.wording import TEST
from app.outbox.models_endpoints import NotificationEndpoint
from app.resources import Resources


async def list_messages(
    session: AsyncSession, endpoint_id: str, *, limit: int = 50, cursor: str | None = None, owner_id: str | None = None
) -> Page[NotificationMessage]:
    """List what an endpoint was told, newest first. Raises NotFound."""
    endpoint = await get_endpoint(session, endpoint_id, owner_id=owner_id)
    query = select(NotificationMessage).where(NotificationMessage.endpoint_id == endpoint.id)
    return await paginate(session, query, col(NotificationMessage.id), limit=limit, cursor=cursor)


async def find_message(session: AsyncSession, message_id: str) -> NotificationMessage | None:
    """Find one message."""
    return await find_row(session, NotificationMessage, message_id)


async def replay(session: AsyncSession, message_id: str, *, owner_id: str | None = None) -> NotificationMessage:
    """Send a message now, whatever became of it: under its own id, so that who has it knows it again.

    Raises NotFound, and Conflict where its endpoint is switched off.
    """
    known = await find_message(session, message_id)
    if known is None:
        raise NotFound(said.NO_DELIVERY, code="delivery_not_found")
    endpoint = await _get_owner(session, known, owner_id)
    if not endpoint.enabled:
        raise Conflict(said.TURNED_OFF, code="notification_off")
    # Its row may have changed while the endpoint's was waited for.
    message = await session.get_one(NotificationMessage, message_id, populate_existing=True, with_for_update=True)
    message.state, message.next_attempt_at = MessageState.waiting, utcnow()
    message.first_attempt_at = message.delivered_at = None
    endpoint.paused_until = None
    session.add_all([message, endpoint])
    await session.flush()
    enqueue(session, DELIVER, endpoint.id, job_id=f"{DELIVER}:{endpoint.id}")
    return message


async def _get_owner(session: AsyncSession, message: NotificationMessage, owner_id: str | None) -> NotificationEndpoint:
    try:
        return await get_endpoint(session, message.endpoint_id, owner_id=owner_id, is_locked=True)
    except NotFound:
        raise NotFound(said.NO_DELIVERY, code="delivery_not_found") from None


async def send_test(
    app: Resources, endpoint_id: str, *, owner_id: str | None = None
) -> tuple[Answer, NotificationMessage]:
    """Send a message that only shows that the way is open, once; a success ends what went wrong before."""
    async with app.read() as session:
        endpoint = await get_endpoint(session, endpoint_id, owner_id=owner_id)
    now = utcnow()
    message = NotificationMessage(endpoint_id=endpoint.id, type=TEST, attempts=1, first_attempt_at=now)
    subject = f"endpoint:{endpoint.id}"
    message.items = [{"id": message.id, "at": rfc3339(now), "subject": subject, "is_escalation": False, "data": {}}]
    answer = await send(app, endpoint, message)
    now = utcnow()
    message.state = MessageState.delivered if answer.is_delivered else MessageState.failed
    message.delivered_at, message.next_attempt_at = (now if answer.is_delivered else None), None
    message.tries = [{"at": rfc3339(now), "attempt": 1, "status": answer.status, "text": answer.shown_text}]
    async with app.transaction() as session:
        await get_endpoint(session, endpoint_id, owner_id=owner_id, is_locked=True)
        session.add(message)
        if answer.is_delivered:
            await note_success(session, endpoint_id, now)
    return answer, message
