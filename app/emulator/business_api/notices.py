"""Notices on their way to addresses that TikTok was given: signed, and repeated until they are answered with 200."""

import asyncio
import hashlib
import hmac
from typing import Any

import msgspec

from app.emulator.business_api.book import Book
from app.emulator.business_api.store import Doc
from app.emulator.world.outbound import UNREACHABLE, open_client
from app.emulator.world.world import World

_TRIES = (0.0, 1.0, 5.0, 30.0)
_PATIENCE = 10.0


def make_notice(book: Book, url: str, body: dict[str, Any]) -> Doc:
    """Keep a notice that is to be sent. Runs within a turn."""
    number = f"{book.next_number('notices'):012d}"
    notice = {"id": number, "url": url, "body": body, "state": "pending", "answers": []}
    book.store.put("notice", number, notice)
    return notice


def send_notices(book: Book, world: World, notices: list[Doc]) -> None:
    for notice in notices:
        world.spawn(_deliver(book, world, notice))


async def _deliver(book: Book, world: World, notice: Doc) -> None:
    """Send until it is answered with 200, a few times."""
    body = msgspec.json.encode(notice["body"])
    for pause in _TRIES:
        await asyncio.sleep(pause)
        now = int(world.clock.now())
        key = book.settings.app_secret.encode()
        sign = hmac.new(key, f"{now}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "TikTok-Signature": f"t={now},s={sign}",
            "webhook-schema-version": "1.0",
            "x-tt-logid": notice["id"],
        }
        try:
            async with asyncio.timeout(_PATIENCE), open_client(world, _PATIENCE) as client:
                answer = (await client.post(notice["url"], content=body, headers=headers)).status_code
        except (*UNREACHABLE, TimeoutError):
            answer = 0
        with book.turn():
            notice["answers"].append(answer)
            notice["state"] = "delivered" if answer == 200 else "failed"
            book.store.change("notice", notice["id"], notice)
        if answer == 200:
            return
