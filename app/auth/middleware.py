"""Who is asking: authentication for the whole app, closed by default."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from litestar.connection import ASGIConnection
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, Receive, Scope, Send

from app.audit.record import Actor, ActorKind, act_as
from app.auth.api_keys import PREFIX, recognise_key
from app.auth.cookies import cookie_name
from app.auth.middleware_audit import telling
from app.auth.models import Admin, Role
from app.auth.models import Scope as KeyScope
from app.auth.service import recognise
from app.errors import Unauthorized
from app.messages import access
from app.resources import Resources
from app.web.client_ip import client_ip

LOGIN_PAGE = "/admin/login"
_PAGES = ("/admin", "/social")
_LONGEST_WAY_BACK = 600
_KEPT_IN_QUERY = frozenset({
    "account", "account_id", "action", "actor", "ad_id", "advertiser_id", "article", "assigned_to", "author_id",
    "comment", "cursor", "day", "from", "month", "object", "q", "sort", "source_id", "state", "status", "to", "view",
    "week",
})  # fmt: skip

Connection = ASGIConnection[Any, Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Authentication:
    """How a request was authenticated: `request.auth`. `request.user` is the Admin.

    `scopes` are a key's; None: a person has logged in. Whoever comes with a key is no row of the people, but a stand-in
    that bears the key's id and name.
    """

    session_id: str
    jti: str
    expires_at: datetime | None
    is_cookie: bool
    scopes: frozenset[KeyScope] | None = None


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
        client = scope.get("client")
        act_as(Actor(ActorKind.guest, address=client[0] if client else ""))
        is_known = (not is_public or bool(options.get("knows_admin"))) and await _authenticate(scope)
        if not (is_public or is_known):
            if not is_page(scope["path"]):
                raise Unauthorized(access.LOG_IN)
            await _lead_to_login(scope)(scope, receive, send)
            return
        await self.app(scope, receive, telling(scope, send))


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
    address = client_ip(connection)
    if bearer is not None and bearer.startswith(PREFIX):
        return await _authenticate_key(scope, resources, bearer, address)
    found = await recognise(resources, token) if token else None
    if found is None:
        return False
    scope["user"] = found.admin
    scope["auth"] = Authentication(found.session_id, found.jti, found.expires_at, is_cookie=bearer is None)
    act_as(Actor(ActorKind.person, found.admin.id, found.admin.email, address))
    return True


async def _authenticate_key(scope: Scope, resources: Resources, key: str, address: str) -> bool:
    row = await recognise_key(resources, key)
    if row is None:
        return False
    name = f"key {row.name}"
    # What the key may do is said by its scopes; see `allows_key` in the guards.
    scope["user"] = Admin(id=row.id, email=name[:320], name=name[:200], password_hash="", role=Role.admin)
    scopes = frozenset(KeyScope(one) for one in row.scopes if one in KeyScope.__members__)
    scope["auth"] = Authentication("", "", row.expires_at, is_cookie=False, scopes=scopes)
    act_as(Actor(ActorKind.key, row.id, row.name, address))
    return True


def _bearer(headers: Headers) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _lead_to_login(scope: Scope) -> ASGIResponse:
    headers = Headers.from_scope(scope)
    is_part = headers.get("hx-request") == "true"
    wanted = _place_of(headers.get("hx-current-url", ""), headers) if is_part else _wanted_page(scope, headers)
    is_deep = len(wanted) <= _LONGEST_WAY_BACK and wanted.partition("?")[0].rstrip("/") not in {"", *_PAGES, LOGIN_PAGE}
    target = f"{LOGIN_PAGE}?next={quote(wanted, safe='/')}" if is_deep else LOGIN_PAGE
    if is_part:
        # htmx follows a 303 by itself and would put the login form into a part of the page.
        return ASGIResponse(status_code=401, headers={"HX-Redirect": target, "Cache-Control": "no-store"})
    return ASGIResponse(status_code=303, headers={"Location": target, "Cache-Control": "no-store"})


def _wanted_page(scope: Scope, headers: Headers) -> str:
    """The page to come back to: the one that was asked for, or the one whose form was sent."""
    if scope.get("method") != "GET":
        return _place_of(headers.get("referer", ""), headers)
    path = scope.get("raw_path", b"").decode("latin-1").partition("?")[0] or scope["path"]
    return _with_query(path, scope["query_string"].decode("latin-1"))


def _place_of(address: str, headers: Headers) -> str:
    """Where on our own pages an address is; nothing for any other."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    is_ours = parts.netloc.lower() == headers.get("host", "").lower() and is_page(parts.path)
    return _with_query(parts.path, parts.query) if is_ours else ""


def _with_query(path: str, query: str) -> str:
    """With the list's filters and place, and without what belongs to one answer, or is nobody else's business."""
    kept = [pair for pair in query.split("&") if pair.partition("=")[0] in _KEPT_IN_QUERY]
    return f"{path}?{'&'.join(kept)}" if kept else path
