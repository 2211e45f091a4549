"""The routes of an ad account's spending guards. What stands behind them is read when somebody first asks."""

from typing import Any

from litestar import Request, Response, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from app.ads.callers import body_of, check_advertiser_id
from app.auth.access import ADMIN
from app.resources import Resources


@get("/api/ads/{advertiser_id:str}/guards", name="ads:guards", operation_id="ShowAdsGuards", tags=["ads"], opt=ADMIN)
async def show_guards(advertiser_id: FromPath[str], resources: NamedDependency[Resources]) -> Response[bytes]:
    """Show the spending guards of an ad account: what counts, what was set for it, and what the installation has."""
    from app.ads.guards import face

    check_advertiser_id(advertiser_id)
    return _send(await face.show_guards(resources, advertiser_id))


@put("/api/ads/{advertiser_id:str}/guards", name="ads:guards:set", operation_id="SetAdsGuards", tags=["ads"], opt=ADMIN)
async def set_guards(
    request: Request[Any, Any, Any], advertiser_id: FromPath[str], resources: NamedDependency[Resources]
) -> Response[bytes]:
    """Set them for this ad account alone; what is left out is the installation's, and 0 is no guard."""
    from app.ads.guards import face

    check_advertiser_id(advertiser_id)
    return _send(await face.change_guards(resources, advertiser_id, await body_of(request)))


def _send(told: dict[str, Any]) -> Response[bytes]:
    from app.kit import exact_json

    return Response(exact_json.write(told), media_type="application/json")


route_handlers: list[ControllerRouterHandler] = [show_guards, set_guards]
