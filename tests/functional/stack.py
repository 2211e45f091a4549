"""A whole installation for tests: emulator, newsroom, and Newsreel with its web, worker and Redis processes."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

import httpx
from PIL import Image

from app.articles.adapters.standard_webhooks import sign_delivery
from app.kit.clock import rfc3339, utcnow
from tests.support.nursery import shared_nursery

EMAIL = "editor@newsroom.example"
PASSWORD = "correct horse battery staple"
PATIENCE_SECONDS = 300.0
"""For what comes at all, on a machine that may do other things beside: only what never comes is waited for so long."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(check: Callable[[], Any], *, seconds: float = PATIENCE_SECONDS, what: str = "") -> Any:
    """Wait until `check` gives something true, and return it.

    The longer it lasts, the less often it is looked at: most looks are calls, which take from those who work.
    """
    began_at = time.monotonic()
    while (waited := time.monotonic() - began_at) < seconds:
        if found := check():
            return found
        time.sleep(min(0.05 + waited / 10, 1.0))
    raise AssertionError(f"{what or check} did not come true within {seconds} s")


def jpeg(width: int = 1200, height: int = 800) -> bytes:
    file = BytesIO()
    Image.effect_noise((width, height), 40).convert("RGB").save(file, "JPEG", quality=80)
    return file.getvalue()


class Newsroom:
    """The newsroom's own web server: `pictures`, and what tests put beside them into `files`."""

    def __init__(self) -> None:
        pictures: dict[str, bytes] = {"/1.jpg": jpeg(), "/2.jpg": jpeg(900, 1600)}
        files: dict[str, bytes] = {}
        self.pictures, self.files = pictures, files

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = pictures.get(self.path) or files.get(self.path)
                self.send_response(404 if content is None else 200)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_args: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()


class Process(Protocol):
    """What tests want of a process, whoever started it."""

    pid: int

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, signum: int) -> None: ...
    def kill(self) -> None: ...


@dataclass
class Stack:
    """Addresses and processes of one installation, and the moves that tests make.

    With `is_supervised` it is started by `newsreel up`, which migrates its database too. Without, web and worker are
    started on a database that has been migrated, and nobody starts again what ends.
    """

    folder: Path
    database_url: str
    redis_url: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    processes: dict[str, "Process"] = field(default_factory=dict)
    is_supervised: bool = False

    def __post_init__(self) -> None:
        self.newsroom = Newsroom()
        self.url = f"http://127.0.0.1:{free_port()}"
        self.emulator_url = f"http://127.0.0.1:{free_port()}"
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)
        self.control = httpx.Client(base_url=self.emulator_url, timeout=30, trust_env=False)
        self.source: dict[str, Any] = {}

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        return {
            **inherited,
            "NEWSREEL_DATABASE_URL": self.database_url,
            "NEWSREEL_REDIS_URL": self.redis_url,
            "NEWSREEL_DATA_DIR": str(self.folder / "var"),
            "NEWSREEL_PORT": str(urlsplit(self.url).port),
            "NEWSREEL_PUBLIC_URL": self.url,
            "NEWSREEL_DRAIN_SECONDS": "0",
            "NEWSREEL_ADMIN_EMAIL": EMAIL,
            "NEWSREEL_ADMIN_PASSWORD": PASSWORD,
            "NEWSREEL_FETCH_ALLOW_HOSTS": f"{urlsplit(self.newsroom.url).netloc},localhost",
            "NEWSREEL_FOLLOW_INTERVAL_SECONDS": "1",
            "TIKTOK_CLIENT_KEY": "emulated-client-key",
            "TIKTOK_CLIENT_SECRET": "emulated-client-secret",
            "TIKTOK_API_BASE_URL": self.emulator_url,
            "TIKTOK_AUTHORIZE_URL": f"{self.emulator_url}/v2/auth/authorize/",
            **self.extra,
        }

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of ours to its end."""
        return shared_nursery().run(*arguments, environment=self.environment, seconds=PATIENCE_SECONDS)

    def spawn(self, *arguments: str) -> None:
        """Start a process of ours and leave it running."""
        log = self.folder / f"{arguments[0]}.log"
        self.processes[arguments[0]] = shared_nursery().spawn(*arguments, environment=self.environment, log=log)

    def start(self) -> None:
        self.spawn("emulator", "--port", str(urlsplit(self.emulator_url).port))
        until(lambda: self.answers(self.control, "/_emulator/health"), what="the emulator")
        self.start_newsreel()
        self.log_in()
        self.source = self.api("POST", "/api/sources", json={"name": "Newsroom", "kind": "generic"})
        self.verify_prefix()

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Start it, and end it after the block, also where it did not start."""
        try:
            self.start()
            yield self
        finally:
            self.stop()

    def migrate(self) -> None:
        """Make the tables in a database that is not one of `migrated_database`."""
        done = self.run("migrate")
        assert done.returncode == 0, done.stderr

    def start_newsreel(self) -> None:
        """Start all but the emulator, and wait until it is ready."""
        for command in self._commands:
            self.spawn(command)
        until(lambda: self.answers(self.http, "/readyz"), what="Newsreel")

    def end_newsreel(self, signum: int = signal.SIGTERM) -> None:
        """End all but the emulator."""
        ended = [self.processes.pop(command) for command in self._commands]
        for process in ended:
            process.send_signal(signum)
        for process in ended:
            process.wait(60)

    @property
    def _commands(self) -> tuple[str, ...]:
        return ("up",) if self.is_supervised else ("web", "worker")

    def log_in(self) -> None:
        self.http.headers.pop("Authorization", None)
        token = self.api("POST", "/api/auth/login", json={"email": EMAIL, "password": PASSWORD})["access_token"]
        self.http.headers["Authorization"] = f"Bearer {token}"

    def stop(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
        self.newsroom.stop()

    def logs(self) -> str:
        return "".join(path.read_text(errors="replace") for path in self.folder.rglob("*.log"))

    @staticmethod
    def answers(http: httpx.Client, path: str) -> bool:
        try:
            return http.get(path).status_code == 200
        except httpx.HTTPError:
            return False

    def api(self, method: str, path: str, **arguments: Any) -> Any:
        answer = self.http.request(method, path, **arguments)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def emulator(self, method: str, path: str, **arguments: Any) -> Any:
        answer = self.control.request(method, f"/_emulator/{path}", **arguments)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def verify_prefix(self) -> None:
        wanted = self.emulator("POST", "properties", json={"kind": "prefix", "value": f"{self.url}/media/"})
        file = {"filename": wanted["file_name"], "content": wanted["file_content"]}
        self.api("POST", "/api/verification-files", json=file)
        assert self.emulator("POST", f"properties/{wanted['id']}/verify")["verified"]

    def connect(self, username: str, *, scopes: str | None = None, **account: Any) -> dict[str, Any]:
        """Connect an emulated account through the consent page; `account` changes its settings afterwards."""
        self.emulator("POST", "accounts", json={"username": username, "display_name": username.title()})
        back = self.consent(self.http.get("/api/tiktok/auth").headers["Location"], username, scopes)
        location = self.http.get(back).headers["Location"]
        assert "tiktok_auth=success" in location, location
        items = self.api("GET", "/api/accounts")["items"]
        (found,) = [item for item in items if item["username"] == username or item["display_name"] == username.title()]
        if account:
            found = self.api("PATCH", f"/api/accounts/{found['id']}", json=account)
        return dict(found)

    @staticmethod
    def consent(address: str, username: str, scopes: str | None = None, decision: str = "allow") -> str:
        """Decide on TikTok's consent page; return where TikTok sends the browser."""
        form = {"decision": decision, "open_id": username} | ({"scopes": scopes} if scopes else {})
        answer = httpx.post(address, data=form, trust_env=False, timeout=30)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def article(self, article_id: str, **data: Any) -> dict[str, Any]:
        return {
            "id": article_id,
            "url": f"https://news.example/{article_id}",
            "title": f"Жаңалық {article_id}",
            "excerpt": "Сәтбаевта жаңа кітапхана ашылды.",
            "language": "kk",
            "images": [f"{self.newsroom.url}/1.jpg"],
            **data,
        }

    def deliver(
        self,
        article_id: str,
        *,
        kind: str = "article.published",
        at: str | None = None,
        through: httpx.Client | None = None,
        source: dict[str, Any] | None = None,
        **data: Any,
    ) -> httpx.Response:
        """Send the newsroom's signed webhook."""
        source = source or self.source
        body = json.dumps(
            {"type": kind, "timestamp": at or rfc3339(utcnow()), "data": self.article(article_id, **data)}
        ).encode()
        headers = sign_delivery(source["secret"], f"msg_{time.time_ns()}", int(time.time()), body)
        path = urlsplit(source["webhook_url"]).path
        return (through or self.http).post(path, content=body, headers=headers)

    def deliver_surely(self, article_id: str, **data: Any) -> list[str]:
        """Deliver as a sender that repeats what nobody took, until a 202 comes. Returns the posts' ids."""

        def take() -> httpx.Response | None:
            try:
                answer = self.deliver(article_id, **data)
            except httpx.HTTPError:
                return None
            assert answer.status_code in {202, 503}, answer.text
            return answer if answer.status_code == 202 else None

        taken: httpx.Response = until(take, what=f"a 202 for {article_id}")
        return list(taken.json()["post_ids"])

    def post(self, post_id: str) -> dict[str, Any]:
        return dict(self.api("GET", f"/api/posts/{post_id}"))

    def wait_for(self, post_id: str, *states: str, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """Wait until a post is in one of `states`."""
        try:
            until(lambda: self.post(post_id)["state"] in states, seconds=seconds)
        except AssertionError:
            post = self.post(post_id)
            raise AssertionError(
                f"{post['state']} ({post['state_detail']}), not {states}\n{self.logs()[-6000:]}"
            ) from None
        return self.post(post_id)
