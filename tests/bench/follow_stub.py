"""A status endpoint in a process of its own, which keeps book: `python -m tests.bench.follow_stub PORT DELAY_MS`.

A post's id says when it is due first and when TikTok has its verdict, so that lateness is judged here and not by the
follower: `p.<first due, ms>.<verdict, ms; 0 = never>.<number>`.
"""

import asyncio
import json
import re
import sys
import time
from collections import deque
from typing import Any, cast

import uvloop

INTERVAL = 5.0
LIMIT_PER_MINUTE = 30
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ID = re.compile(rb'"publish_id":"(p\.(\d+)\.(\d+)\.\d+)"')
_BEARER = re.compile(rb"\r\nauthorization: bearer ([^\r]+)", re.IGNORECASE)


class Book:
    """What was asked, how late, and by how much too often."""

    def __init__(self) -> None:
        self.next_due: dict[bytes, float] = {}
        self.known_at: dict[bytes, tuple[float, float]] = {}
        self.windows: dict[bytes, deque[float]] = {}
        self.reset()

    def reset(self) -> None:
        self.since = time.time()
        self.late: list[float] = []
        self.violations = 0

    def note(self, post: bytes, first_due: float, verdict_at: float, owner: bytes) -> bool:
        """Note a question; tell whether the verdict is in."""
        now = time.time()
        due = self.next_due.get(post, first_due)
        self.late.append(now - due)
        # The next one is due in step; who is far behind counts from now on.
        self.next_due[post] = due + INTERVAL if due + INTERVAL - now > INTERVAL / 2 else now + INTERVAL
        window = self.windows.setdefault(owner, deque())
        while window and window[0] <= now - 60:
            window.popleft()
        window.append(now)
        self.violations += len(window) > LIMIT_PER_MINUTE
        is_known = 0 < verdict_at <= now
        if is_known and post not in self.known_at:
            self.known_at[post] = (verdict_at, now)
        return is_known

    def figures(self) -> dict[str, Any]:
        told = [known - verdict for verdict, known in self.known_at.values()]
        return {
            "seconds": time.time() - self.since,
            "late": self.late,
            "posts_asked": len(self.next_due),
            "violations": self.violations,
            "verdicts_late": told,
            "last_verdict_at": max((known for _, known in self.known_at.values()), default=0.0),
        }


class Connection(asyncio.Protocol):
    """One keep-alive connection; a question at a time."""

    def __init__(self, book: Book, delay: float) -> None:
        self._book = book
        self._delay = delay
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class derives from none of asyncio's

    def data_received(self, data: bytes) -> None:
        self._unread += data
        head, end, body = self._unread.partition(b"\r\n\r\n")
        if not end:
            return
        length = _LENGTH.search(head)
        if length is not None and len(body) < int(length[1]):
            return
        self._unread = b""
        if head.startswith(b"GET /figures"):
            self._answer(json.dumps(self._book.figures()).encode())
        elif head.startswith(b"GET /reset"):
            self._book.reset()
            self._answer(b"{}")
        else:
            asyncio.get_running_loop().call_later(self._delay, self._answer, self._judge(head, body))

    def _judge(self, head: bytes, body: bytes) -> bytes:
        post, owner = _ID.search(body), _BEARER.search(head)
        if post is None or owner is None:
            return b'{"data":{},"error":{"code":"invalid_params","message":"","log_id":"bench"}}'
        is_known = self._book.note(post[1], int(post[2]) / 1000, int(post[3]) / 1000, owner[1])
        data = '"status":"PROCESSING_DOWNLOAD","downloaded_bytes":0'
        if is_known:
            data = f'"status":"PUBLISH_COMPLETE","publicaly_available_post_id":["{7 * 10**18 + int(post[2])}"]'
        return f'{{"data":{{{data}}},"error":{{"code":"ok","message":"","log_id":"bench"}}}}'.encode()

    def _answer(self, body: bytes) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
        if not self._transport.is_closing():
            self._transport.write(head % len(body) + body)


async def serve(port: int, delay: float) -> None:
    book = Book()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(book, delay), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(sys.argv[1]), float(sys.argv[2]) / 1000))
