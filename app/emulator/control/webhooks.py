"""The control of webhooks: what was sent, and what is to be sent, lost or let go."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import ClientException
from litestar.params import RawBody

from app.emulator.control.control import decode
from app.emulator.webhooks import events
from app.emulator.world.world import World


class Event(msgspec.Struct, forbid_unknown_fields=True):
    event: str
    open_id: str | None = None
    content: dict[str, Any] = {}
    signature: Literal["valid", "wrong", "missing"] = "valid"


class Drop(msgspec.Struct, forbid_unknown_fields=True):
    count: Annotated[int, msgspec.Meta(ge=0)] = 1


class Release(msgspec.Struct, forbid_unknown_fields=True):
    order: Literal["fifo", "reversed"] = "fifo"


@get("/webhooks")
async def list_webhooks(world: NamedDependency[World]) -> dict[str, Any]:
    return {"items": [delivery.as_json() for delivery in world.outbox.deliveries]}


@post("/webhooks/send", status_code=200)
async def send_webhook(body: RawBody, world: NamedDependency[World]) -> dict[str, Any]:
    data = decode(body, Event)
    if world.settings.webhook_url is None:
        raise ClientException("webhook_url is not set")
    made = events.make(world, data.event, data.open_id, data.content, data.signature)
    return {"items": [delivery.as_json() for delivery in made]}


@post("/webhooks/drop", status_code=200)
async def drop_webhooks(body: RawBody, world: NamedDependency[World]) -> dict[str, int]:
    data = decode(body, Drop)
    world.outbox.drop_next = data.count
    return {"drop_next": data.count}


@post("/webhooks/release", status_code=200)
async def release_webhooks(body: RawBody, world: NamedDependency[World]) -> dict[str, int]:
    data = decode(body, Release)
    return {"released": events.release(world, data.order)}


handlers = [list_webhooks, send_webhook, drop_webhooks, release_webhooks]
