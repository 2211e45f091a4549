"""TikTok's events: made, signed, delivered at least once, repeated with back-off for 72 hours."""

import asyncio
import hashlib
import hmac
import json
import time
from typing import Any

from app.emulator.world.outbound import UNREACHABLE, open_client
from app.emulator.world.outbox import Attempt, Delivery
from app.emulator.world.records import Post
from app.emulator.world.world import World

_GIVE_UP_SECONDS = 72 * 3_600
_PARK_SECONDS = 1.0


def emit(world: World, event: str, open_id: str | None, content: dict[str, Any]) -> None:
    if world.settings.webhook_url is not None:
        make(world, event, open_id, content)


def emit_for_post(world: World, post: Post, what: str, **content: Any) -> None:
    emit(
        world,
        f"post.publish.{what}",
        post.open_id,
        {"publish_id": post.publish_id, **content, "publish_type": post.publish_type},
    )


def make(
    world: World, event: str, open_id: str | None, content: dict[str, Any], signature: str = "valid"
) -> list[Delivery]:
    """Make an event and send it on its way, with as many duplicates as the settings ask for."""
    now = world.clock.now()
    envelope: dict[str, Any] = {"client_key": world.settings.client_key, "event": event, "create_time": int(now)}
    if open_id is not None:
        envelope["user_openid"] = open_id
    envelope["content"] = json.dumps(content, separators=(",", ":"))
    body = json.dumps(envelope, separators=(",", ":")).encode()
    made = [world.outbox.new(event, body, now, signature) for _ in range(1 + world.settings.webhook_duplicates)]
    for delivery in made:
        _route(world, delivery)
    return made


def release(world: World, order: str) -> int:
    held, world.outbox.held = world.outbox.held, []
    for delivery in held:
        delivery.state = "pending"
    world.spawn(_deliver(world, held[::-1] if order == "reversed" else held))
    return len(held)


def sign(secret: str, body: bytes, timestamp: int) -> str:
    """Write the value of the TikTok-Signature header."""
    signed = str(timestamp).encode() + b"." + body
    return f"t={timestamp},s={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def _route(world: World, delivery: Delivery) -> None:
    outbox = world.outbox
    if outbox.drop_next > 0:
        outbox.drop_next -= 1
        delivery.state = "dropped"
    elif world.settings.webhook_hold:
        delivery.state = "held"
        outbox.held.append(delivery)
    elif world.settings.webhook_reorder:
        outbox.parked.append(delivery)
        world.spawn(_deliver_parked(world))
    else:
        world.spawn(_deliver(world, [delivery]))


async def _deliver_parked(world: World) -> None:
    """Let the next event overtake this one: two that are parked leave in reverse, a lone one after a moment."""
    if len(world.outbox.parked) < 2:
        await asyncio.sleep(_PARK_SECONDS)
    parked, world.outbox.parked = world.outbox.parked, []
    await _deliver(world, parked[::-1])


async def _deliver(world: World, deliveries: list[Delivery]) -> None:
    """Try each once, in turn, because their order may be the point; repeat those that failed on their own."""
    for delivery in deliveries:
        header = _make_header(world, delivery)
        if not await _try(world, delivery, header):
            world.spawn(_repeat(world, delivery, header))


async def _repeat(world: World, delivery: Delivery, header: str | None) -> None:
    scale = world.settings.webhook_time_scale
    while True:
        due = delivery.attempts[-1].at + _wait_before(world, len(delivery.attempts))
        if due > delivery.created_at + _GIVE_UP_SECONDS * scale:
            delivery.state = "given up"
            return
        await world.clock.sleep_until(due)
        if world.settings.webhook_resign:
            header = _make_header(world, delivery)
        if await _try(world, delivery, header):
            return


async def _try(world: World, delivery: Delivery, header: str | None) -> bool:
    attempt = await _attempt(world, delivery, header)
    delivery.attempts.append(attempt)
    # 200 and nothing else: TikTok counts any other answer as a failure.
    if attempt.http_status == 200:
        delivery.state = "delivered"
    return attempt.http_status == 200


def _make_header(world: World, delivery: Delivery) -> str | None:
    # In real time, whatever the emulator's clock says: the receiver judges the age by its own.
    valid = sign(world.settings.client_secret, delivery.body, int(time.time()))
    match delivery.signature:
        case "missing":
            return None
        case "wrong":
            return valid[:-4] + ("0000" if valid[-4:] != "0000" else "1111")
        case _:
            return valid


def _wait_before(world: World, attempts: int) -> float:
    schedule = world.settings.webhook_retry_seconds
    return schedule[min(attempts, len(schedule)) - 1] * world.settings.webhook_time_scale


async def _attempt(world: World, delivery: Delivery, signature: str | None) -> Attempt:
    now = world.clock.now()
    headers = {"Content-Type": "application/json"}
    if signature is not None:
        headers["TikTok-Signature"] = signature
    if world.settings.webhook_url is None:
        return Attempt(now, None, "no webhook_url is set")
    try:
        async with (
            asyncio.timeout(world.settings.webhook_timeout),
            open_client(world, world.settings.webhook_timeout) as client,
        ):
            answer = await client.post(world.settings.webhook_url, content=delivery.body, headers=headers)
    except (*UNREACHABLE, TimeoutError) as error:
        return Attempt(now, None, f"{type(error).__name__}: {error}")
    return Attempt(now, answer.status_code, None)
