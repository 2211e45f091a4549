"""What a process opens once: database, queue, HTTP clients, key ring."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx
from sqlmodel.ext.asyncio.session import AsyncSession

from app.config import Settings
from app.db import Database
from app.kit.crypto import Keyring
from app.kit.http.client import build_client
from app.kit.http.downloads import Downloads
from app.kit.parts import Parts
from app.kit.redis_socket import socket_path
from app.queue import ArqQueue
from app.web.bodies import BodyBudget

_MOST_CALLS = 1000
"""At once, to TikTok: a worker that follows thousands of posts has hundreds of questions under way."""


_NOWHERE = "http://127.0.0.1:1"
"""Of a process without an emulator, such as a command that makes no calls."""


@dataclass(frozen=True, slots=True)
class BusinessAccess:
    """Where calls of the Business API go, and with what: to TikTok, or to the emulator inside this installation."""

    http: httpx.AsyncClient
    base_url: str
    is_emulated: bool
    access_token: str = field(default="", repr=False)
    app_id: str = ""
    app_secret: str = field(default="", repr=False)
    center_id: str = ""

    @property
    def mode(self) -> str:
        """The word for where calls go."""
        return "emulated" if self.is_emulated else "real"


Emulate = Callable[[Settings], BusinessAccess]
"""Makes the access to an emulator of this installation's own; only a composition knows one."""


@dataclass(frozen=True, slots=True)
class Resources:
    """One per process. Sessions come from here, so that `enqueue` finds the queue."""

    settings: Settings
    db: Database
    queue: ArqQueue
    keyring: Keyring
    tiktok_http: httpx.AsyncClient
    business: BusinessAccess
    downloads: Downloads = field(default_factory=Downloads)
    bodies: BodyBudget = field(default_factory=BodyBudget)
    parts: Parts = field(default_factory=Parts)
    """What slices remember between calls, each in a class of its own."""
    at_end: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """What is still to be done before all of this is closed."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that writes: commits at the end, then wakes the workers. See Database.transaction."""
        async with self.db.transaction() as session:
            session.info["waker"] = self.queue
            yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that only reads."""
        async with self.db.read() as session:
            yield session

    @property
    def media_dir(self) -> Path:
        return self.settings.data_dir / "media"


def redis_url(settings: Settings) -> str:
    """The configured Redis, or the embedded one's Unix socket in the data folder."""
    return settings.redis_url.get_secret_value() or f"unix://{quote(str(socket_path(settings.data_dir)))}"


@asynccontextmanager
async def open_resources(settings: Settings, *, emulate: Emulate | None = None) -> AsyncIterator[Resources]:
    """Open everything a web or worker process needs, and close it in the reverse order."""
    async with AsyncExitStack() as stack:
        db = Database(settings.database_url.get_secret_value())
        stack.push_async_callback(db.close)
        queue = ArqQueue(redis_url(settings))
        stack.push_async_callback(queue.close)
        tiktok_http = await stack.enter_async_context(build_client(max_connections=_MOST_CALLS))
        business = _business(settings, tiktok_http, emulate)
        if business.http is not tiktok_http:
            stack.push_async_callback(business.http.aclose)
        opened = Resources(settings, db, queue, Keyring(settings.secret_keys), tiktok_http, business)
        try:
            yield opened
        finally:
            for work in opened.at_end:
                await work()


def _business(settings: Settings, http: httpx.AsyncClient, emulate: Emulate | None) -> BusinessAccess:
    if not settings.business_is_real and emulate is not None:
        return emulate(settings)
    return BusinessAccess(
        http,
        settings.business_api_base_url.strip() if settings.business_is_real else _NOWHERE,
        is_emulated=not settings.business_is_real,
        access_token=settings.business_access_token.get_secret_value().strip() or "none",
        app_id=settings.business_app_id,
        app_secret=settings.business_app_secret.get_secret_value(),
        center_id=settings.business_center_id,
    )
