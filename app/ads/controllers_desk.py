"""Campaigns, ad groups and ads under TikTok's own names.

What stands behind these routes is read when they are first used: most processes need not carry the client.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from litestar import Request, Response, Router, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler
from pydantic import BaseModel

from app.ads.callers import body_of, take_confirmed
from app.auth.access import ADMIN
from app.auth.middleware import Authentication
from app.auth.models import Admin
from app.errors import NotFound
from app.kit import exact_json
from app.messages import ads, ads_values
from app.messages.message import Message
from app.resources import Resources
from app.web.language import language_of
from app.web.list_parameters import CURSOR_MEANS, Limit

if TYPE_CHECKING:
    from app.ads.desk.kinds import ObjectKind
    from app.ads.desk.writing import Desk

AdminRequest = Request[Admin, Authentication, Any]
Cursor = Annotated[str | None, QueryParameter(max_length=40, description=CURSOR_MEANS)]
_JSON = "application/json"


class ObjectList(BaseModel):
    """TikTok's own objects, each with `smart_plus`; `notice` says where something is missing."""

    items: list[dict[str, Any]]
    next_cursor: str | None
    notice: Message | None = None


async def list_objects(
    request: AdminRequest,
    resources: NamedDependency[Resources],
    advertiser_id: FromPath[str],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response[ObjectList]:
    """List `campaigns`, `adgroups` or `ads`, those of Upgraded Smart+ too; filters are TikTok's, as parameters."""
    from app.ads.desk import listing

    kind = _kind(request)
    names = {name for name in request.query_params if name not in {"limit", "cursor"}}
    given = {name: [str(value) for value in request.query_params.getall(name)] for name in names}
    page = await listing.list_objects(resources, kind, _id(advertiser_id), given, limit=limit, cursor=cursor)
    told: dict[str, Any] = {"items": page.items, "next_cursor": page.next_cursor}
    if page.notice is not None:
        told["notice"] = page.notice.said(language_of(request))
    return _send(told)


async def create_object(
    request: AdminRequest,
    resources: NamedDependency[Resources],
    advertiser_id: FromPath[str],
) -> Response[dict[str, Any]]:
    """Make a campaign, an ad group, or ads, with TikTok's own fields; switched off unless it says ENABLE."""
    from app.ads.desk import creating

    kind = _kind(request)
    make = {
        "campaigns": creating.create_campaign, "adgroups": creating.create_adgroup, "ads": creating.create_ads,
    }[kind.plural]  # fmt: skip
    desk, body = await _open(request, resources, advertiser_id)
    return _send(await make(desk, _id(advertiser_id), body), status=201)


async def get_object(
    request: AdminRequest,
    resources: NamedDependency[Resources],
    advertiser_id: FromPath[str],
    object_id: FromPath[str],
) -> Response[dict[str, Any]]:
    """Give one campaign, ad group or ad, also a deleted one, or one of Upgraded Smart+."""
    from app.ads.desk import listing

    kind = _kind(request)
    return _send(await listing.get_object(resources, kind, _id(advertiser_id), _object_id(object_id)))


async def update_object(
    request: AdminRequest,
    resources: NamedDependency[Resources],
    advertiser_id: FromPath[str],
    object_id: FromPath[str],
) -> Response[dict[str, Any]]:
    """Change a campaign, ad group or ad; give it as it is afterwards."""
    from app.ads.desk import changing

    kind = _kind(request)
    change = {
        "campaigns": changing.update_campaign, "adgroups": changing.update_adgroup, "ads": changing.update_ad,
    }[kind.plural]  # fmt: skip
    desk, body = await _open(request, resources, advertiser_id)
    return _send(await change(desk, _id(advertiser_id), _object_id(object_id), body))


async def switch_objects(
    request: AdminRequest,
    resources: NamedDependency[Resources],
    advertiser_id: FromPath[str],
) -> Response[ObjectList]:
    """Switch objects on or off, or delete them: `ids`, and `operation_status` ENABLE, DISABLE or DELETE."""
    from app.ads.desk.switching import switch_objects as switch

    kind = _kind(request)
    desk, body = await _open(request, resources, advertiser_id)
    return _send({"items": await switch(desk, kind, _id(advertiser_id), body), "next_cursor": None})


@post("/{advertiser_id:str}/adgroups/budget", name="ads:adgroups:budget", status_code=200)
async def change_budgets(
    request: AdminRequest, resources: NamedDependency[Resources], advertiser_id: FromPath[str]
) -> Response[ObjectList]:
    """Change budgets of ad groups: lifetime ones as `budget`, daily ones as `scheduled_budget` from tomorrow on."""
    from app.ads.desk.budgets import change_budgets as change

    desk, body = await _open(request, resources, advertiser_id)
    return _send({"items": await change(desk, _id(advertiser_id), body), "next_cursor": None})


async def _open(request: AdminRequest, app: Resources, advertiser_id: str) -> "tuple[Desk, Any]":
    """Read who writes and what: the body without what is ours, or what stands in the address already."""
    from app.ads.desk.errors import InvalidInput
    from app.ads.desk.writing import Desk

    body = await body_of(request)
    if body.pop("advertiser_id", advertiser_id) != advertiser_id:
        raise InvalidInput({"advertiser_id": ads_values.OTHER_ACCOUNT})
    return Desk(app, request.user.email, take_confirmed(body)), body


def _kind(request: AdminRequest) -> "ObjectKind":
    """Tell from the address what it is about: /api/ads/{advertiser_id}/campaigns."""
    from app.ads.desk.kinds import KINDS

    return KINDS[request.scope["path"].split("/")[4]]


def _id(advertiser_id: str) -> str:
    from app.ads.connections.errors import AdvertiserNotFound

    if not _is_id(advertiser_id):
        raise AdvertiserNotFound
    return advertiser_id


def _object_id(object_id: str) -> str:
    if not _is_id(object_id):
        raise NotFound(ads.NO_OBJECT, code="ads_object_not_found")
    return object_id


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 20


def _send(value: Any, *, status: int = 200) -> Response[Any]:
    """Answer with JSON in which amounts are the decimal numbers that TikTok gave."""
    return Response(exact_json.write(value), status_code=status, media_type=_JSON)


def _routes_of(plural: str) -> Iterator[ControllerRouterHandler]:
    # Named, and not a parameter: a fixed part that another route has in the same place would hide it.
    path, name = f"/{{advertiser_id:str}}/{plural}", f"ads:{plural}"
    yield get(path, name=name)(list_objects)
    yield post(path, name=f"{name}:create", status_code=201)(create_object)
    yield get(f"{path}/{{object_id:str}}", name=f"{name}:get")(get_object)
    yield patch(f"{path}/{{object_id:str}}", name=f"{name}:update")(update_object)
    yield post(f"{path}/status", name=f"{name}:status", status_code=200)(switch_objects)


router = Router(
    "/api/ads",
    tags=["ads"],
    opt=ADMIN,
    route_handlers=[
        *(handler for plural in ("campaigns", "adgroups", "ads") for handler in _routes_of(plural)),
        change_budgets,
    ],
)
route_handlers: list[ControllerRouterHandler] = [router]
