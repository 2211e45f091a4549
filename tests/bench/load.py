"""The newsroom's side of the intake benchmark: signs deliveries ahead, then sends them as fast as they are answered.

`python -m tests.bench.load`: the order as JSON on standard input, the figures as JSON on standard output.
"""

import asyncio
import gc
import hashlib
import hmac
import json
import re
import sys
import time
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlsplit

import uvloop

from app.articles.adapters.standard_webhooks import sign_delivery
from app.kit.clock import rfc3339, utcnow

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PAUSE_SECONDS = 0.2
_TAKEN = (b"HTTP/1.1 202 ", b"HTTP/1.1 200 ")
_EXCERPT = (
    "Қала тұрғындары үш жыл күткен кітапхана бүгін есігін айқара ашты: "
    "40 мың кітап, балалар бөлмесі және кешкі оқу залы."
)


def make_request(url: str, secret: str, number: int, kind: str = "published", title: str = "") -> bytes:
    """A whole signed HTTP request with an article of its own, of about a kilobyte."""
    parts = urlsplit(url)
    document = _document(number)
    document["type"] = f"article.{kind}"
    document["data"]["title"] += title
    body = json.dumps(document, ensure_ascii=False).encode()
    headers = sign_delivery(secret, f"msg_{kind}_{number}{title}", int(time.time()), body)
    head = [f"POST {parts.path} HTTP/1.1", f"host: {parts.netloc}", f"content-length: {len(body)}"]
    head += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def make_event_request(url: str, client_key: str, secret: str, number: int) -> bytes:
    """A whole signed HTTP request with an event of TikTok's that it has not sent before."""
    parts = urlsplit(url)
    content = json.dumps({"publish_id": f"v_pub_url~bench-{number}", "publish_type": "DIRECT_PUBLISH"})
    event = {
        "client_key": client_key,
        "event": "post.publish.complete",
        "create_time": int(time.time()),
        "user_openid": f"-000bench{number % 5000}",
        "content": content,
    }
    body, signed_at = json.dumps(event).encode(), str(int(time.time()))
    signature = hmac.new(secret.encode(), signed_at.encode() + b"." + body, hashlib.sha256).hexdigest()
    head = [f"POST {parts.path} HTTP/1.1", f"host: {parts.netloc}", f"content-length: {len(body)}"]
    head += ["content-type: application/json", f"tiktok-signature: t={signed_at},s={signature}"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def _document(number: int) -> dict[str, Any]:
    return {
        "type": "article.published",
        "timestamp": rfc3339(utcnow()),
        "data": {
            "id": f"bench-{number}",
            "url": f"https://news.example/kk/{number}",
            "title": f"Сәтбаевта {number} кітапхана ашылды 📚",
            "excerpt": _EXCERPT,
            "html": f"<p>{_EXCERPT}</p>",
            "language": "kk",
            "category": "Мәдениет",
            "tags": ["Жаңа Қазақстан", "кітап"],
            "images": [{"url": f"https://news.example/{number}.jpg", "alt": "Қала көрінісі"}],
            "published_at": rfc3339(utcnow()),
        },
    }


class Run:
    """What all connections share: the requests still to be sent, and what came of the others."""

    def __init__(self, requests: list[bytes], connections: int, *, are_new: bool, is_patient: bool) -> None:
        self.requests: Iterator[bytes] = iter(requests)
        self.are_new = are_new
        self.is_patient = is_patient
        self.seconds: list[float] = []
        self.refused = 0
        self.open = connections
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def leave(self) -> None:
        self.open -= 1
        if self.open == 0 and not self.ended.done():
            self.ended.set_result(None)

    def fail(self, reason: str) -> None:
        if not self.ended.done():
            self.ended.set_exception(RuntimeError(reason))


class Connection(asyncio.Protocol):
    """Sends a request, waits for its answer, sends the next."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._request = self._answer = b""
        self._sent_at = 0.0
        self._done = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class derives from none of asyncio's
        self._send()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not end:
            return
        length = _LENGTH.search(head)
        if length is None or len(body) < int(length[1]):
            return
        if self._run.is_patient and head.startswith(b"HTTP/1.1 503 "):
            # The time of the answer runs on.
            self._run.refused += 1
            self._answer = b""
            asyncio.get_running_loop().call_later(_PAUSE_SECONDS, self._transport.write, self._request)
            return
        self._run.seconds.append(time.perf_counter() - self._sent_at)
        # A duplicate is answered without a new article: it would flatter the figure.
        is_new = b'"duplicate":false' in body
        if not head.startswith(_TAKEN) or (self._run.are_new and not is_new):
            self._run.fail(self._answer.decode(errors="replace"))
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done:
            self._run.fail(f"the server hung up: {exc}")

    def _send(self) -> None:
        request = next(self._run.requests, None)
        if request is None:
            self._done = True
            self._transport.close()
            self._run.leave()
            return
        self._request, self._answer = request, b""
        self._sent_at = time.perf_counter()
        self._transport.write(request)


async def fire(order: dict[str, Any]) -> dict[str, Any]:
    """Send `count` deliveries, numbered from `first`, over so many connections; each `twice_every`th goes out twice.

    With `is_patient` a 503 is followed by the same again, as by a CMS. `kind` and `title` make them edits, or the same
    once more; with a `client_key` they are events of TikTok's instead; a whole `request` is sent as it is. With `rate`
    so many are sent in a second, whether the earlier ones are answered or not, and each one's time runs from the
    moment at which it was due.
    """
    requests = _make_requests(order)
    gc.disable()
    if order["rate"]:
        return await _fire_at_rate(order, requests)
    run = Run(requests, order["connections"], are_new=order["are_new"], is_patient=order["is_patient"])
    parts = urlsplit(order["url"])
    started_at = time.perf_counter()
    for _ in range(order["connections"]):
        await asyncio.get_running_loop().create_connection(lambda: Connection(run), parts.hostname, parts.port)
    await run.ended
    answers_ms = [value * 1000 for value in run.seconds]
    return {"seconds": time.perf_counter() - started_at, "answers_ms": answers_ms, "refused": run.refused}


def _make_requests(order: dict[str, Any]) -> list[bytes]:
    if request := order.get("request"):
        return [request.encode()] * order["count"]
    url, secret, twice_every = order["url"], order["secret"], order["twice_every"]
    numbers = range(order["first"], order["first"] + order["count"])
    if order["client_key"]:
        return [make_event_request(url, order["client_key"], secret, number) for number in numbers]
    return [
        make_request(url, secret, number, order["kind"], order["title"])
        for number in numbers
        for _ in range(2 if twice_every and number % twice_every == 0 else 1)
    ]


async def _fire_at_rate(order: dict[str, Any], requests: list[bytes]) -> dict[str, Any]:
    parts = urlsplit(order["url"])
    idle: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(order["connections"]):
        idle.put_nowait(await asyncio.open_connection(parts.hostname, parts.port))
    answers_ms: list[float] = []

    async def send(request: bytes, due: float) -> None:
        reader, writer = await idle.get()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not head.startswith(_TAKEN) or length is None:
            raise RuntimeError(head.decode(errors="replace"))
        await reader.readexactly(int(length[1]))
        answers_ms.append((time.perf_counter() - due) * 1000)
        idle.put_nowait((reader, writer))

    started_at = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, request in enumerate(requests):
            due = started_at + number / order["rate"]
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(send(request, due))
    return {"seconds": time.perf_counter() - started_at, "answers_ms": answers_ms}


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        json.dump(runner.run(fire(json.load(sys.stdin))), sys.stdout)
