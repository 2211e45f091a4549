"""Telegram: a bot of the newsroom's own writes into a chat, through Telegram's HTTP API.

The bot's token is part of the address there (core.telegram.org/bots/api#making-requests, seen November 2026), so no
address of this file may be logged or shown.
"""

import html
from typing import Any

import httpx
import msgspec

from app.kit.http.client import build_client, fetch_answer, retry_after_seconds
from app.kit.http.failures import failure_code
from app.notifications.channels.answer import Answer
from app.notifications.models import NotificationMessage
from app.notifications.secrets import reveal
from app.notifications.wording import Letter, Writer
from app.outbox.models_endpoints import NotificationEndpoint
from app.resources import Resources

DEADLINE_SECONDS = 15.0
_LONGEST = 4000
"""Telegram takes 4096 characters, counted after its own reading of the marks."""


async def send(app: Resources, endpoint: NotificationEndpoint, message: NotificationMessage) -> Answer:
    """Send it once."""
    letter = Writer(endpoint, app.settings.public_url).write(message)
    body = {
        "chat_id": endpoint.address,
        "text": write_text(letter),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }
    url = f"{app.settings.telegram_api_url.rstrip('/')}/bot{reveal(endpoint, app.keyring)}/sendMessage"
    async with build_client(max_connections=1) as client:
        request = client.build_request("POST", url, json=body)
        try:
            answer = await fetch_answer(client, request, deadline=DEADLINE_SECONDS, max_bytes=64 * 1024)
        except httpx.RequestError as error:
            return Answer(is_delivered=False, text=failure_code(error))
    said = _read(answer.body)
    is_ok = answer.status == 200 and said.get("ok") is True
    wait = _parameters(said).get("retry_after")
    return Answer(
        is_delivered=is_ok,
        status=answer.status,
        text="" if is_ok else str(said.get("description") or ""),
        retry_after=float(wait) if isinstance(wait, int) else retry_after_seconds(answer.headers),
    )


def write_text(letter: Letter) -> str:
    """Write a letter with the few marks that Telegram knows: whole paragraphs, as many as fit."""
    written: list[str] = []
    for place, one in enumerate(letter.paragraphs):
        links = [f'<a href="{html.escape(link.url)}">{html.escape(link.label)}</a>' for link in one.links]
        title = f"<b>{html.escape(one.title, quote=False)}</b>"
        part = "\n".join([title, *(html.escape(line, quote=False) for line in one.lines), " · ".join(links)])
        if place and sum(map(len, written)) + len(part) > _LONGEST:
            written.append("…")
            break
        written.append(part)
    return "\n\n".join([*written, html.escape(letter.rest, quote=False)]).strip()


def _read(body: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _parameters(said: dict[str, Any]) -> dict[str, Any]:
    found = said.get("parameters")
    return found if isinstance(found, dict) else {}
