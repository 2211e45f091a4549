"""Who is asking: authentication for the whole app, closed by default."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from litestar.connection import ASGIConnection
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, Receive, Scope, Send

from app.auth.cookies import cookie_name
from app.auth.service import recognise
from app.errors import Unauthorized
from app.messages import access
from app.resources import Resources

LOGIN_PAGE = "/admin/login"
_PAGES = ("/admin", "/social")

Connection = ASGIConnection[Any, Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Authentication:
    """How a request was authenticated: `request.auth`. `request.user` is the Admin."""

    session_id: str
    jti: str
    expires_at: datetime
    is_cookie: bool


class AuthenticationMiddleware:
    """Let a request pass only with a login, but where its handler says `opt={"public": True}`.

    A public handler that likes to know who is there says `opt={"public": True, "knows_admin": True}`. A Bearer token
    that is not accepted is an error even beside a good cookie: what skips the CSRF check must not fall back on one.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {ScopeType.HTTP, ScopeType.WEBSOCKET} or scope.get("method") == "OPTIONS":
            await self.app(scope, receive, send)
            return
        options = scope["route_handler"].opt
        is_public = bool(options.get("public"))
        scope["user"] = scope["auth"] = None
        is_known = (not is_public or bool(options.get("knows_admin"))) and await _authenticate(scope)
        if not (is_public or is_known):
            if not is_page(scope["path"]):
                raise Unauthorized(access.LOG_IN)
            await _lead_to_login(scope)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def is_page(path: str) -> bool:
    """Tell whether a path is a page for people, which leads strangers to the login form."""
    return any(path == root or path.startswith(f"{root}/") for root in _PAGES)


def local_path(value: str | None, default: str = "/admin/") -> str:
    """Take a path to go on to after the login, only where it leads nowhere else: no host, no scheme, no trick."""
    if not value or not value.startswith("/") or value.startswith("//") or "\\" in value or not value.isprintable():
        return default
    return value


async def _authenticate(scope: Scope) -> bool:
    connection: Connection = ASGIConnection(scope)
    resources: Resources = connection.app.state["resources"]
    bearer = _bearer(connection.headers)
    token = connection.cookies.get(cookie_name(resources.settings)) if bearer is None else bearer
    found = await recognise(resources, token) if token else None
    if found is None:
        return False
    scope["user"] = found.admin
    scope["auth"] = Authentication(found.session_id, found.jti, found.expires_at, is_cookie=bearer is None)
    return True


def _bearer(headers: Headers) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _lead_to_login(scope: Scope) -> ASGIResponse:
    headers = Headers.from_scope(scope)
    if headers.get("hx-request") == "true":
        # htmx follows a 303 by itself and would put the login form into a part of the page.
        return ASGIResponse(status_code=401, headers={"HX-Redirect": LOGIN_PAGE, "Cache-Control": "no-store"})
    wanted = scope.get("raw_path", b"").decode("latin-1").partition("?")[0] or scope["path"]
    is_deep = scope.get("method") == "GET" and wanted.rstrip("/") not in _PAGES
    target = f"{LOGIN_PAGE}?next={quote(wanted, safe='/')}" if is_deep else LOGIN_PAGE
    return ASGIResponse(status_code=303, headers={"Location": target, "Cache-Control": "no-store"})
