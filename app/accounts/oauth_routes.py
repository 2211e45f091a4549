"""TikTok's OAuth hop over HTTP, under `/api/tiktok` and, for older deployments, under `/tiktok`."""

from typing import Any
from urllib.parse import urlencode

from litestar import HttpMethod, Request, Response, Router, get, post, route
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.connect.hop import HOP_LIFE, ConnectResult, ConnectStart, finish_connect, start_connect
from app.accounts.emulated_routes import decide_emulated, show_emulated
from app.accounts.errors import NotConfigured
from app.accounts.models import AccountKind, AccountState
from app.accounts.reads import read_refreshed, read_status
from app.accounts.schemas import AuthUrlRead, MediaPropertyRead, RefreshRead, StatusRead
from app.accounts.tokens.refresh_now import refresh_now
from app.auth.access import ADMIN, NO_KEY, scope
from app.auth.cookies import cookie_name, make_cookie
from app.auth.middleware import Authentication
from app.auth.models import Admin, Scope
from app.config import Settings
from app.resources import Resources

AdminRequest = Request[Admin, Authentication, Any]

SETTINGS_PAGE = "/admin/settings/social-media"
_COOKIE_PURPOSE = "oauth"
_NO_STORE = {"Cache-Control": "no-store"}
_EMULATED = "/v2/auth/authorize/"
# By GET too, which older deployments use: a key needs the scope for changes all the same.
_REFRESH = ADMIN | scope(Scope.write) | {"same_site": True}
_NOT_CONFIGURED = {AccountKind.creator: NotConfigured.code, AccountKind.business: "business_not_configured"}
_HOP_PARAMETERS = ("state", "code", "auth_code", "scopes", "error", "error_description")


@get("/auth", opt=ADMIN | NO_KEY | {"same_site": True})
async def start_auth(
    request: AdminRequest,
    resources: NamedDependency[Resources],
    settings: NamedDependency[Settings],
    account_id: FromQuery[str | None] = None,
) -> Redirect:
    """Go to TikTok's consent page, to connect a new account or to reconnect `account_id`."""
    return await _go(request, resources, settings, account_id, AccountKind.creator)


@get("/auth-url", opt=ADMIN | NO_KEY | {"same_site": True})
async def get_auth_url(
    request: AdminRequest,
    resources: NamedDependency[Resources],
    settings: NamedDependency[Settings],
    account_id: FromQuery[str | None] = None,
) -> Response[AuthUrlRead]:
    """Give the address of TikTok's consent page; the cookie that comes with it belongs to it."""
    return await _give_address(request, resources, settings, account_id, AccountKind.creator)


@get("/callback", opt={"public": True})
async def finish_auth(
    request: Request[Any, Any, Any], resources: NamedDependency[Resources], settings: NamedDependency[Settings]
) -> Redirect:
    """End the OAuth hop: TikTok sends the browser here with a code, or with an error."""
    return await _come_back(request, resources, settings)


@route("/refresh-token", http_method=[HttpMethod.GET, HttpMethod.POST], status_code=200, opt=_REFRESH)
async def refresh_token(resources: NamedDependency[Resources], account_id: FromQuery[str | None] = None) -> RefreshRead:
    """Refresh an account's token now; `account_id` may be left out where there is one account."""
    refreshed = await refresh_now(resources, account_id)
    async with resources.read() as session:
        return await read_refreshed(session, refreshed)


@get("/status", opt={"public": True})
async def get_status(session: NamedDependency[AsyncSession]) -> StatusRead:
    """Tell whether accounts are connected; nothing secret."""
    accounts = await read_status(session)
    is_connected = any(account.state is AccountState.connected for account in accounts)
    return StatusRead(connected=is_connected, accounts=list(accounts))


@get("/api/business/auth", opt=ADMIN | NO_KEY | {"same_site": True})
async def start_business_auth(
    request: AdminRequest,
    resources: NamedDependency[Resources],
    settings: NamedDependency[Settings],
    account_id: FromQuery[str | None] = None,
) -> Redirect:
    """Go to TikTok's consent page for business accounts, to connect one, or to reconnect or move `account_id`."""
    return await _go(request, resources, settings, account_id, AccountKind.business)


@get("/api/business/auth-url", opt=ADMIN | NO_KEY | {"same_site": True})
async def get_business_auth_url(
    request: AdminRequest,
    resources: NamedDependency[Resources],
    settings: NamedDependency[Settings],
    account_id: FromQuery[str | None] = None,
) -> Response[AuthUrlRead]:
    """Give the address of TikTok's consent page for business accounts; the cookie that comes with it belongs to it."""
    return await _give_address(request, resources, settings, account_id, AccountKind.business)


# TikTok sends browsers to the address with a slash at its end; Litestar knows both as one.
@get("/api/business/callback", opt={"public": True})
async def finish_business_auth(
    request: Request[Any, Any, Any], resources: NamedDependency[Resources], settings: NamedDependency[Settings]
) -> Redirect:
    """End the consent of a business account: TikTok sends the browser here with a code, or with an error."""
    return await _come_back(request, resources, settings)


@get("/api/business/media-property", opt=ADMIN)
async def get_media_property(resources: NamedDependency[Resources]) -> MediaPropertyRead:
    """Ask TikTok whether it takes media from our address for posts of business accounts."""
    from app.accounts.business.portal_settings import read_media_property

    return MediaPropertyRead.model_validate(await read_media_property(resources))


@post("/api/business/media-property", opt=ADMIN, status_code=200)
async def verify_media_property(resources: NamedDependency[Resources]) -> MediaPropertyRead:
    """Name our media's address to TikTok, lay out the file that it asks for, and let TikTok look for it."""
    from app.accounts.business import portal_settings

    return MediaPropertyRead.model_validate(await portal_settings.verify_media_property(resources))


@get("/emulated/v2/auth/authorize", opt=ADMIN, include_in_schema=False)
async def show_account_consent(request: AdminRequest, resources: NamedDependency[Resources]) -> Response[Any]:
    """Show the emulator's consent page for TikTok accounts: a browser cannot reach into this process."""
    return await show_emulated(request, resources, _EMULATED)


@post("/emulated/v2/auth/authorize", opt=ADMIN, include_in_schema=False, status_code=200)
async def decide_account_consent(request: AdminRequest, resources: NamedDependency[Resources]) -> Response[Any]:
    """Hand the form of that page to the emulator, which sends the browser back to us."""
    return await decide_emulated(request, resources, _EMULATED)


def _business_router() -> Router:
    handlers = [
        start_business_auth,
        get_business_auth_url,
        finish_business_auth,
        get_media_property,
        verify_media_property,
        show_account_consent,
        decide_account_consent,
    ]
    return Router("/", route_handlers=handlers, tags=["business accounts"])


def _hop_router(path: str) -> Router:
    handlers = [start_auth, get_auth_url, finish_auth, refresh_token, get_status]
    return Router(path, route_handlers=handlers, tags=["tiktok"])


route_handlers = [_hop_router("/api/tiktok"), _hop_router("/tiktok"), _business_router()]


async def _go(
    request: AdminRequest, resources: Resources, settings: Settings, account_id: str | None, kind: AccountKind
) -> Redirect:
    try:
        start = await _start(request, resources, settings, account_id, kind)
    except NotConfigured:
        return _to_settings_page(ConnectResult(_NOT_CONFIGURED[kind]))
    return Redirect(start.url, status_code=302, headers=_NO_STORE, cookies=[_binding_cookie(settings, start)])


async def _give_address(
    request: AdminRequest, resources: Resources, settings: Settings, account_id: str | None, kind: AccountKind
) -> Response[AuthUrlRead]:
    start = await _start(request, resources, settings, account_id, kind)
    body = AuthUrlRead(url=start.url, state=start.state)
    return Response(body, headers=_NO_STORE, cookies=[_binding_cookie(settings, start)])


async def _come_back(request: Request[Any, Any, Any], resources: Resources, settings: Settings) -> Redirect:
    result = await finish_connect(resources, _read_query(request), _read_binding(request, settings))
    return _to_settings_page(result)


async def _start(
    request: AdminRequest, resources: Resources, settings: Settings, account_id: str | None, kind: AccountKind
) -> ConnectStart:
    binding = _read_binding(request, settings)
    return await start_connect(resources, request.user.id, account_id, binding=binding, kind=kind)


def _binding_cookie(settings: Settings, start: ConnectStart) -> Any:
    # Lax, not Strict: the way back from TikTok is a navigation from another site.
    return make_cookie(settings, start.binding, max_age=int(HOP_LIFE.total_seconds()), purpose=_COOKIE_PURPOSE)


def _read_binding(request: Request[Any, Any, Any], settings: Settings) -> str | None:
    return request.cookies.get(cookie_name(settings, _COOKIE_PURPOSE))


def _read_query(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Read what TikTok sends; what comes twice counts as absent, because nobody knows which one was meant."""
    given = {name: request.query_params.getall(name, []) for name in _HOP_PARAMETERS}
    return {name: str(values[0]) for name, values in given.items() if len(values) == 1}


def _to_settings_page(result: ConnectResult) -> Redirect:
    query = {"tiktok_auth": "error" if result.reason else "success"}
    if result.reason:
        query["reason"] = result.reason
    if result.pending_id:
        query["pending"] = result.pending_id
    return Redirect(f"{SETTINGS_PAGE}?{urlencode(query)}", status_code=302, headers=_NO_STORE)
