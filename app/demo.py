"""`newsreel demo`: the main job end to end on this machine, with the emulator in TikTok's place."""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import httpx
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from app.articles.adapters.generic import sign_generic
from app.config import Settings, load_settings
from app.emulator.settings import EmulatorSettings
from app.errors import ConfigurationError
from app.kit.clock import rfc3339, utcnow
from app.kit.ports import CannotListen, find_free_port, open_listener
from app.startup import claim_data_folder, require_writable

_START_SECONDS = 60.0
_PUBLISH_SECONDS = 180.0
_PORT, _EMULATOR_PORT = 8000, 8090
_LOGIN, _FILE = "demo-login.json", "demo-verification-file"
_SOURCE = "Demo newsroom"
_FINAL = {"published", "failed", "cancelled", "sent_to_inbox"}
_STUCK = {"unconfirmed", "awaiting_approval"}


class DemoFailed(Exception):
    """A step of the demo did not do what it must. The message says which and why."""


@dataclass(frozen=True, slots=True)
class _Ports:
    """Those that were asked for; None is any."""

    pages: int | None
    emulator: int | None


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everything runs, and who may log in."""

    settings: Settings
    emulator_url: str
    newsroom_url: str
    email: str
    password: str

    @property
    def url(self) -> str:
        return self.settings.public_url


def run_demo(*, once: bool, port: int | None = None, emulator_port: int | None = None) -> int:
    """Run the demo; with `once` end once the post is published. Returns 0, or 1 with the reason printed.

    A port that is given is used or refused; others give way to whoever has them.
    """
    console = Console()
    try:
        asyncio.run(_demo(console, _Ports(port, emulator_port), once=once))
    except (DemoFailed, ConfigurationError) as error:
        console.print(f"\n[bold red]The demo failed.[/] {escape(str(error))}")
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("\nStopped.")
    return 0


async def _demo(console: Console, ports: _Ports, *, once: bool) -> None:
    started = time.monotonic()
    task = asyncio.current_task()
    assert task is not None
    # Like Ctrl+C: what was started must not outlive us.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    console.rule("[bold]Newsreel demo")
    with _newsroom() as newsroom_url:
        stage = _set_stage(console, newsroom_url, ports)
        async with _emulator(stage), _newsreel(stage):
            async with httpx.AsyncClient(base_url=stage.url, timeout=30, trust_env=False) as http:
                post = await _tell_the_story(console, stage, http)
            seconds = time.monotonic() - started
            console.rule(f"[bold green]An article became a TikTok post, {seconds:.1f} s after the start")
            _print_places(console, stage, post)
            if not once:
                console.print("Serving until you press Ctrl+C.")
                await asyncio.Event().wait()


def _print_places(console: Console, stage: Stage, post: dict[str, Any]) -> None:
    console.print(f"  the post           {stage.url}/admin/posts/{post['id']}", soft_wrap=True)
    console.print(f"  settings           {stage.url}/admin/settings/social-media", soft_wrap=True)
    console.print(f"  log in with        {stage.email}  /  {stage.password}", soft_wrap=True)
    console.print(f"  API reference      {stage.url}/schema", soft_wrap=True)
    console.print(f"  TikTok (emulated)  {stage.emulator_url}/_emulator/", soft_wrap=True)


def _set_stage(console: Console, newsroom_url: str, ports: _Ports) -> Stage:
    """Choose ports and data folder. What the environment sets, stays; the rest goes into `var/demo`."""
    data_dir = Path(os.environ.get("NEWSREEL_DATA_DIR", "var/demo"))
    require_writable(data_dir)
    port, emulator_port = _choose_ports(ports)
    claim_data_folder(data_dir, f"a demo at http://127.0.0.1:{port}", name="demo.lock")
    emulator_url = f"http://127.0.0.1:{emulator_port}"
    email, password = _login(data_dir)
    app = EmulatorSettings()
    os.environ.update(
        {
            "NEWSREEL_HOST": "127.0.0.1",
            "NEWSREEL_PORT": str(port),
            "NEWSREEL_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "NEWSREEL_DATA_DIR": str(data_dir),
            "NEWSREEL_DATABASE_URL": os.environ.get(
                "NEWSREEL_DATABASE_URL", f"sqlite+aiosqlite:///{data_dir / 'newsreel.db'}"
            ),
            "NEWSREEL_ADMIN_EMAIL": email,
            "NEWSREEL_ADMIN_PASSWORD": password,
            "NEWSREEL_FETCH_ALLOW_HOSTS": urlsplit(newsroom_url).netloc,
            "TIKTOK_CLIENT_KEY": app.client_key,
            "TIKTOK_CLIENT_SECRET": app.client_secret,
            "TIKTOK_REDIRECT_URI": "",
            "TIKTOK_API_BASE_URL": emulator_url,
            "TIKTOK_AUTHORIZE_URL": f"{emulator_url}/v2/auth/authorize/",
        }
    )
    settings = load_settings()
    database = settings.database_url.get_secret_value()
    redis = "an external Redis" if settings.redis_url.get_secret_value() else "an embedded Redis-compatible server"
    kind = "SQLite" if database.startswith("sqlite") else "PostgreSQL"
    console.print(f"  {kind}, {redis}, data in {data_dir}/, TikTok emulated at {emulator_url}", highlight=False)
    return Stage(settings, emulator_url, newsroom_url, email, password)


def _login(data_dir: Path) -> tuple[str, str]:
    """The demo's own admin, kept so that a second run on the same folder prints the same login."""
    path = data_dir / _LOGIN
    email = os.environ.get("NEWSREEL_ADMIN_EMAIL") or "editor@newsreel.example"
    password = os.environ.get("NEWSREEL_ADMIN_PASSWORD") or f"demo-{secrets.token_urlsafe(9)}"
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return str(kept["email"]), str(kept["password"])
    except (OSError, ValueError, KeyError):
        path.touch(mode=0o600)
        path.write_text(json.dumps({"email": email, "password": password}), encoding="utf-8")
        return email, password


def _choose_ports(ports: _Ports) -> tuple[int, int]:
    given = {"--port": ports.pages, "--emulator-port": ports.emulator}
    for option, port in given.items():
        try:
            if port is not None:
                open_listener("127.0.0.1", port).close()
        except CannotListen as error:
            raise DemoFailed(f"{error} Choose another port with {option}, or leave it to the demo.") from None
    if ports.pages is not None and ports.pages == ports.emulator:
        raise DemoFailed("--port and --emulator-port must differ.")
    wish = int(os.environ.get("NEWSREEL_PORT") or _PORT)
    pages = ports.pages or find_free_port(wish, without=ports.emulator)
    return pages, ports.emulator or find_free_port(_EMULATOR_PORT, without=pages)


# The parts that run beside the story


@contextmanager
def _newsroom() -> Iterator[str]:
    """A newsroom's web server with one photograph of 12 megapixels."""
    picture = _photograph()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", str(len(picture)))
            self.end_headers()
            self.wfile.write(picture)

        def log_message(self, *_args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def _photograph() -> bytes:
    from PIL import Image, ImageDraw

    dusk = Image.linear_gradient("L").resize((4000, 3000))
    bands = (
        dusk.point(lambda v: 38 + v * 5 // 6),
        dusk.point(lambda v: 44 + v // 2),
        dusk.point(lambda v: 96 + v // 6),
    )
    picture = Image.merge("RGB", bands)
    draw = ImageDraw.Draw(picture)
    for number in range(24):
        left = 120 + number * 160
        draw.rectangle((left, 2950 - (number * 7919) % 1400, left + 130, 3000), fill=(28, 34, 48))
    draw.ellipse((2900, 380, 3400, 880), fill=(255, 214, 120))
    file = BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()


@asynccontextmanager
async def _emulator(stage: Stage) -> AsyncIterator[None]:
    async with _child("emulator", "--port", str(urlsplit(stage.emulator_url).port)) as process:
        await _wait_for(process, f"{stage.emulator_url}/_emulator/health", "the emulator")
        yield


@asynccontextmanager
async def _newsreel(stage: Stage) -> AsyncIterator[None]:
    async with _child("up") as process:
        await _wait_for(process, f"{stage.url}/readyz", "Newsreel")
        yield


@asynccontextmanager
async def _child(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    log = Path(os.environ["NEWSREEL_DATA_DIR"]) / f"demo-{arguments[0]}.log"
    with log.open("ab") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app", *arguments, stdout=file, stderr=file, stdin=asyncio.subprocess.DEVNULL
        )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), 30)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _wait_for(process: asyncio.subprocess.Process, url: str, what: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
        while time.monotonic() < deadline:
            if process.returncode is not None:
                raise DemoFailed(f"{what} ended with code {process.returncode} while starting. See {_logs()}.")
            with contextlib.suppress(httpx.HTTPError):
                if (await http.get(url)).status_code == 200:
                    return
            await asyncio.sleep(0.05)
    raise DemoFailed(f"{what} was not ready at {url} within {_START_SECONDS:.0f} s. See {_logs()}.")


def _logs() -> str:
    return f"the logs in {os.environ['NEWSREEL_DATA_DIR']}/"


# The story


async def _tell_the_story(console: Console, stage: Stage, http: httpx.AsyncClient) -> dict[str, Any]:
    answer = await _call(http, "POST", "/api/auth/login", json={"email": stage.email, "password": stage.password})
    http.headers["Authorization"] = f"Bearer {answer['access_token']}"
    _say(console, "Logged in", stage.email)
    await _verify_prefix(console, stage, http)
    account = await _connect(console, stage, http)
    await _set_progression(stage)
    article = await _send_article(console, stage, http)
    (post_id,) = [p for p in article["post_ids"] if await _belongs(http, p, account["id"])]
    post = await _watch(console, http, post_id)
    if post["state"] != "published":
        raise DemoFailed(f"the post ended as {post['state']}: {post['state_detail'] or post['fail_help']}")
    _say(console, "TikTok shows it", str(post["share_url"] or ", ".join(post["post_ids"]) or post["publish_id"]))
    return post


async def _verify_prefix(console: Console, stage: Stage, http: httpx.AsyncClient) -> None:
    prefix = f"{stage.url}/media/"
    async with httpx.AsyncClient(base_url=stage.emulator_url, trust_env=False, timeout=30) as portal:
        wanted = await _call(portal, "POST", "/_emulator/properties", json={"kind": "prefix", "value": prefix})
        file = {"filename": wanted["file_name"], "content": wanted["file_content"]}
        await _call(http, "POST", "/api/verification-files", json=file)
        await _forget_earlier_file(http, str(wanted["file_name"]))
        verified = await _call(portal, "POST", f"/_emulator/properties/{wanted['id']}/verify")
    if not verified["verified"]:
        raise DemoFailed(f"TikTok could not verify {prefix}: {verified['problem']}")
    _say(console, "Media prefix verified", f"{prefix} by {wanted['file_name']}")


async def _forget_earlier_file(http: httpx.AsyncClient, name: str) -> None:
    """Take back the file of an earlier run, which was for another port."""
    kept = Path(os.environ["NEWSREEL_DATA_DIR"]) / _FILE
    earlier = kept.read_text(encoding="ascii") if kept.exists() else name
    if earlier != name:
        await http.delete(f"/api/verification-files/{earlier}")
    kept.write_text(name, encoding="ascii")


async def _connect(console: Console, stage: Stage, http: httpx.AsyncClient) -> dict[str, Any]:
    """Go through Login Kit as a browser does: to TikTok's consent page, allow, and back to the callback."""
    consent = (await http.get("/api/tiktok/auth")).headers.get("Location", "")
    if not consent.startswith(stage.emulator_url):
        raise DemoFailed(f"the consent page should be TikTok's, but it is {consent or 'nowhere'}")
    async with httpx.AsyncClient(trust_env=False, timeout=30) as browser:
        page = await browser.get(consent)
        allowed = await browser.post(consent, data={"decision": "allow"})
    if page.status_code != 200 or allowed.status_code != 302:
        raise DemoFailed(f"TikTok's consent page answered {page.status_code}, then {allowed.status_code}")
    back = await http.get(allowed.headers["Location"])
    if "tiktok_auth=success" not in back.headers.get("Location", ""):
        raise DemoFailed(f"connecting the account ended at {back.headers.get('Location') or back.text}")
    accounts = (await _call(http, "GET", "/api/accounts"))["items"]
    account = max(accounts, key=lambda item: str(item["id"]))
    options = (await _call(http, "GET", f"/api/accounts/{account['id']}/creator-info"))["privacy_level_options"]
    choice = {"privacy_level": options[0], "enabled": True, "language": "kk", "mode": "direct"}
    await _call(http, "PATCH", f"/api/accounts/{account['id']}", json=choice)
    _say(console, "Account connected", f"{account['display_name']}, posts as {options[0]}")
    return dict(account)


async def _set_progression(stage: Stage) -> None:
    async with httpx.AsyncClient(base_url=stage.emulator_url, trust_env=False, timeout=30) as control:
        await _call(control, "POST", "/_emulator/progression", json={"pace": {"seconds": 3}})


async def _send_article(console: Console, stage: Stage, http: httpx.AsyncClient) -> dict[str, Any]:
    source = await _have_source(http)
    number = int(time.time())
    body = json.dumps(_article(stage, number), ensure_ascii=False).encode()
    headers = sign_generic(source["secret"], f"msg_{number}", number, body)
    before = time.monotonic()
    answer = await _call(
        http, "POST", urlsplit(source["webhook_url"]).path, content=body,
        headers=headers,
    )  # fmt: skip
    _say(
        console,
        "Webhook answered",
        f"202 in {(time.monotonic() - before) * 1000:.0f} ms, article {answer['article_id']}",
    )
    return answer


async def _have_source(http: httpx.AsyncClient) -> dict[str, Any]:
    """Make the newsroom's source; of one that an earlier run has made the secret is lost, so it gets another."""
    sources = (await _call(http, "GET", "/api/sources", params={"limit": 200}))["items"]
    for source in sources:
        if (source["name"], source["kind"]) == (_SOURCE, "generic"):
            return await _call(http, "POST", f"/api/sources/{source['id']}/rotate-secret")
    return await _call(http, "POST", "/api/sources", json={"name": _SOURCE, "kind": "generic"})


def _article(stage: Stage, number: int) -> dict[str, Any]:
    return {
        "type": "article.published",
        "timestamp": rfc3339(utcnow()),
        "data": {
            "id": f"demo-{number}",
            "url": f"https://news.example/kk/{number}",
            "title": "Сәтбаевта жаңа кітапхана ашылды 📚",
            "excerpt": "Қала тұрғындары үш жыл күткен кітапхана бүгін есігін айқара ашты: 40 мың кітап, "
            "балалар бөлмесі және кешкі оқу залы.",
            "language": "kk",
            "category": "Мәдениет",
            "tags": ["Жаңа Қазақстан", "кітап"],
            "images": [{"url": f"{stage.newsroom_url}/library.jpg", "alt": "Қала көрінісі"}],
            "published_at": rfc3339(utcnow()),
        },
    }


async def _belongs(http: httpx.AsyncClient, post_id: str, account_id: str) -> bool:
    return bool((await _call(http, "GET", f"/api/posts/{post_id}"))["account_id"] == account_id)


async def _watch(console: Console, http: httpx.AsyncClient, post_id: str) -> dict[str, Any]:
    """Show each line of the post's timeline as it appears, and a bar while TikTok works on it."""
    shown = 0
    columns = (TextColumn("  {task.description}"), BarColumn(), TimeElapsedColumn())
    deadline = time.monotonic() + _PUBLISH_SECONDS
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("queued", total=None)
        while time.monotonic() < deadline:
            post = await _call(http, "GET", f"/api/posts/{post_id}")
            for event in post["events"][shown:]:
                _say(console, f"Post {event['to']}", event["why"])
            shown = len(post["events"])
            progress.update(bar, description=f"{post['state']} {post['tiktok_status'] or ''}")
            waits_for_person = post["state"] == "scheduled" and post["scheduled_at"] is None
            if post["state"] in _FINAL | _STUCK or waits_for_person:
                return post
            await asyncio.sleep(0.2)
    raise DemoFailed(f"the post was still {post['state']} after {_PUBLISH_SECONDS:.0f} s. See {_logs()}.")


def _say(console: Console, what: str, detail: str) -> None:
    console.print(f"[green]✓[/] [bold]{escape(what):<24}[/] {escape(detail)}", highlight=False)


async def _call(http: httpx.AsyncClient, method: str, path: str, **arguments: Any) -> dict[str, Any]:
    answer = await http.request(method, path, **arguments)
    if not answer.is_success:
        raise DemoFailed(f"{method} {path} answered {answer.status_code}: {answer.text[:500]}")
    result: dict[str, Any] = answer.json()
    return result
