"""Origins that are cold, or accept and never answer: what becomes of their posts, and of everybody else's."""

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import ANY

import psutil
import pytest

from tests.functional.shared.conftest import on_sqlite
from tests.functional.stack import jpeg, until

MOST_GROWTH = 60_000_000
"""Of one process, whose first pictures load what converts them; with 3,000 articles it was seen to be 21 MB."""


@dataclass
class SilentOrigin:
    """Accepts connections and says nothing."""

    listener: socket.socket
    taken: list[socket.socket] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"http://localhost:{self.listener.getsockname()[1]}{path}"

    def accept(self) -> None:
        try:
            while True:
                self.taken.append(self.listener.accept()[0])
        except OSError:
            return


@dataclass
class SlowOrigin:
    """Takes ten seconds for a picture until it may be `quick`, and drips the one of that name, byte by byte."""

    quick: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    asked: Counter[str] = field(default_factory=Counter)
    port: int = 0

    def url(self, path: str) -> str:
        return f"http://localhost:{self.port}{path}"


@pytest.fixture
def slow_origin() -> Iterator[SlowOrigin]:
    origin, picture = SlowOrigin(), jpeg(480, 640)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            origin.asked[self.path] += 1
            origin.quick.wait(10)
            self.send_response(200)
            self.send_header("Content-Length", str(len(picture)))
            self.end_headers()
            pieces = [bytes([byte]) for byte in picture] if "drip" in self.path else [picture]
            try:
                for piece in pieces:
                    self.wfile.write(piece)
                    if len(pieces) > 1 and origin.over.wait(1):
                        return
            except OSError:
                return

        def log_message(self, *_args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    origin.port = server.server_port
    yield origin
    origin.quick.set()
    origin.over.set()
    server.shutdown()


@pytest.fixture
def silent() -> Iterator[SilentOrigin]:
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
        origin = SilentOrigin(listener)
        accepting = threading.Thread(target=origin.accept, daemon=True)
        accepting.start()
        yield origin
        listener.shutdown(socket.SHUT_RDWR)
    accepting.join(5)
    for connection in origin.taken:
        connection.close()


@on_sqlite
def test_addresses_that_never_answer_hold_up_nobody_else_and_their_post_says_what_is_wrong(stack, name, silent):
    stack.connect(name, privacy_level="PUBLIC_TO_EVERYONE")
    dead = [
        stack.deliver(f"{name}-{number}", images=[silent.url(f"/{number}/{n}.jpg") for n in range(32)])
        for number in range(7)
    ]
    ids = [answer.json()["post_ids"][0] for answer in dead]
    until(lambda: silent.taken, what="a connection to the silent origin")
    (good,) = stack.deliver(f"{name}-good").json()["post_ids"]
    post = stack.wait_for(good, "published")
    # Not put off by a minute for posts that are not ready.
    assert "scheduled" not in [event["to"] for event in post["events"]]
    for post_id in ids:
        post = stack.wait_for(post_id, "retryable")
        assert post["state_reason"] == "media_unavailable"
        assert "tried again until" in post["state_detail"]
        assert len(post["media_problems"]) == 32
        assert post["attempts"] == []
    # A silent host is left alone: seven posts with 32 addresses each make a few connections.
    assert len(silent.taken) < 40
    assert any("left alone" in line for line in post["media_problems"])


@pytest.mark.parametrize(
    ("many", "patience"),
    [(60, 300), pytest.param(3000, 1800, marks=[pytest.mark.torture, pytest.mark.timeout(3600)])],
)
@on_sqlite
def test_many_articles_with_slow_pictures_hold_up_no_other_source_and_a_dripping_one_ends(
    stack, name, slow_origin, many, patience
):
    account = stack.connect(name, mode="approve")
    before = memory_of(stack)
    (drip,) = stack.deliver(f"{name}-drip", images=[slow_origin.url(f"/{name}/drip.jpg")]).json()["post_ids"]
    for n in range(many):
        stack.deliver_surely(f"{name}-{n}", images=[slow_origin.url(f"/{name}/{n}.jpg")])
    other = stack.api("POST", "/api/sources", json={"name": name, "kind": "generic"})
    (quick,) = deliver_from(stack, other, f"{name}-quick")

    def ready() -> set[str]:
        found: set[str] = set()
        wanted = {"account_id": account["id"], "state": "awaiting_approval", "limit": 200}
        while wanted.get("cursor", "") is not None:
            page = stack.api("GET", "/api/posts", params=wanted)
            found |= {post["id"] for post in page["items"]}
            wanted["cursor"] = page["next_cursor"]
        return found

    until(lambda: stack.post(quick)["state"] == "awaiting_approval", what="the other source's article")
    assert len(ready()) <= many, "it did not wait for all the others"
    assert stack.http.get("/healthz").status_code == 200
    slow_origin.quick.set()
    post = stack.wait_for(drip, "retryable")
    assert (post["state_reason"], post["attempts"]) == ("media_unavailable", [])
    until(lambda: len(ready()) == many + 1, seconds=patience, what="all of them")
    assert slow_origin.asked == {f"/{name}/{n}.jpg": 1 for n in range(many)} | {f"/{name}/drip.jpg": ANY}
    grown = {process: memory_of(stack)[process] - before[process] for process in before}
    assert max(grown.values()) < MOST_GROWTH, grown


def memory_of(stack) -> dict[int, int]:
    """Bytes of each process of ours; those that convert pictures come and go."""
    children = psutil.Process(stack.processes["up"].pid).children(recursive=True)
    ours = [child for child in children if {"web", "worker"} & {*child.cmdline()[-1:]}]
    assert len(ours) == 2
    return {child.pid: child.memory_info().rss for child in ours}


def deliver_from(stack, source, article_id: str) -> list[str]:
    own, stack.source = stack.source, source
    try:
        return list(stack.deliver(article_id).json()["post_ids"])
    finally:
        stack.source = own
