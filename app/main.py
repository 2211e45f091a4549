"""create_app: the only list of routers, plugins and providers."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from litestar import Litestar, Request, Response, Router
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.plugins.htmx import HTMXPlugin
from litestar.plugins.pydantic import PydanticPlugin
from litestar.response import Redirect, Template
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler
from sqlmodel.ext.asyncio.session import AsyncSession

from app import __version__
from app.accounts import controllers as accounts
from app.accounts.connect.move import guard_moves
from app.accounts.tokens.credentials import webhook_secrets
from app.accounts.tokens.refresh import settle_refreshes
from app.admin import controllers as admin
from app.admin.shell.errors import error_page
from app.ads import controllers as ads
from app.articles import controllers as articles
from app.articles.deliveries.book import settle_logs
from app.articles.intake.batches import Intake, plan_with
from app.auth import controllers as auth
from app.auth.access import EDITOR
from app.auth.guards import (
    provide_admin,
    provide_client_ip,
    refuses_foreign_sites,
    requires_admin,
    requires_role,
)
from app.auth.middleware import LOGIN_PAGE, AuthenticationMiddleware, is_page
from app.auth.service import ensure_first_admin
from app.auth.setup import make_setup_address
from app.comments import controllers as comments
from app.config import ROOT, Settings, load_settings
from app.emulated import emulate_business
from app.errors import Unauthorized
from app.media import controllers as media
from app.notifications import controllers as notifications
from app.ops import health_routes
from app.ops.metrics.metrics_routes import metrics_handler
from app.posts.by_hand import controllers as posts_by_hand
from app.posts.face import controllers as posts
from app.posts.plan import controllers as posts_plan
from app.posts.plan.planner import PostPlanner
from app.posts.with_tiktok import count_with_tiktok
from app.process.counts import storing_counts
from app.process.startup import tell_setup_address
from app.resources import Resources, open_resources
from app.web.accepts import wants_page
from app.web.json_bodies import JsonBodies
from app.web.language import remember_reader
from app.web.message_schemas import MessageSchemas
from app.web.problems import ApiDocument, app_error, exception_handlers
from app.web.request_guards import refuses_odd_addresses, takes_json_only
from app.web.security_headers import security_headers
from app.webhooks import controllers as webhooks
from app.webhooks.inbox import SecretFinder

_READ_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_BODY_BYTES = 1024 * 1024
_GRACE_SECONDS = 20.0

_SCHEMA_PATH = "/schema"


def create_app(settings: Settings | None = None, *, resources: Resources | None = None) -> Litestar:
    """Build the web application. With `resources` given (tests), they are used and left open."""
    settings = settings or load_settings()
    return Litestar(
        route_handlers=_route_handlers(settings),
        dependencies={
            "session": Provide(provide_session),
            "resources": Provide(provide_resources),
            "settings": Provide(provide_settings),
            "tiktok_secrets": Provide(provide_tiktok_secrets),
            "admin": Provide(provide_admin),
            "client_ip": Provide(provide_client_ip),
        },
        lifespan=[partial(_use, resources) if resources is not None else partial(_open, settings)],
        middleware=[AuthenticationMiddleware],
        guards=[guard],
        plugins=[JsonBodies(), HTMXPlugin(), PydanticPlugin(prefer_alias=True), MessageSchemas()],
        template_config=admin.create_template_config(settings),
        exception_handlers={kind: _for_whom_it_is(tell) for kind, tell in exception_handlers.items()},
        before_request=remember_reader,
        before_send=[security_headers(settings)],
        openapi_config=_openapi(),
        request_max_body_size=MAX_BODY_BYTES,
        # Litestar's own would replace the root logger's handler, and with it what keeps secrets out of the log.
        logging_config=None,
        debug=False,
    )


def _route_handlers(settings: Settings) -> list[ControllerRouterHandler]:
    return [
        *health_routes.route_handlers,
        metrics_handler(settings),
        *auth.route_handlers,
        *accounts.route_handlers,
        *articles.route_handlers,
        *media.route_handlers,
        *posts.route_handlers,
        *posts_by_hand.route_handlers,
        *posts_plan.route_handlers,
        *ads.route_handlers,
        *comments.route_handlers,
        *webhooks.route_handlers,
        *notifications.route_handlers,
        *admin.route_handlers,
        create_static_files_router("/static", [ROOT / "public" / "static"], opt={"public": True}),
    ]


@asynccontextmanager
async def _use(resources: Resources, app: Litestar) -> AsyncIterator[None]:
    app.state.resources = resources
    _bring_together(resources)
    yield


@asynccontextmanager
async def _open(settings: Settings, app: Litestar) -> AsyncIterator[None]:
    async with open_resources(settings, emulate=emulate_business) as opened, _use(opened, app):
        await ensure_first_admin(opened)
        tell_setup_address(await make_setup_address(opened))
        async with storing_counts(opened):
            yield
        left = _seconds_left(app)
        await asyncio.gather(opened.parts.of(Intake).settle(left), settle_refreshes(opened, left), settle_logs(opened))


def _bring_together(resources: Resources) -> None:
    """Tell lower slices whom of a higher one to ask, which they do not know."""
    plan_with(resources, PostPlanner())
    guard_moves(resources, count_with_tiktok)


def _seconds_left(app: Litestar) -> float:
    """How long the end may still take: web.py notes by when the process is killed."""
    ends_by = app.state.get("ends_by")
    return _GRACE_SECONDS if ends_by is None else max(1.0, ends_by - asyncio.get_running_loop().time())


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Apply the guards of every route. As one, because Litestar copies the handler anew for each, for 15 µs."""
    await requires_admin(connection, handler)
    await requires_role(connection, handler)
    await refuses_foreign_sites(connection, handler)
    await refuses_odd_addresses(connection, handler)
    await takes_json_only(connection, handler)


def _for_whom_it_is(answer: Callable[..., Response[Any]]) -> Callable[..., Response[Any] | Template]:
    """A page for whoever looks with a browser, wherever that leads, and a problem document for programs."""

    def tell(request: Request[Any, Any, Any], error: Any) -> Response[Any] | Template:
        is_person = is_page(request.url.path) or wants_page(request.headers.get("accept", ""))
        return error_page(request, error) if is_person else answer(request, error)

    return tell


async def provide_resources(request: Request) -> Resources:  # type: ignore[type-arg]
    opened: Resources = request.app.state.resources
    return opened


async def provide_settings(request: Request) -> Settings:  # type: ignore[type-arg]
    opened: Resources = request.app.state.resources
    return opened.settings


async def provide_tiktok_secrets(request: Request) -> SecretFinder:  # type: ignore[type-arg]
    opened: Resources = request.app.state.resources
    return SecretFinder(partial(webhook_secrets, opened))


async def provide_session(request: Request) -> AsyncIterator[AsyncSession]:  # type: ignore[type-arg]
    """A session that reads for GET and HEAD, and a transaction that ends before the answer is sent for the rest."""
    opened: Resources = request.app.state.resources
    async with opened.read() if request.method in _READ_METHODS else opened.transaction() as session:
        yield session


def _lead_to_login(request: Request[Any, Any, Any], error: Unauthorized) -> Response[Any]:
    """Lead a person to the login form, and refuse a program."""
    if wants_page(request.headers.get("accept", "")):
        return Redirect(f"{LOGIN_PAGE}?next={_SCHEMA_PATH}", status_code=303)
    return app_error(request, error)


class _ApiConfig(OpenAPIConfig):
    def to_openapi_schema(self) -> ApiDocument:
        made = super().to_openapi_schema()
        return ApiDocument(**{field.name: getattr(made, field.name) for field in dataclasses.fields(made)})


def _openapi() -> OpenAPIConfig:
    return _ApiConfig(
        title="Newsreel",
        version=__version__,
        use_handler_docstrings=True,
        description="A newsroom publishes an article; a good TikTok post of it is out within seconds, once.",
        openapi_router=Router(
            _SCHEMA_PATH,
            route_handlers=[admin.ReferencePages],
            include_in_schema=False,
            exception_handlers={Unauthorized: _lead_to_login},
            opt=EDITOR,
        ),
        render_plugins=[admin.ApiDocumentOnly()],
        components=Components(
            security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer", bearer_format="JWT")}
        ),
        security=[{"bearer": []}],
    )
