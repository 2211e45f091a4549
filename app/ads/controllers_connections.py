"""Who consents to ads, which ad accounts that opens, and the consent page of the emulator inside this installation.

What stands behind these routes is read when they are first used: most processes need not carry the client.
"""

from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Request, Response, Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from app.accounts.emulated_routes import decide_emulated, show_emulated
from app.ads.connections.schemas import (
    AdvertiserList,
    ConnectionList,
    ConsentUrlRead,
    CurrentRead,
    CurrentUpdate,
    DisconnectedRead,
    SyncRead,
)
from app.auth.access import ADMIN
from app.auth.cookies import cookie_name, make_cookie
from app.auth.middleware import Authentication
from app.auth.models import Admin
from app.config import Settings
from app.kit import exact_json
from app.resources import Resources
from app.web.list_parameters import CURSOR_MEANS, LIMIT_MEANS

AdminRequest = Request[Admin, Authentication, Any]

ADS_PAGE = "/admin/ads"
CALLBACK, SOCIAL_CALLBACK = "/api/ads/callback", "/social/callback/TT/"
_COOKIE_PURPOSE = "ads-oauth"
_COOKIE_SECONDS = 600
_NO_STORE = {"Cache-Control": "no-store"}
_HOP_PARAMETERS = ("state", "auth_code", "code", "error")
_PORTAL = "/portal/auth"


@get("/api/ads/auth-url", opt={"same_site": True}, name="ads:auth-url", tags=["ads"])
async def get_auth_url(
    request: AdminRequest, resources: NamedDependency[Resources], settings: NamedDependency[Settings]
) -> Response[ConsentUrlRead]:
    """Give the address of TikTok's consent page for advertisers; the cookie that comes with it belongs to it."""
    start = await _start(request, resources, settings, CALLBACK)
    body = ConsentUrlRead(url=start.url, state=start.state)
    return Response(body, headers=_NO_STORE, cookies=[_binding_cookie(settings, start.binding)])


@get("/social/connect/TT", opt={"same_site": True}, name="ads:connect", include_in_schema=False)
async def connect(
    request: AdminRequest, resources: NamedDependency[Resources], settings: NamedDependency[Settings]
) -> Redirect:
    """Go to TikTok's consent page for advertisers."""
    from app.ads.connections.errors import AdsNotConfigured, NoConsentInSandbox

    try:
        start = await _start(request, resources, settings, SOCIAL_CALLBACK)
    except (AdsNotConfigured, NoConsentInSandbox) as error:
        return _to_ads_page(error.code)
    cookies = [_binding_cookie(settings, start.binding)]
    return Redirect(start.url, status_code=302, headers=_NO_STORE, cookies=cookies)


@get(CALLBACK, opt={"public": True}, name="ads:callback", tags=["ads"])
async def finish(
    request: Request[Any, Any, Any], resources: NamedDependency[Resources], settings: NamedDependency[Settings]
) -> Redirect:
    """End the consent: TikTok sends the browser here with a code, or with an error."""
    return await _finish(request, resources, settings)


@get(SOCIAL_CALLBACK, opt={"public": True}, name="ads:social-callback", include_in_schema=False)
async def finish_social(
    request: Request[Any, Any, Any], resources: NamedDependency[Resources], settings: NamedDependency[Settings]
) -> Redirect:
    """Do the same under its older name."""
    return await _finish(request, resources, settings)


@get("/api/ads/connections", name="ads:connections", tags=["ads"])
async def list_connections(resources: NamedDependency[Resources]) -> ConnectionList:
    """List who consented, with permissions in numbers and words, and the ad accounts that each opens."""
    from app.ads.connections import showing

    return ConnectionList(items=await showing.read_connections(resources))


@delete("/api/ads/connections/{connection_id:str}", name="ads:disconnect", tags=["ads"], status_code=200)
async def disconnect(resources: NamedDependency[Resources], connection_id: FromPath[str]) -> DisconnectedRead:
    """Revoke a consent at TikTok, and forget its token."""
    from app.ads.connections.disconnect import disconnect as end_connection

    done = await end_connection(resources, connection_id)
    return DisconnectedRead(id=connection_id, revoked=done.is_revoked, detail=done.detail)


@get("/api/ads/advertisers", name="ads:advertisers", tags=["ads"])
async def list_advertisers(
    request: AdminRequest,
    resources: NamedDependency[Resources],
    limit: Annotated[int, QueryParameter(ge=1, le=1000, description=LIMIT_MEANS)] = 200,
    cursor: Annotated[str | None, QueryParameter(pattern=r"^[0-9]{1,20}$", description=CURSOR_MEANS)] = None,
) -> Response[AdvertiserList]:
    """List the ad accounts within reach, with the strongest role at each, and which one is current for this login."""
    from app.ads.connections import showing

    page = await showing.read_advertisers(resources, request.user.id, limit=limit, cursor=cursor)
    return _exact(page)


@post("/api/ads/advertisers/sync", name="ads:advertisers:sync", tags=["ads"], status_code=200)
async def sync_advertisers(resources: NamedDependency[Resources]) -> SyncRead:
    """Ask TikTok anew, with every consent, which ad accounts there are and in which role."""
    from app.ads.connections.sync import sync

    told = await sync(resources)
    return SyncRead(advertisers=told.advertisers, failed=told.failed)


@get("/api/ads/current", name="ads:current", tags=["ads"])
async def get_current(request: AdminRequest, resources: NamedDependency[Resources]) -> CurrentRead:
    """Tell which ad account this login works on."""
    from app.ads.connections.listing import find_current

    return CurrentRead(advertiser_id=await find_current(resources, request.user.id))


@put("/api/ads/current", name="ads:current:set", tags=["ads"])
async def set_current(
    request: AdminRequest, resources: NamedDependency[Resources], data: JSONBody[CurrentUpdate]
) -> CurrentRead:
    """Switch to another ad account."""
    from app.ads.connections.listing import set_current as keep_current

    await keep_current(resources, request.user.id, data.advertiser_id)
    return CurrentRead(advertiser_id=data.advertiser_id)


@get("/emulated/portal/auth", name="ads:portal", include_in_schema=False)
async def show_portal(request: AdminRequest, resources: NamedDependency[Resources]) -> Response[Any]:
    """Show the emulator's consent page: a browser cannot reach into this process."""
    return await show_emulated(request, resources, _PORTAL)


@post("/emulated/portal/auth", name="ads:portal:decide", include_in_schema=False, status_code=200)
async def decide_at_portal(request: AdminRequest, resources: NamedDependency[Resources]) -> Response[Any]:
    """Hand the form of that page to the emulator, which sends the browser back to us."""
    return await decide_emulated(request, resources, _PORTAL)


async def _finish(request: Request[Any, Any, Any], app: Resources, settings: Settings) -> Redirect:
    from app.ads.connections.consent import finish_consent

    # What comes twice counts as absent, because nobody knows which one was meant.
    given = {name: request.query_params.getall(name, []) for name in _HOP_PARAMETERS}
    query = {name: str(values[0]) for name, values in given.items() if len(values) == 1}
    end = await finish_consent(app, query, request.cookies.get(cookie_name(settings, _COOKIE_PURPOSE)))
    return _to_ads_page(end.reason)


async def _start(request: AdminRequest, app: Resources, settings: Settings, callback: str) -> Any:
    from app.ads.connections.consent import start_consent

    kept = request.cookies.get(cookie_name(settings, _COOKIE_PURPOSE))
    return await start_consent(app, request.user.id, callback, binding=kept)


def _binding_cookie(settings: Settings, binding: str) -> Any:
    # Lax, not Strict: the way back from TikTok is a navigation from another site.
    return make_cookie(settings, binding, max_age=_COOKIE_SECONDS, purpose=_COOKIE_PURPOSE)


def _to_ads_page(reason: str | None) -> Redirect:
    query = {"ads_auth": "error", "reason": reason} if reason else {"ads_auth": "success"}
    return Redirect(f"{ADS_PAGE}?{urlencode(query)}", status_code=302, headers=_NO_STORE)


def _exact(page: AdvertiserList) -> Response[Any]:
    """Answer with JSON in which a balance is the decimal number that TikTok gave."""
    items = [row.model_dump(mode="json") | {"balance": row.balance} for row in page.items]
    body = exact_json.write({"items": items, "next_cursor": page.next_cursor})
    return Response(body, media_type="application/json")


route_handlers: list[ControllerRouterHandler] = [
    Router(
        "/",
        opt=ADMIN,
        route_handlers=[
            get_auth_url,
            connect,
            finish,
            finish_social,
            list_connections,
            disconnect,
            list_advertisers,
            sync_advertisers,
            get_current,
            set_current,
            show_portal,
            decide_at_portal,
        ],
    )
]
