"""What the demo does as a browser, a CMS and a person: connect, deliver, call the API."""

import asyncio
import json
import time
from typing import Any
from urllib.parse import urlsplit

import httpx
from rich.console import Console
from rich.markup import escape

from app.articles.adapters.standard_webhooks import sign_delivery
from app.kit.clock import rfc3339, utcnow
from app.ops.demo.stage import DemoFailed, Stage

_PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds between two deliveries of the same article."""


async def connect(stage: Stage, http: httpx.AsyncClient, open_id: str = "") -> dict[str, Any]:
    """Go through Login Kit as a browser does: to TikTok's consent page, allow, and back to the callback."""
    before = {item["id"] for item in (await call(http, "GET", "/api/accounts"))["items"]}
    consent = (await http.get("/api/tiktok/auth")).headers.get("Location", "")
    if not consent.startswith(stage.emulator_url):
        raise DemoFailed(f"the consent page should be TikTok's, but it is {consent or 'nowhere'}")
    async with httpx.AsyncClient(trust_env=False, timeout=30) as browser:
        page = await browser.get(consent)
        decision = {"decision": "allow"} | ({"open_id": open_id} if open_id else {})
        allowed = await browser.post(consent, data=decision)
    if page.status_code != 200 or allowed.status_code != 302:
        raise DemoFailed(f"TikTok's consent page answered {page.status_code}, then {allowed.status_code}")
    back = await http.get(allowed.headers["Location"])
    if "tiktok_auth=success" not in back.headers.get("Location", ""):
        raise DemoFailed(f"connecting the account ended at {back.headers.get('Location') or back.text}")
    accounts = (await call(http, "GET", "/api/accounts"))["items"]
    new = [item for item in accounts if item["id"] not in before] or accounts
    return dict(max(new, key=lambda item: str(item["id"])))


async def allow_posts(http: httpx.AsyncClient, account: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """Choose the audience that TikTok offers first, and switch the account on. Returns the account."""
    options = (await call(http, "GET", f"/api/accounts/{account['id']}/creator-info"))["privacy_level_options"]
    choice = {"privacy_level": options[0], "enabled": True, **settings}
    return await call(http, "PATCH", f"/api/accounts/{account['id']}", json=choice)


async def deliver(
    http: httpx.AsyncClient, source: dict[str, Any], article: dict[str, Any], kind: str = "article.published"
) -> dict[str, Any]:
    """Send a signed webhook, as the CMS does: again, where the machine was too busy to store it."""
    document = {"type": kind, "timestamp": rfc3339(utcnow()), "data": article}
    body = json.dumps(document, ensure_ascii=False).encode()
    headers = sign_delivery(source["secret"], f"msg_{time.time_ns()}", int(time.time()), body)
    path = urlsplit(source["webhook_url"]).path
    for pause in _PAUSES:
        answer = await http.post(path, content=body, headers=headers)
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            return _read(answer)
        await asyncio.sleep(pause)
    return await call(http, "POST", path, content=body, headers=headers)


def say(console: Console, what: str, detail: str) -> None:
    """Tell one step."""
    console.print(f"[green]✓[/] [bold]{escape(what):<24}[/] {escape(detail)}", highlight=False)


async def call(http: httpx.AsyncClient, method: str, path: str, **arguments: Any) -> dict[str, Any]:
    """Call the API, or the emulator's control. Raises DemoFailed with what was answered."""
    return _read(await http.request(method, path, **arguments))


def _read(answer: httpx.Response) -> dict[str, Any]:
    if not answer.is_success:
        asked = f"{answer.request.method} {answer.request.url.path}"
        raise DemoFailed(f"{asked} answered {answer.status_code}: {answer.text[:500]}")
    result: dict[str, Any] = answer.json()
    return result
