"""A whole installation whose processes may die at any moment: each is started again at once, as a supervisor would."""

import contextlib
import os
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx
import redis

from app.kit.failpoints import ENVIRONMENT
from app.kit.redis_socket import socket_path
from app.posts.unconfirmed.no_trace import NO_TRACE
from tests.functional.stack import Stack, free_port, until
from tests.support.nursery import shared_nursery

PULL_WINDOW_SECONDS = 20
# A lost init is given up after a minute; then its pull window passes, and its post is sent anew.
SETTLE_SECONDS = 240.0
VISIBLY_WAITING = frozenset({"awaiting_approval", "unconfirmed"})
FINAL = frozenset({"published", "sent_to_inbox", "failed", "cancelled"})


@dataclass
class Fleet(Stack):
    """One or two web processes, some workers, the emulator.

    Of two web processes only the second comes to fail points.
    """

    workers: int = 3
    second_web: bool = False
    acknowledged: dict[str, list[str]] = field(default_factory=dict)
    deaths: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.failpoints = self.folder / "failpoints"
        self.failpoints.mkdir()
        self.extra |= {
            ENVIRONMENT: str(self.failpoints),
            "NEWSREEL_PULL_WINDOW_SECONDS": str(PULL_WINDOW_SECONDS),
            "NEWSREEL_LOG_FORMAT": "json",
            "MALLOC_ARENA_MAX": "2",  # as `newsreel up` starts them
        }
        self.accounts: list[dict[str, Any]] = []
        self.second_url = f"http://127.0.0.1:{free_port()}"
        self.second_http = httpx.Client(base_url=self.second_url, timeout=30, trust_env=False)
        self._names = ["web", *(f"worker{number}" for number in range(self.workers))]
        if self.second_web:
            self._names.append("web2")
        self._kept = threading.Event()
        self._idle: deque[dict[str, Any]] = deque()
        self._codes: dict[int, int] = {}

    def start(self) -> None:
        self.spawn("emulator", "--port", str(urlsplit(self.emulator_url).port))
        until(lambda: self.answers(self.control, "/_emulator/health"), what="the emulator")
        self._kept.set()
        for name in self._names:
            self._spawn(name)
        threading.Thread(target=self._keep, daemon=True).start()
        for web in (self.http, self.second_http) if self.second_web else (self.http,):
            until(partial(self.answers, web, "/readyz"), what="a web process")
        self.log_in()
        self.second_http.headers["Authorization"] = self.http.headers["Authorization"]
        self.source = self.api("POST", "/api/sources", json={"name": "Newsroom", "kind": "generic"})
        self.verify_prefix()
        self.emulator("POST", "progression", json={"pace": "immediate"})
        # An init whose answer was lost is known by its media, but only a webhook tells its number.
        webhook_url = f"{self.url}/api/tiktok/webhook"
        self.emulator("POST", "settings", json={"webhook_url": webhook_url, "daily_cap": 1000})

    def stop(self) -> None:
        self._kept.clear()
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
        super().stop()

    def _spawn(self, name: str) -> None:
        port = urlsplit(self.second_url if name == "web2" else self.url).port
        environment = self.environment | {"NEWSREEL_PORT": str(port)}
        if name == "web" and self.second_web:
            # TikTok fetches its pictures here: its fetch shall not fall into a death that is meant for a delivery.
            del environment[ENVIRONMENT]
        command, log = name.rstrip("0123456789"), self.folder / f"{name}.log"
        self.processes[name] = shared_nursery().spawn(command, environment=environment, log=log)

    def _keep(self) -> None:
        while self._kept.is_set():
            for name in self._names:
                code = self.processes[name].poll()
                if code is not None and self._kept.is_set():
                    self._codes[self.processes[name].pid] = code
                    self.deaths.append((name, code))
                    self._spawn(name)
            time.sleep(0.05)

    def connect_many(self, count: int, **settings: Any) -> None:
        """Connect accounts that get no article until it is their turn."""
        for number in range(len(self.accounts), len(self.accounts) + count):
            account = self.connect(f"reader{number}", privacy_level="SELF_ONLY", enabled=False, **settings)
            self.accounts.append(account)
            self._idle.append(account)

    @contextlib.contextmanager
    def turn(self) -> Iterator[dict[str, Any]]:
        """Let the account that was idle for longest get what is delivered in the block, beside others whose turn it is.

        An account may start six posts a minute; with many of them in turn the killing need not wait for that.
        """
        account = self._idle.popleft()
        self._enable(account, is_enabled=True)
        try:
            yield account
        finally:
            self._enable(account, is_enabled=False)
            self._idle.append(account)

    def enable_all(self) -> None:
        """Let every account go on with what waits for it."""
        for account in self.accounts:
            self._enable(account, is_enabled=True)

    def _enable(self, account: dict[str, Any], *, is_enabled: bool) -> None:
        def patched() -> bool:
            try:
                return self.http.patch(f"/api/accounts/{account['id']}", json={"enabled": is_enabled}).is_success
            except httpx.HTTPError:
                return False

        until(patched, what="a web process that takes a setting")

    def is_ready(self) -> bool:
        """Whether some worker gives signs of life."""
        return self.answers(self.http, "/readyz")

    def arm(self, point: str, what: str = "") -> None:
        armed = self.failpoints / f".{point}"
        armed.write_text(what)
        armed.rename(self.failpoints / point)

    def wait_for_victim(self, point: str, *, seconds: float = 300) -> int:
        """Wait until a process has come to the armed point; return its id."""
        (mark,) = until(
            lambda: list(self.failpoints.glob(f"{point}.*")), seconds=seconds, what=f"a process that comes to {point}"
        )
        mark.unlink()
        return int(mark.suffix.removeprefix("."))

    def wait_for_end(self, pid: int) -> int:
        """Wait until a process of ours has ended; return its exit code."""
        until(lambda: pid in self._codes, what=f"the end of process {pid}")
        return self._codes.pop(pid)

    def wait_for_deaths(self, count: int) -> None:
        """Wait until `count` processes have died since the beginning."""
        until(lambda: len(self.deaths) >= count, what=f"death {count}")

    def deliver_surely(self, article_id: str, **data: Any) -> list[str]:
        self.acknowledged[article_id] = super().deliver_surely(article_id, **data)
        return self.acknowledged[article_id]

    def posts(self) -> dict[str, dict[str, Any]]:
        """Every post, by its id."""
        return {post["id"]: post for post in self._list("/api/posts")}

    def article_ids(self) -> set[str]:
        """The CMS's ids of every article."""
        return {article["external_id"] for article in self._list("/api/articles")}

    def _list(self, path: str) -> Iterator[dict[str, Any]]:
        cursor: str | None = ""
        while cursor is not None:
            page = self.api("GET", path, params={"limit": 200} | ({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next_cursor"]

    def settle(self, *, seconds: float = SETTLE_SECONDS, ends: frozenset[str] = FINAL) -> dict[str, dict[str, Any]]:
        """Wait until each acknowledged post is in one of `ends`, and return them."""
        wanted = {post_id for post_ids in self.acknowledged.values() for post_id in post_ids}

        def open_posts() -> dict[str, str]:
            try:
                found = self.posts()
            except (httpx.HTTPError, AssertionError):
                return dict.fromkeys(wanted, "unreadable")
            assert wanted <= found.keys(), f"lost: {wanted - found.keys()}"
            self._let_a_person_look([post for post in found.values() if post["state_reason"] == NO_TRACE])
            return {key: post["state"] for key, post in found.items() if key in wanted and post["state"] not in ends}

        deadline, fewest = time.monotonic() + seconds, len(wanted) + 1
        while left := open_posts():
            if len(left) < fewest:
                # Each account takes six posts a minute, and a loaded machine fewer: what counts is that they go on.
                deadline, fewest = time.monotonic() + seconds, len(left)
            assert time.monotonic() < deadline, "\n".join(self._tell(post_id) for post_id in list(left)[:5])
            time.sleep(1)
        return {key: post for key, post in self.posts().items() if key in wanted}

    def _let_a_person_look(self, posts: list[dict[str, Any]]) -> None:
        """Do what such a post asks for: our own address was dead as well, so that its silence proves nothing."""
        open_ids = {account["id"]: account["open_id"] for account in self.accounts}
        for post in posts:
            there = self.emulator("GET", "posts", params={"open_id": open_ids[post["account_id"]]})["items"]
            if any(item["title"] == post["title"] for item in there if item["stage"] != "failed"):
                self.api("POST", f"/api/posts/{post['id']}/resolve", json={"verdict": "posted"})
            else:
                self.api("POST", f"/api/posts/{post['id']}/retry")

    def _tell(self, post_id: str) -> str:
        post = self.post(post_id)
        lines = [f"  {event['at']} {event['from']} -> {event['to']}: {event['why']}" for event in post["events"]]
        return "\n".join([f"{post_id} is {post['state']} ({post['state_detail']})", *lines])

    def check_no_double(self) -> None:
        """No post of one account and caption is on TikTok twice, and no limit of TikTok's was passed.

        A post that TikTok itself gave up may follow one more: its fetch may fall into the death of our web process.
        """
        items = [item for item in self.emulator("GET", "posts")["items"] if item["stage"] != "failed"]
        there = Counter((item["open_id"], item["caption"]) for item in items)
        twice = [item for item in items if there[item["open_id"], item["caption"]] > 1]
        known = {item["publish_id"] for item in twice}
        ours = [self._tell(post["id"]) for post in self.posts().values() if twice and post["publish_id"] in known]
        assert not twice, "\n".join([*map(str, twice), *ours])
        log = self.emulator("GET", "log", params={"limit": 1})
        assert log["violations_total"] == 0, self.emulator("GET", "log", params={"limit": 5})

    def redis(self) -> redis.Redis:
        """A connection to the installation's own Redis."""
        return redis.Redis(unix_socket_path=str(socket_path(self.folder / "var")), socket_timeout=5)

    def kill_redis(self) -> None:
        """Kill the embedded Redis, whichever process started it."""
        with contextlib.suppress(OSError, redis.RedisError):
            server = self.redis().info("server")
            assert isinstance(server, dict)
            os.kill(int(server["process_id"]), signal.SIGKILL)

    def flush_redis(self) -> None:
        with contextlib.suppress(OSError, redis.RedisError):
            self.redis().flushall()

    @staticmethod
    def resume(pid: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    def kill(self, name: str, signum: int = signal.SIGKILL) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.processes[name].pid, signum)
