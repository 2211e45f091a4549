"""A small hub on a real socket: it takes subscriptions, asks back, and tells its subscribers of a feed, signed."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx
from aiohttp import web


@dataclass
class Hub:
    """Whom it tells, with which secret, and what it was asked."""

    url: str = ""
    lease_seconds: int = 864_000
    status: int = 202
    denies: str = ""
    subscribers: dict[str, tuple[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    answers: list[tuple[int, str]] = field(default_factory=list)
    verifying: set[asyncio.Task[None]] = field(default_factory=set)

    async def handle(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(form)
        if self.status == 202:
            task = asyncio.create_task(self._verify(form))
            self.verifying.add(task)
        return web.Response(status=self.status)

    async def _verify(self, form: dict[str, str]) -> None:
        mode = "denied" if self.denies else form["hub.mode"]
        query = {"hub.mode": mode, "hub.topic": form["hub.topic"]}
        if self.denies:
            query["hub.reason"] = self.denies
        else:
            query |= {"hub.challenge": "c-h&a/ll=enge", "hub.lease_seconds": str(self.lease_seconds)}
        answer = await self.call("GET", f"{form['hub.callback']}?{urlencode(query)}")
        self.answers.append((answer.status_code, answer.text))
        if answer.status_code == 200 and answer.text == "c-h&a/ll=enge":
            if mode == "subscribe":
                self.subscribers[form["hub.callback"]] = (form["hub.topic"], form["hub.secret"])
            else:
                self.subscribers.pop(form["hub.callback"], None)

    async def settle(self) -> None:
        await asyncio.gather(*self.verifying)

    async def tell(self, body: bytes, *, method: str = "sha256", secret: str = "") -> list[int]:
        """Tell all subscribers; give their answers."""
        answers = []
        for callback, (_, own) in list(self.subscribers.items()):
            mac = hmac.new((secret or own).encode(), body, getattr(hashlib, method)).hexdigest()
            headers = {"X-Hub-Signature": f"{method}={mac}", "Content-Type": "application/rss+xml"}
            answers.append((await self.call("POST", callback, content=body, headers=headers)).status_code)
        return answers

    async def call(self, method: str, url: str, **more: object) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.request(method, url, **more)  # type: ignore[arg-type]


@asynccontextmanager
async def open_hub() -> AsyncIterator[Hub]:
    hub = Hub()
    app = web.Application()
    app.router.add_post("/hub", hub.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        hub.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hub"
        yield hub
    finally:
        await runner.cleanup()
