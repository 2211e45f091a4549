"""A site to pull from and to post webhooks to, servers on real sockets, and short ways to do what most tests do."""

import asyncio
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import uvicorn
from PIL import Image

from app.emulator import Emulator
from app.emulator.world.settings import SCOPES
from tests.support.threads import served
from tests.support.waiting import eventually

BASE = "http://emulator.test"
MEDIA = "https://media.example.com/photos/"
BULLETIN = "daily.bulletin"
QUIET = "quiet.room"
WEB_REDIRECT = "https://newsroom.example.com/callback"
DESKTOP_REDIRECT = "http://127.0.0.1:8000/callback"


def make_image(width: int = 540, height: int = 960, kind: str = "JPEG") -> bytes:
    packed = io.BytesIO()
    Image.new("RGB", (width, height), (200, 40, 90)).save(packed, kind)
    return packed.getvalue()


@dataclass
class Page:
    body: bytes = b""
    status: int = 200
    content_type: str = "image/jpeg"
    headers: dict[str, str] = field(default_factory=dict)
    gate: asyncio.Event | None = None


class Site:
    """An ASGI site: pages by path, and a hook that answers with the statuses of a list, then with 200."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[str] = []
        self.hooks: list[tuple[dict[str, str], bytes]] = []
        self.hook_statuses: list[int] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["method"] == "POST":
            message = await receive()
            body = message["body"]
            while message.get("more_body"):
                message = await receive()
                body += message["body"]
            self.hooks.append(({name.decode().lower(): value.decode() for name, value in scope["headers"]}, body))
            page = Page(status=self.hook_statuses.pop(0) if self.hook_statuses else 200)
        else:
            self.asked.append(scope["path"])
            page = self.pages.get(scope["path"], Page(status=404))
        if page.gate is not None:
            await page.gate.wait()
        headers = {"content-type": page.content_type, "content-length": str(len(page.body)), **page.headers}
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": page.status, "headers": raw})
        await send({"type": "http.response.body", "body": page.body})


@contextmanager
def serve(app: Any) -> Iterator[str]:
    """Serve an app on a free port, in a thread of its own; yield its address."""
    config = uvicorn.Config(app, port=0, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
    with served(uvicorn.Server(config)) as port:
        yield f"http://127.0.0.1:{port}"


class Caller:
    """What an app does with TikTok, and what a test does with the emulator."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def control(self, path: str, body: Any = None, *, expect: int = 200) -> Any:
        answer = await self.client.post(f"/_emulator/{path}", json={} if body is None else body)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def read(self, path: str) -> Any:
        answer = await self.client.get(f"/_emulator/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def login(self, account: str = BULLETIN, scopes: tuple[str, ...] = SCOPES) -> "User":
        issued = await self.control("tokens", {"open_id": account, "scopes": list(scopes)})
        return User(self, issued["open_id"], issued["access_token"], issued["refresh_token"])

    async def token(self, **form: str) -> httpx.Response:
        base = {"client_key": "emulated-client-key", "client_secret": "emulated-client-secret"}
        return await self.client.post("/v2/oauth/token/", data={**base, **form})

    async def refresh(self, refresh_token: str) -> httpx.Response:
        return await self.token(grant_type="refresh_token", refresh_token=refresh_token)

    async def exchange(self, code: str, redirect_uri: str = WEB_REDIRECT, **more: str) -> httpx.Response:
        return await self.token(grant_type="authorization_code", code=code, redirect_uri=redirect_uri, **more)

    async def authorize(self, *, form: dict[str, Any] | None = None, **changes: str) -> dict[str, str]:
        """Post the consent form; give back what the redirect carries."""
        answer = await self.client.post(authorize_path(**changes), data=form or {"decision": "allow"})
        assert answer.status_code == 302, answer.text
        return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


@dataclass
class User:
    caller: Caller
    open_id: str
    access_token: str
    refresh_token: str

    async def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.access_token}"}
        return await self.caller.client.post(path, json={} if body is None else body, headers=headers, **more)

    async def get(self, path: str) -> httpx.Response:
        return await self.caller.client.get(path, headers={"Authorization": f"Bearer {self.access_token}"})

    async def init(self, body: dict[str, Any] | None = None) -> httpx.Response:
        return await self.post("/v2/post/publish/content/init/", body or photo_body())

    async def accepted(self, body: dict[str, Any] | None = None) -> str:
        answer = await self.init(body)
        assert answer.json()["error"]["code"] == "ok", answer.text
        return str(answer.json()["data"]["publish_id"])

    async def status(self, publish_id: str) -> dict[str, Any]:
        answer = await self.post("/v2/post/publish/status/fetch/", {"publish_id": publish_id})
        assert answer.json()["error"]["code"] == "ok", answer.text
        return dict(answer.json()["data"])


def authorize_path(**changes: str) -> str:
    query = {
        "client_key": "emulated-client-key",
        "response_type": "code",
        "scope": ",".join(SCOPES),
        "redirect_uri": WEB_REDIRECT,
        "state": "state-1",
        **changes,
    }
    return "/v2/auth/authorize/?" + urlencode({name: value for name, value in query.items() if value})


def photo_body(**changes: Any) -> dict[str, Any]:
    """Make an init body; `post_info`, `source_info` and top-level fields are changed by name."""
    body: dict[str, Any] = {
        "media_type": "PHOTO",
        "post_mode": "DIRECT_POST",
        "post_info": {
            "title": "A title",
            "description": "A description #news",
            "privacy_level": "PUBLIC_TO_EVERYONE",
            "disable_comment": False,
            "auto_add_music": True,
            "brand_content_toggle": False,
            "brand_organic_toggle": False,
        },
        "source_info": {
            "source": "PULL_FROM_URL",
            "photo_images": [f"{MEDIA}1.jpg"],
            "photo_cover_index": 0,
        },
    }
    for name, value in changes.items():
        section = next((part for part in ("post_info", "source_info") if name in body[part]), None)
        target = body if section is None else body[section]
        target[name] = value
    return body


def draft_body() -> dict[str, Any]:
    return {**photo_body(post_mode="MEDIA_UPLOAD"), "post_info": {"title": "A draft", "description": "to finish"}}


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def wait_for(emulator: Emulator, publish_id: str, *stages: str) -> Any:
    """Wait until a post has come to one of the stages; give back the record."""
    post = emulator.state.world.posts[publish_id]
    await eventually(lambda: post.stage in stages)
    return post
