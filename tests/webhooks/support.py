"""TikTok's side of a webhook: events made and signed as its documentation says."""

import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlmodel import col, select

from app.accounts.tokens.credentials import webhook_secrets
from app.resources import Resources
from app.webhooks.inbox import SecretFinder, receive_event
from app.webhooks.models import WebhookEvent


def make_event(
    event: str, open_id: str | None, content: Any, *, client_key: str, created_at: float | None = None
) -> bytes:
    body: dict[str, Any] = {"client_key": client_key, "event": event, "create_time": int(created_at or time.time())}
    if open_id is not None:
        body["user_openid"] = open_id
    return json.dumps(body | {"content": json.dumps(content)}).encode()


def sign(secret: str, body: bytes, signed_at: float | None = None) -> str:
    moment = str(int(signed_at or time.time()))
    return f"t={moment},s={hmac.new(secret.encode(), moment.encode() + b'.' + body, hashlib.sha256).hexdigest()}"


async def tell(
    app: Resources, event: str, open_id: str | None, *, created_at: float | None = None, **content: Any
) -> str:
    """Let an event of TikTok's arrive, and give its id; a worker is woken for it."""
    body = make_event(event, open_id, content, client_key=app.settings.client_key, created_at=created_at)
    signature = sign(app.settings.client_secret.get_secret_value(), body)
    await receive_event(app, body, signature, SecretFinder(partial(webhook_secrets, app)))
    return (await list_events(app))[-1].id


async def list_events(app: Resources) -> Sequence[WebhookEvent]:
    async with app.read() as session:
        return (await session.exec(select(WebhookEvent).order_by(col(WebhookEvent.id)))).all()
