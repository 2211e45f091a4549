"""The stage of the state machine: TikTok, pictures, a web process, a worker that can die, and a clock to turn."""

import asyncio
import io
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar
from unittest.mock import patch

import time_machine
import uvicorn
from litestar import Litestar, Response
from litestar.di import Provide
from litestar.types import ASGIApp, Receive, Scope, Send
from pydantic import SecretStr
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.tokens.credentials import webhook_secrets
from app.articles.intake.batches import plan_with
from app.emulator.webhooks.events import sign
from app.emulator.world.records import Post, UrlProperty
from app.kit import redact
from app.kit.crypto import Keyring
from app.kit.http.client import build_client
from app.kit.logs import configure_logging
from app.media.controllers import serve_media
from app.posts.plan.planner import PostPlanner
from app.queue import ArqQueue
from app.resources import BusinessAccess, Resources
from app.web.problems import exception_handlers
from app.webhooks.inbox import SecretFinder, receive_event
from app.worker import load_jobs
from tests.accounts.support import TikTok, at_tiktok, run_tiktok
from tests.builders_articles import new_source
from tests.conftest import make_settings
from tests.media.origin import Origin, open_origin
from tests.media.samples import numbered
from tests.posts.support import FakeQueue, Newsroom
from tests.support.logs import logging_restored
from tests.support.waiting import eventually
from tests.torture.hasty import RAM, in_haste
from tests.torture.mortal import MortalDatabase, Worker, make_task

T = TypeVar("T")
MakeDatabase = Callable[[Path], AbstractContextManager[str]]

PULL_WINDOW_SECONDS = 900.0
TIKTOK_PULLS_FOR_SECONDS = 600.0


class Stage:
    """What all examples share, and what the one that is played now has for itself."""

    tiktok: TikTok
    origin: Origin
    web: Newsroom
    worker: Worker

    def __init__(self, make_database: MakeDatabase, *, daily_cap: int) -> None:
        """`make_database` gets a folder, and lends the URL of an empty database for as long as an example is played."""
        self.make_database = make_database
        self.daily_cap = daily_cap
        self.queue = FakeQueue()
        self.log = io.StringIO()
        self.is_web_away = False
        self._loop = asyncio.Runner()
        self._shared, self._own = AsyncExitStack(), AsyncExitStack()
        self._folder = Path(tempfile.mkdtemp(dir=RAM))

    def __enter__(self) -> Self:
        load_jobs()
        self._shared.enter_context(_logged_to(self.log))
        self._shared.enter_context(in_haste())
        self._loop.get_loop().set_task_factory(make_task)
        self.run(self._open(self.daily_cap))
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._shared.aclose())
        self._loop.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run(work)

    async def _open(self, daily_cap: int) -> None:
        self.tiktok = await self._shared.enter_async_context(
            run_tiktok(
                webhook_url="http://127.0.0.1:9/held", webhook_hold=True, pull_timeout=TIKTOK_PULLS_FOR_SECONDS,
                daily_cap=daily_cap,
            )
        )  # fmt: skip
        self.origin = await self._shared.enter_async_context(open_origin())
        self.origin.files = {"/1.jpg": numbered(1)}
        self.http = await self._shared.enter_async_context(build_client())
        self.address = await self._shared.enter_async_context(self._serve())

    # One example.

    async def begin(self, keys: tuple[str, ...]) -> None:
        """A new newsroom: an empty database, a TikTok that knows nobody, and the clock as it is."""
        self._own = AsyncExitStack()
        self.folder = Path(self._own.enter_context(tempfile.TemporaryDirectory(dir=self._folder)))
        self.database_url = self._own.enter_context(self.make_database(self.folder))
        self.clock = self._own.enter_context(time_machine.travel(datetime.now(UTC), tick=True))
        self._own.enter_context(patch.object(redact, "live_secrets", redact.LiveSecrets()))
        self.tiktok.world.reset()
        prefix = UrlProperty("1", "prefix", f"{self.address}/media/", "proof", verified=True)
        self.tiktok.world.properties[prefix.id] = prefix
        self.is_web_away = False
        self.queue.woken.clear()
        app = self._new_resources(keys)
        self.web = Newsroom(app, self.tiktok, self.origin, self.queue, await new_source(app))
        await self.start(keys)

    async def end(self) -> None:
        self.worker.db.is_dead = True
        self.tiktok.world.reset()
        await self._own.aclose()

    async def start(self, keys: tuple[str, ...]) -> None:
        """Start web process and worker anew: nothing is left of what the old ones had in memory."""
        if hasattr(self, "worker"):
            self.worker.db.is_dead = True
        source = self.web.source
        app = self._new_resources(keys)
        self.web = Newsroom(self._new_resources(keys), self.tiktok, self.origin, self.queue, source)
        assert isinstance(app.db, MortalDatabase)
        self.worker = Worker(Newsroom(app, self.tiktok, self.origin, self.queue, source), app.db)

    def _new_resources(self, keys: tuple[str, ...]) -> Resources:
        # Nobody listens there: wake-ups stay in a queue of our own, which a rule empties.
        settings = make_settings(
            self.folder,
            self.database_url,
            f"unix://{self.folder}/no-redis",
            secret_key=SecretStr(",".join(keys)),
        )
        db = MortalDatabase(settings.database_url.get_secret_value())
        self._own.push_async_callback(db.close)
        queue: ArqQueue = self.queue  # type: ignore[assignment]
        business = BusinessAccess(self.http, "http://127.0.0.1:1", is_emulated=True)
        resources = Resources(settings, db, queue, Keyring(settings.secret_keys), self.http, business)
        there = at_tiktok(
            resources, self.tiktok, public_url=self.address, fetch_allow_hosts=(self.origin.host,),
            pull_window_seconds=PULL_WINDOW_SECONDS,
        )  # fmt: skip
        plan_with(there, PostPlanner())
        return there

    # What happens on it.

    async def let_pass(self, minutes: float) -> None:
        self.clock.shift(minutes * 60)
        self.tiktok.world.clock.advance(0)  # wakes those who sleep until a moment
        await self.quiet()

    async def quiet(self) -> None:
        """Wait until TikTok has fetched what it is about to fetch."""
        await eventually(lambda: not any(_is_fetching(post, self) for post in self.tiktok.world.posts.values()))

    async def hear(self, body: bytes, made_at: float) -> None:
        """Let TikTok deliver one of its events to our endpoint, signed when it was made."""
        signature = sign(self.tiktok.world.settings.client_secret, body, int(made_at))
        await receive_event(self.web.app, body, signature, SecretFinder(partial(webhook_secrets, self.web.app)))

    def list_secrets(self) -> list[str]:
        """What no log may ever show."""
        world = self.tiktok.world
        return [*world.by_access_token, *world.by_refresh_token, world.settings.client_secret, self.web.source.secret]

    def take_log(self) -> str:
        """What was logged since the last look."""
        text = self.log.getvalue()
        self.log.seek(0)
        self.log.truncate()
        return text

    @asynccontextmanager
    async def _serve(self) -> AsyncIterator[str]:
        async def provide_session() -> AsyncIterator[AsyncSession]:
            async with self.web.app.read() as session:
                yield session

        app = Litestar(
            [serve_media],
            dependencies={
                "session": Provide(provide_session),
                "resources": Provide(lambda: self.web.app, sync_to_thread=False),
            },
            exception_handlers=dict(exception_handlers),
            openapi_config=None,
            logging_config=None,
            middleware=[self._door],
        )
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", access_log=False, lifespan="off"))
        serving = asyncio.create_task(server.serve())
        await eventually(lambda: server.started)
        try:
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving

    def _door(self, app: ASGIApp) -> ASGIApp:
        async def pass_or_refuse(scope: Scope, receive: Receive, send: Send) -> None:
            if self.is_web_away:
                await Response({"code": "away"}, status_code=503).to_asgi_response(None, scope)(scope, receive, send)  # type: ignore[arg-type]
            else:
                await app(scope, receive, send)

        return pass_or_refuse


def _is_fetching(post: Post, stage: Stage) -> bool:
    waits_until = post.accepted_at + post.progression.pull_delay
    return post.stage == "pulling" and waits_until <= stage.tiktok.world.clock.now()


@contextmanager
def _logged_to(stream: io.StringIO) -> Iterator[None]:
    """Log as in production, and put everything back as it was afterwards."""
    with logging_restored():
        configure_logging("json", stream=stream)
        yield
