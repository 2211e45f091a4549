"""`newsreel demo`: the main job end to end on this machine, with the emulator in TikTok's place."""

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from app.errors import ConfigurationError
from app.kit.clock import rfc3339, utcnow
from app.ops.demo.calls import allow_posts, call, connect, deliver, say
from app.ops.demo.life import fill_the_desk
from app.ops.demo.newsroom import newsroom
from app.ops.demo.processes import name_logs, run_emulator, run_newsreel
from app.ops.demo.stage import DemoFailed, Ports, Stage, set_stage
from app.resources import Emulate

_PUBLISH_SECONDS = 180.0
_FILE = "demo-verification-file"
_SOURCE = "Demo newsroom"
_FINAL = {"published", "failed", "cancelled", "sent_to_inbox"}
_STUCK = {"unconfirmed", "awaiting_approval"}


def run_demo(emulate: Emulate, *, once: bool, port: int | None = None, emulator_port: int | None = None) -> int:
    """Run the demo; with `once` end once the post is published. Returns 0, or 1 with the reason printed.

    `emulate` makes the access to the installation's own Business API, under whose ads readers comment.

    A port that is given is used or refused; others give way to whoever has them.
    """
    console = Console()
    try:
        asyncio.run(_demo(console, emulate, Ports(port, emulator_port), once=once))
    except (DemoFailed, ConfigurationError) as error:
        console.print(f"\n[bold red]The demo failed.[/] {escape(str(error))}")
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("\nStopped.")
    return 0


async def _demo(console: Console, emulate: Emulate, ports: Ports, *, once: bool) -> None:
    started = time.monotonic()
    task = asyncio.current_task()
    assert task is not None
    # Like Ctrl+C: what was started must not outlive us.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    console.rule("[bold]Newsreel demo")
    with newsroom() as newsroom_url:
        stage = set_stage(console, newsroom_url, ports)
        async with (
            run_emulator(stage),
            run_newsreel(stage),
            httpx.AsyncClient(base_url=stage.url, timeout=30, trust_env=False) as http,
        ):
            post, source = await _tell_the_story(console, stage, http)
            seconds = time.monotonic() - started
            console.rule(f"[bold green]An article became a TikTok post, {seconds:.1f} s after the start")
            _print_places(console, stage, post)
            if not once:
                console.print("Serving until you press Ctrl+C.")
                await fill_the_desk(console, stage, http, source, emulate)
                await asyncio.Event().wait()


def _print_places(console: Console, stage: Stage, post: dict[str, Any]) -> None:
    console.print(f"  the desk           {stage.url}/admin/", soft_wrap=True)
    console.print(f"  the post           {stage.url}/admin/posts/{post['id']}", soft_wrap=True)
    console.print(f"  comments           {stage.url}/social/", soft_wrap=True)
    console.print(f"  settings           {stage.url}/admin/settings/social-media", soft_wrap=True)
    console.print(f"  log in with        {stage.email}  /  {stage.password}", soft_wrap=True)
    console.print(f"  API reference      {stage.url}/schema", soft_wrap=True)
    console.print(f"  TikTok (emulated)  {stage.emulator_url}/_emulator/", soft_wrap=True)


# The story


async def _tell_the_story(
    console: Console, stage: Stage, http: httpx.AsyncClient
) -> tuple[dict[str, Any], dict[str, Any]]:
    answer = await call(http, "POST", "/api/auth/login", json={"email": stage.email, "password": stage.password})
    http.headers["Authorization"] = f"Bearer {answer['access_token']}"
    say(console, "Logged in", stage.email)
    await _verify_prefix(console, stage, http)
    account = await connect(stage, http)
    choice = await allow_posts(http, account, language="kk", mode="direct")
    say(console, "Account connected", f"{account['display_name']}, posts as {choice['privacy_level']}")
    await _set_progression(stage)
    article = await _send_article(console, stage, http)
    (post_id,) = [p for p in article["post_ids"] if await _belongs(http, p, account["id"])]
    post = await _watch(console, http, post_id)
    if post["state"] != "published":
        raise DemoFailed(f"the post ended as {post['state']}: {post['state_detail'] or post['fail_help']}")
    say(console, "TikTok shows it", str(post["share_url"] or ", ".join(post["post_ids"]) or post["publish_id"]))
    return post, article["source"]


async def _verify_prefix(console: Console, stage: Stage, http: httpx.AsyncClient) -> None:
    prefix = f"{stage.url}/media/"
    async with httpx.AsyncClient(base_url=stage.emulator_url, trust_env=False, timeout=30) as portal:
        wanted = await call(portal, "POST", "/_emulator/properties", json={"kind": "prefix", "value": prefix})
        file = {"filename": wanted["file_name"], "content": wanted["file_content"]}
        await call(http, "POST", "/api/verification-files", json=file)
        await _forget_earlier_file(http, str(wanted["file_name"]))
        verified = await call(portal, "POST", f"/_emulator/properties/{wanted['id']}/verify")
    if not verified["verified"]:
        raise DemoFailed(f"TikTok could not verify {prefix}: {verified['problem']}")
    say(console, "Media prefix verified", f"{prefix} by {wanted['file_name']}")


async def _forget_earlier_file(http: httpx.AsyncClient, name: str) -> None:
    """Take back the file of an earlier run, which was for another port."""
    kept = Path(os.environ["NEWSREEL_DATA_DIR"]) / _FILE
    earlier = kept.read_text(encoding="ascii") if kept.exists() else name
    if earlier != name:
        await http.delete(f"/api/verification-files/{earlier}")
    kept.write_text(name, encoding="ascii")


async def _set_progression(stage: Stage) -> None:
    async with httpx.AsyncClient(base_url=stage.emulator_url, trust_env=False, timeout=30) as control:
        await call(control, "POST", "/_emulator/progression", json={"pace": {"seconds": 3}})


async def _send_article(console: Console, stage: Stage, http: httpx.AsyncClient) -> dict[str, Any]:
    source = await _have_source(http)
    number = int(time.time())
    before = time.monotonic()
    answer = await deliver(http, source, _article(stage, number))
    say(
        console,
        "Webhook answered",
        f"202 in {(time.monotonic() - before) * 1000:.0f} ms, article {answer['article_id']}",
    )
    return {**answer, "source": source}


async def _have_source(http: httpx.AsyncClient) -> dict[str, Any]:
    """Make the newsroom's source; of one that an earlier run has made the secret is lost, so it gets another."""
    sources = (await call(http, "GET", "/api/sources", params={"limit": 200}))["items"]
    for source in sources:
        if (source["name"], source["kind"]) == (_SOURCE, "generic"):
            return await call(http, "POST", f"/api/sources/{source['id']}/rotate-secret")
    return await call(http, "POST", "/api/sources", json={"name": _SOURCE, "kind": "generic"})


def _article(stage: Stage, number: int) -> dict[str, Any]:
    return {
        "id": f"demo-{number}",
        "url": f"{stage.newsroom_url}/kk/{number}",
        "title": "Сәтбаевта жаңа кітапхана ашылды 📚",
        "excerpt": "Қала тұрғындары үш жыл күткен кітапхана бүгін есігін айқара ашты: 40 мың кітап, "
        "балалар бөлмесі және кешкі оқу залы.",
        "language": "kk",
        "category": "Мәдениет",
        "tags": ["Жаңа Қазақстан", "кітап"],
        "images": [{"url": f"{stage.newsroom_url}/library.jpg", "alt": "Қала көрінісі"}],
        "published_at": rfc3339(utcnow()),
    }


async def _belongs(http: httpx.AsyncClient, post_id: str, account_id: str) -> bool:
    return bool((await call(http, "GET", f"/api/posts/{post_id}"))["account_id"] == account_id)


async def _watch(console: Console, http: httpx.AsyncClient, post_id: str) -> dict[str, Any]:
    """Show each line of the post's timeline as it appears, and a bar while TikTok works on it."""
    shown = 0
    columns = (TextColumn("  {task.description}"), BarColumn(), TimeElapsedColumn())
    deadline = time.monotonic() + _PUBLISH_SECONDS
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("queued", total=None)
        while time.monotonic() < deadline:
            post = await call(http, "GET", f"/api/posts/{post_id}")
            for event in post["events"][shown:]:
                say(console, f"Post {event['to']}", event["why"])
            shown = len(post["events"])
            progress.update(bar, description=f"{post['state']} {post['tiktok_status'] or ''}")
            waits_for_person = post["state"] == "scheduled" and post["scheduled_at"] is None
            if post["state"] in _FINAL | _STUCK or waits_for_person:
                return post
            await asyncio.sleep(0.2)
    raise DemoFailed(f"the post was still {post['state']} after {_PUBLISH_SECONDS:.0f} s. See {name_logs()}.")
