"""Origins that are cold, or accept and never answer: what becomes of their posts, and of everybody else's."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.functional.stack import until


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


def test_addresses_that_never_answer_hold_up_nobody_else_and_their_post_says_what_is_wrong(stack, name, silent):
    stack.connect(name, privacy_level="PUBLIC_TO_EVERYONE")
    dead = [
        stack.deliver(f"{name}-{number}", images=[silent.url(f"/{number}/{n}.jpg") for n in range(32)])
        for number in range(7)
    ]
    ids = [answer.json()["post_ids"][0] for answer in dead]
    until(lambda: silent.taken, what="a connection to the silent origin")
    (good,) = stack.deliver(f"{name}-good").json()["post_ids"]
    post = stack.wait_for(good, "published", seconds=60)
    # Not put off by a minute for posts that are not ready.
    assert "scheduled" not in [event["to"] for event in post["events"]]
    for post_id in ids:
        post = stack.wait_for(post_id, "retryable", seconds=120)
        assert post["state_reason"] == "media_unavailable"
        assert "tried again until" in post["state_detail"]
        assert len(post["media_problems"]) == 32
        assert post["attempts"] == []
    # A silent host is left alone: seven posts with 32 addresses each make a few connections.
    assert len(silent.taken) < 40
    assert any("left alone" in line for line in post["media_problems"])
