"""Webhooks, signed as Standard Webhooks 1.0.0 says: the id is the message's, and stays the same at every try."""

from collections.abc import Mapping
from typing import Any

import msgspec
from standardwebhooks import Webhook

from app.kit.clock import utcnow
from app.kit.http.addresses import FetchRefused
from app.kit.http.hooks import send_hook
from app.notifications.channels.answer import Answer
from app.notifications.models import NotificationMessage
from app.notifications.secrets import reveal
from app.notifications.wording import Writer, why_of
from app.outbox.models_endpoints import NotificationEndpoint
from app.resources import Resources

DEADLINE_SECONDS = 15.0
_ABOUT_MESSAGE = frozenset({400, 406, 409, 413, 422})


async def send(app: Resources, endpoint: NotificationEndpoint, message: NotificationMessage) -> Answer:
    """Send it once."""
    body = write_document(message, Writer(endpoint, app.settings.public_url))
    now = utcnow()
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message_id(message),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(reveal(endpoint, app.keyring)).sign(message_id(message), now, body.decode()),
    }
    try:
        answer = await send_hook(
            endpoint.address,
            body,
            headers,
            allow_hosts=app.settings.fetch_allow_hosts,
            deadline=DEADLINE_SECONDS,
        )
    except FetchRefused as refused:
        return Answer(is_delivered=False, text=refused.code)
    status = answer.status
    return Answer(
        is_delivered=status is not None and 200 <= status < 300,
        status=status,
        text=answer.failure or answer.text,
        retry_after=answer.retry_after,
        is_about_message=status in _ABOUT_MESSAGE,
        is_gone=status == 410,
    )


def message_id(message: NotificationMessage) -> str:
    """The id by which receivers know a message."""
    return f"msg_{message.id.replace('-', '')}"


def write_document(message: NotificationMessage, writer: Writer) -> bytes:
    """Write the body: of one event its data, of several a list of them."""
    first, items = message.items[0], message.items
    data = _data(message.type, first, writer)
    if len(items) > 1:
        summary = writer.write(message).subject
        listed = [{"timestamp": item["at"], **_data(message.type, item, writer)} for item in items]
        data = {"summary": summary, "count": len(items), "items": listed}
    return msgspec.json.encode({"type": message.type, "timestamp": items[-1]["at"], "data": data})


def _data(event_type: str, item: Mapping[str, Any], writer: Writer) -> dict[str, Any]:
    facts, why = dict(item["data"]), why_of(item["data"])
    facts.pop("why", None)
    if why is not None:
        facts["message"] = writer.say(why)
        facts["message_code"] = why.code or None
    is_escalation = bool(item.get("is_escalation"))
    summary = writer.summary(event_type, item)
    url = writer.page(item, event_type)
    return {"event_id": item["id"], "summary": summary, **facts, "escalated": is_escalation, "url": url}
