"""The whole web application for tests: a client on it, a login of either kind, and the list of all its endpoints."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
import sqlalchemy as sa
import uvicorn
from litestar import Litestar
from litestar.routes import HTTPRoute

from app.articles.intake.batches import plan_with
from app.auth.cookies import cookie_name
from app.auth.logins import Login
from app.auth.service import create_admin, log_in
from app.main import create_app
from app.posts.plan.planner import PostPlanner
from app.resources import Resources
from tests.conftest import make_settings
from tests.support import serving
from tests.support.command import revision_statements
from tests.support.lent import Lent

EMAIL = "editor@newsroom.example"
PASSWORD = "a quiet harbour at dawn"
ORIGIN = "http://127.0.0.1:8000"
SOME_ID = "0190b2f0-0000-7000-8000-000000000000"


# What the settings change about the app itself; everything else it reads from its resources.
_BUILT_WITH = {"public_url", "metrics_public"}
_APPS = Lent(lambda **of_interest: create_app(make_settings(Path(), "sqlite+aiosqlite://", "", **of_interest)))


@dataclass(frozen=True)
class Endpoint:
    """One method of one path, with its parameters filled in."""

    method: str
    template: str
    options: dict[str, Any]

    @property
    def path(self) -> str:
        return re.sub(r"\{[^}]*\}", lambda found: "1" if found[0] == "{number}" else SOME_ID, self.template)

    @property
    def is_unsafe(self) -> bool:
        return self.method not in {"GET", "HEAD", "OPTIONS"}

    @property
    def is_page(self) -> bool:
        return self.template.startswith(("/admin", "/social"))

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


def list_endpoints(app: Litestar) -> Iterator[Endpoint]:
    """List every method of every route, so that a new route is covered on the day it is made."""
    for route in app.routes:
        assert isinstance(route, HTTPRoute), f"{route.path} needs a test of its own"
        for method, (handler, _) in route.route_handler_map.items():
            if method != "OPTIONS":
                yield Endpoint(method, route.path_format, dict(handler.opt))


@dataclass(frozen=True)
class Caller:
    """The app as it is served, and a client that follows no redirect and takes an error as an answer."""

    app: Litestar
    http: httpx.AsyncClient


@asynccontextmanager
async def open_app(resources: Resources, *, base_url: str = ORIGIN) -> AsyncIterator[Caller]:
    """Open the app, in the present event loop: that of its database connections."""
    with lend_app(resources) as app:
        transport = httpx.ASGITransport(cast("Any", app), raise_app_exceptions=False, client=("127.0.0.1", 50000))
        async with httpx.AsyncClient(transport=transport, base_url=base_url) as http:
            yield Caller(app, http)


@contextmanager
def lend_app(resources: Resources) -> Iterator[Litestar]:
    """Lend the app as it is built for such settings, on these resources."""
    of_interest = resources.settings.model_dump(include=_BUILT_WITH)
    with _APPS.lend(**of_interest) as app:
        app.state.resources = resources
        plan_with(resources, PostPlanner())
        yield app


@asynccontextmanager
async def open_client(resources: Resources, *, base_url: str = ORIGIN) -> AsyncIterator[httpx.AsyncClient]:
    """Open the app for a test that needs no more than a client."""
    async with open_app(resources, base_url=base_url) as caller:
        yield caller.http


@asynccontextmanager
async def serve(resources: Resources) -> AsyncIterator[int]:
    """The app on a real socket, for requests that a client library would not send; gives the port."""
    with lend_app(resources) as app:
        config = uvicorn.Config(app, port=0, log_config=None, lifespan="off")
        async with serving.serve(config) as address:
            yield int(address.rpartition(":")[2])


async def make_admin(resources: Resources) -> None:
    async with resources.transaction() as session:
        await create_admin(session, EMAIL, PASSWORD)


async def log_in_program(client: httpx.AsyncClient, resources: Resources) -> Login:
    """Log in as programs do: the token goes into the Authorization header."""
    login = await log_in(resources, EMAIL, PASSWORD, "127.0.0.1")
    client.headers["Authorization"] = f"Bearer {login.token}"
    return login


async def log_in_browser(client: httpx.AsyncClient, resources: Resources) -> Login:
    """Log in as the pages do: the token goes into the cookie."""
    login = await log_in(resources, EMAIL, PASSWORD, "127.0.0.1")
    client.cookies.set(cookie_name(resources.settings), login.token, domain="127.0.0.1", path="/")
    return login


async def mark_as_migrated(resources: Resources) -> None:
    """Make a database with every table pass for one that was migrated."""
    async with resources.db.engine.begin() as connection:
        await connection.run_sync(set_revision)


def set_revision(connection: sa.Connection) -> None:
    """Write what the migrations write when they are through."""
    for statement in revision_statements():
        connection.execute(sa.text(statement))
