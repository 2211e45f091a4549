"""Guards for the whole app: a login everywhere, and no change of state on another site's behalf."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.enums import RequestEncodingType
from litestar.handlers import BaseRouteHandler

from app.auth.access import allows_role, scopes_for
from app.auth.middleware import Authentication, is_page
from app.auth.models import Admin
from app.auth.tokens import is_csrf_token, make_csrf_token
from app.config import Settings
from app.errors import Forbidden, Unauthorized
from app.kit.loopback import is_loopback
from app.messages import access
from app.resources import Resources
from app.web.client_ip import client_ip

CSRF_HEADER = "x-csrftoken"
CSRF_FIELD = "_csrf_token"
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}
_FORMS = {RequestEncodingType.URL_ENCODED, RequestEncodingType.MULTI_PART}

AppRequest = Request[Any, Any, Any]
Connection = ASGIConnection[Any, Any, Any, Any]


async def requires_admin(connection: Connection, handler: BaseRouteHandler) -> None:
    """Refuse strangers. The middleware has done so before; this holds where somebody forgets to install it."""
    if handler.opt.get("public") or connection.scope.get("method") == "OPTIONS":
        return
    if connection.scope.get("user") is None:
        raise Unauthorized(access.LOG_IN)


async def requires_role(connection: Connection, handler: BaseRouteHandler) -> None:
    """Refuse people whose role this is not, and programs whose key has not the scope."""
    user: Admin | None = connection.scope.get("user")
    if handler.opt.get("public") or user is None:
        return
    login: Authentication = connection.scope["auth"]
    if login.scopes is not None:
        _require_scope(connection, handler, login)
    elif not allows_role(handler.opt, user.role):
        raise Forbidden(access.ROLE_FORBIDS, code="role_forbids")


def _require_scope(connection: Connection, handler: BaseRouteHandler, login: Authentication) -> None:
    wanted = scopes_for(handler.opt, str(connection.scope.get("method", "")))
    if not wanted or is_page(connection.scope["path"]):
        raise Forbidden(access.NO_KEY_HERE, code="scope_forbids")
    if not wanted & (login.scopes or frozenset()):
        raise Forbidden(access.KEY_FORBIDS, code="scope_forbids")


async def refuses_foreign_sites(connection: Connection, handler: BaseRouteHandler) -> None:
    """Refuse what another site makes a browser send.

    For unsafe methods, and for handlers that say `opt={"same_site": True}` because their GET changes something.
    Requests with a Bearer token need none of this: no other site can make a browser send one. Nor do webhooks, which
    are signed and say `opt={"csrf_exempt": True}`.
    """
    is_unsafe = connection.scope.get("method") not in _SAFE_METHODS
    if handler.opt.get("csrf_exempt") or not (is_unsafe or handler.opt.get("same_site")):
        return
    login: Authentication | None = connection.scope.get("auth")
    if login is not None and not login.is_cookie:
        return
    settings = _settings(connection)
    if not _is_own_site(connection, settings):
        raise Forbidden(access.FOREIGN_SITE, code="cross_site")
    if is_unsafe and login is not None and not await _has_csrf_token(connection, settings, login):
        raise Forbidden(access.PAGE_OUTDATED, code="csrf_failed")


def csrf_token_for(request: Connection) -> str:
    """Give the CSRF token for a page's forms; empty for a stranger."""
    login: Authentication | None = request.scope.get("auth")
    return make_csrf_token(_settings(request).secret_keys, login.jti) if login else ""


async def provide_admin(request: AppRequest) -> Admin:
    """Provide who is logged in."""
    admin: Admin | None = request.scope.get("user")
    if admin is None:
        raise Unauthorized
    return admin


async def provide_client_ip(request: AppRequest) -> str:
    """Provide the client's address."""
    return client_ip(request)


def _settings(connection: Connection) -> Settings:
    resources: Resources = connection.app.state["resources"]
    return resources.settings


def _is_own_site(connection: Connection, settings: Settings) -> bool:
    """Read Sec-Fetch-Site and Origin, as far as they were sent: programs send neither, and have no cookies to abuse."""
    site, origin = connection.headers.get("sec-fetch-site"), connection.headers.get("origin")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    return origin is None or _is_own_origin(origin, connection.headers.get("host", ""), settings)


def _is_own_origin(origin: str, host: str, settings: Settings) -> bool:
    public = urlsplit(settings.public_url)
    try:
        given = urlsplit(origin)
        name = given.hostname or ""
    except ValueError:
        return False
    if (given.scheme, given.netloc.lower()) == (public.scheme, public.netloc.lower()):
        return True
    # The same service under another name of its own machine: localhost for 127.0.0.1, or past the tunnel.
    return given.scheme in {"http", "https"} and is_loopback(name) and given.netloc.lower() == host.lower()


async def _has_csrf_token(connection: Connection, settings: Settings, login: Authentication) -> bool:
    given = connection.headers.get(CSRF_HEADER) or await _form_token(connection)
    return bool(given) and is_csrf_token(settings.secret_keys, login.jti, given)


async def _form_token(connection: Connection) -> str:
    if not isinstance(connection, Request) or connection.content_type[0] not in _FORMS:
        return ""
    await connection.body()  # Read whole first: the form is then parsed from memory, and the handler can have the body.
    value = (await connection.form()).get(CSRF_FIELD)
    return value if isinstance(value, str) else ""
