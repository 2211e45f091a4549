"""The Business API's side of a wire, scripted: each call gets the next answer."""

import json
from collections.abc import Callable
from typing import Any

import httpx

from app.tiktok_business.addresses import read_address
from app.tiktok_business.client import TikTokBusinessClient
from app.tiktok_business.limiter import NoLimit, Place
from app.tiktok_business.sending import Patience, Sender

TOKEN = "a-token-that-nobody-may-see"
Step = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def told(
    data: Any = None, *, code: int = 0, message: str = "OK", status: int = 200, throttle: str = ""
) -> httpx.Response:
    """An envelope as TikTok writes it."""
    content = {"code": code, "message": message, "request_id": f"req-{code}", "data": {} if data is None else data}
    return httpx.Response(status, json=content, headers={"X-Tt-Logid": "log-1", "X-Tt-Ads-Throttle": throttle})


class Script(httpx.AsyncBaseTransport):
    """Answers in order, the last answer for ever; keeps what was asked."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.asked: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.asked.append(request)
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, Exception):
            raise step
        if not isinstance(step, httpx.Response):
            return step(request)
        return httpx.Response(step.status_code, headers=step.headers, content=step.content)

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(request.content) for request in self.asked]


class Counted(NoLimit):
    """A limiter that only remembers, and orders the pauses that it was given."""

    def __init__(self, pause: float | None = None) -> None:
        self.places: list[Place] = []
        self.throttled: list[int | None] = []
        self.pause = pause

    async def wait(self, place: Place) -> None:
        self.places.append(place)

    async def note_throttled(self, place: Place, code: int | None, message: str) -> float | None:
        self.throttled.append(code)
        return self.pause


def make_client(
    script: httpx.AsyncBaseTransport,
    *,
    base_url: str = "https://business-api.tiktok.com",
    limiter: NoLimit | None = None,
    patience: Patience | None = None,
    allow_audiences: bool = False,
) -> TikTokBusinessClient:
    """A client on the script that pauses for no time at all."""
    client = TikTokBusinessClient(
        httpx.AsyncClient(transport=script),
        read_address(base_url),
        limiter or NoLimit(),
        access_token=TOKEN,
        patience=patience,
        allow_audiences=allow_audiences,
    )
    client.sender = unhurried(client.sender)
    return client


def unhurried(sender: Sender) -> Sender:
    return Sender(sender.http, sender.address, sender.limiter, sender.access_token, sender.patience, draw=lambda: 0.0)
