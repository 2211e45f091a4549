"""A desk with life in it: two more accounts, forty articles by webhook, and what goes wrong with some of them.

All of it takes the way that a real newsroom's takes: consent, webhooks, TikTok's limits. So the desk fills within some
minutes, and what TikTok's limits leave for tomorrow waits, with its time.
"""

import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from app.kit.clock import rfc3339, utcnow
from app.ops.demo.calls import allow_posts, call, connect, deliver, say
from app.ops.demo.newsroom import read_articles
from app.ops.demo.readers import fill_the_inbox
from app.ops.demo.stage import DemoFailed, Stage
from app.resources import Emulate

_FILLED = "demo-filled"
_MINUTES_BETWEEN = 5
_ACCOUNTS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("ulytau.tany", "Ұлытау таңы", {"mode": "approve", "language": "kk"}),
    ("vestnik.stepi", "Вестник степи", {"mode": "inbox", "language": "ru"}),
)
_FAULTS: tuple[dict[str, Any], ...] = (
    # An answer that is lost on its way back, and a call that TikTok never got: both must be found out, not repeated.
    {"endpoint": "content_init", "phase": "after", "cut": True, "open_id": "vestnik.stepi"},
    {"endpoint": "content_init", "phase": "before", "cut": True, "open_id": "vestnik.stepi"},
)


async def fill_the_desk(
    console: Console, stage: Stage, http: httpx.AsyncClient, source: dict[str, Any], emulate: Emulate
) -> None:
    """Fill the desk, once for a data folder. What fails here is told, and leaves the demo as it is."""
    mark = Path(os.environ["NEWSREEL_DATA_DIR"]) / _FILLED
    if mark.exists():
        return
    mark.touch()
    try:
        await _connect_accounts(console, stage, http)
        await _order_trouble(stage)
        ids = await _send_articles(stage, http, source)
        await _decide(http, source, ids)
        if not stage.settings.business_is_real:
            async with emulate(stage.settings).http as business:
                written = await fill_the_inbox(business)
            say(console, "Readers have commented", f"{written} times; connect TikTok at {stage.url}/social/")
    except (DemoFailed, httpx.HTTPError) as error:
        console.print(f"[yellow]The desk is not filled whole:[/] {error}", highlight=False)
        return
    say(
        console,
        "The desk is filled",
        f"{len(ids)} articles for three accounts; what TikTok's limits allow goes out now",
    )


async def _connect_accounts(console: Console, stage: Stage, http: httpx.AsyncClient) -> None:
    async with httpx.AsyncClient(base_url=stage.emulator_url, trust_env=False, timeout=30) as control:
        for username, name, _ in _ACCOUNTS:
            await call(control, "POST", "/_emulator/accounts", json={"username": username, "display_name": name})
    for username, name, settings in _ACCOUNTS:
        account = await connect(stage, http, username)
        await allow_posts(http, account, **settings)
        say(console, "Account connected", f"{name}, mode {settings['mode']}")


async def _order_trouble(stage: Stage) -> None:
    refused = {"pace": {"seconds": 3}, "fail_reason": "spam_risk", "for": "next", "open_id": "daily.bulletin"}
    async with httpx.AsyncClient(base_url=stage.emulator_url, trust_env=False, timeout=30) as control:
        await call(control, "POST", "/_emulator/progression", json=refused)
        await call(control, "POST", "/_emulator/next-errors", json=list(_FAULTS))


async def _send_articles(stage: Stage, http: httpx.AsyncClient, source: dict[str, Any]) -> list[str]:
    told = read_articles()
    now = utcnow()
    ids: list[str] = []
    for number, article in enumerate(told):
        at = now - timedelta(minutes=_MINUTES_BETWEEN * (len(told) - number))
        whole = {**article, "id": f"demo-article-{number}", "published_at": rfc3339(at)}
        pictures = [f"/scenes/{number * 10 + picture}.jpg" for picture in range(whole.pop("pictures"))]
        pictures += [f"/gone/{picture}.jpg" for picture in range(whole.pop("broken", 0))]
        whole["url"] = f"{stage.newsroom_url}/{whole['language']}/{number}"
        whole["images"] = [{"url": f"{stage.newsroom_url}{path}"} for path in pictures]
        ids.append((await deliver(http, source, whole))["article_id"])
    return ids


async def _decide(http: httpx.AsyncClient, source: dict[str, Any], ids: list[str]) -> None:
    """Take an article back, as newsrooms do, and stop a post by hand."""
    await deliver(http, source, {"id": "demo-article-20"}, kind="article.unpublished")
    posts = (await call(http, "GET", "/api/posts", params={"article_id": ids[21]}))["items"]
    for post in posts[:1]:
        # It may have gone out already, and then there is nothing to stop.
        with suppress(DemoFailed):
            await call(http, "POST", f"/api/posts/{post['id']}/cancel")
