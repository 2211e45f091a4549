"""An app with authentication and guards as the real one has them, and a helper that walks all routes."""

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx
from litestar import Litestar
from litestar.di import Provide
from litestar.routes import HTTPRoute

from app.auth import controllers
from app.auth.cookies import cookie_name
from app.auth.guards import provide_admin, refuses_foreign_sites, requires_admin, requires_role
from app.auth.logins import Login
from app.auth.middleware import AuthenticationMiddleware
from app.auth.models import Admin
from app.auth.service import create_admin, log_in
from app.main import provide_resources, provide_session, provide_settings
from app.resources import Resources
from app.web.problems import exception_handlers
from tests.support.lent import Lent

EMAIL = "editor@example.org"
PASSWORD = "a quiet harbour at dawn"
SAMPLE_ID = "0190b2f0-0000-7000-8000-000000000000"
ORIGIN = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Endpoint:
    """One method of one path, with its parameters filled in."""

    method: str
    path: str
    opt: dict[str, Any]

    @property
    def is_public(self) -> bool:
        return bool(self.opt.get("public"))

    @property
    def is_unsafe(self) -> bool:
        return self.method not in {"GET", "HEAD", "OPTIONS"}


def list_endpoints(app: Litestar) -> Iterator[Endpoint]:
    """List every method of every route, so that a new route is covered on the day it is made."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            path = re.sub(r"\{[^}]*\}", SAMPLE_ID, route.path_format)
            for method, (handler, _) in route.route_handler_map.items():
                if method != "OPTIONS":
                    yield Endpoint(method, path, dict(handler.opt))


def _build_app(*route_handlers: Any) -> Litestar:
    return Litestar(
        route_handlers=[*controllers.route_handlers, *route_handlers],
        dependencies={
            "resources": Provide(provide_resources),
            "settings": Provide(provide_settings),
            "session": Provide(provide_session),
            "admin": Provide(provide_admin),
        },
        middleware=[AuthenticationMiddleware],
        guards=[requires_admin, requires_role, refuses_foreign_sites],
        exception_handlers=exception_handlers,
        request_max_body_size=1024 * 1024,
        logging_config=None,
        openapi_config=None,
    )


_APPS = Lent(_build_app)


def build_app(resources: Resources, route_handlers: Sequence[Any] = ()) -> Litestar:
    app = _build_app(*route_handlers)
    app.state.resources = resources
    return app


@asynccontextmanager
async def open_client(
    resources: Resources, route_handlers: Sequence[Any] = (), *, address: str = "127.0.0.1"
) -> AsyncIterator[httpx.AsyncClient]:
    """A client that follows no redirect, on an app with these handlers beside those of the login."""
    with _APPS.lend(*route_handlers) as app:
        app.state.resources = resources
        transport = httpx.ASGITransport(cast("Any", app), raise_app_exceptions=False, client=(address, 50000))
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            yield client


async def make_admin(resources: Resources, email: str = EMAIL, password: str = PASSWORD) -> Admin:
    async with resources.transaction() as session:
        return await create_admin(session, email, password)


async def log_in_page(client: httpx.AsyncClient, resources: Resources) -> Login:
    """Log in as the pages do: the token goes into the client's cookie."""
    login = await log_in(resources, EMAIL, PASSWORD, "127.0.0.1")
    client.cookies.set(cookie_name(resources.settings), login.token, domain="127.0.0.1", path="/")
    return login


async def log_in_program(client: httpx.AsyncClient, resources: Resources) -> Login:
    """Log in as programs do: the token goes into the Authorization header."""
    login = await log_in(resources, EMAIL, PASSWORD, "127.0.0.1")
    client.headers["Authorization"] = f"Bearer {login.token}"
    return login
