"""The routes of boosts. What stands behind them is read when somebody first asks."""

from typing import Annotated, Any

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.types import ControllerRouterHandler

from app.ads.boosts.schemas import (
    BoostBegun,
    BoostList,
    BoostRead,
    PlaceList,
    PlaceRead,
    SpendList,
    SpendRead,
    VerdictRead,
)
from app.ads.callers import body_of, check_advertiser_id, take_confirmed, user_id_of
from app.ads.models import SpendBy
from app.auth.access import ADMIN
from app.resources import Resources
from app.web.list_parameters import Cursor, Limit

AnyRequest = Request[Any, Any, Any]
Days = Annotated[int | None, QueryParameter(ge=1, le=1096)]
_OPTIONS: dict[str, Any] = {"tags": ["ads"], "opt": ADMIN}


@get("/api/posts/{post_id:str}/boost", name="boosts:check", operation_id="CheckBoost", **_OPTIONS)
async def check_boost(
    request: AnyRequest,
    resources: NamedDependency[Resources],
    post_id: FromPath[str],
    advertiser_id: FromQuery[str | None] = None,
    look: FromQuery[bool] = False,
    ahead: FromQuery[bool] = False,
) -> VerdictRead:
    """Tell whether a post can be boosted, and every reason why not; without `advertiser_id` in the current ad account.

    TikTok is not asked: what stands here is known from the last look. With `look` it is asked whether the post's
    account is linked to the ad account, and lends it without a Spark code. With `ahead` the answer is whether a post
    that is not out yet could be boosted then: before anybody approves it.
    """
    from app.ads.boosts.choosing import judge_post

    if advertiser_id is not None:
        check_advertiser_id(advertiser_id)
    asker = user_id_of(request)
    verdict, chosen = await judge_post(resources, post_id, advertiser_id, asker, is_looked_up=look, is_ahead=ahead)
    return VerdictRead.of(verdict, chosen)


@post("/api/posts/{post_id:str}/boost", name="boosts:make", operation_id="BoostPost", status_code=202, **_OPTIONS)
async def make_boost(request: AnyRequest, resources: NamedDependency[Resources], post_id: FromPath[str]) -> BoostBegun:
    """Boost a post: authorisation, campaign, ad group and ad are made, each once, and all switched off.

    Takes `advertiser_id`, `budget` (of a day), `days`, and may have `objective_type`, `call_to_action`,
    `landing_page_url`, `location_ids`, `auth_code` (the Spark code), `max_spend`, `max_hours`, `max_bad_comments` with
    `bad_words`, and `confirm` for a spending guard.
    """
    from app.ads.boosts import making

    body = await body_of(request)
    asker = making.Asker(user_id_of(request), take_confirmed(body))
    return BoostBegun(boost_id=(await making.make_boost(resources, post_id, body, asker)).id)


@get("/api/ads/{advertiser_id:str}/places", name="ads:places", operation_id="ListPlaces", **_OPTIONS)
async def list_places(
    resources: NamedDependency[Resources],
    advertiser_id: FromPath[str],
    objective_type: Annotated[str, QueryParameter(pattern=r"^[A-Z_]{1,64}$")] = "TRAFFIC",
) -> PlaceList:
    """List the countries in which an ad may be shown, with their `location_ids`: TikTok's list, else our own."""
    from app.ads.boosts import places

    check_advertiser_id(advertiser_id)
    found = await places.list_places(resources, advertiser_id, objective_type)
    items = [PlaceRead(location_id=one.location_id, country=one.country) for one in found.places]
    return PlaceList(items=items, source="tiktok" if found.is_tiktok_s else "newsreel")


@get("/api/boosts", name="boosts:list", operation_id="ListBoosts", **_OPTIONS)
async def list_boosts(
    resources: NamedDependency[Resources],
    post_id: FromQuery[str | None] = None,
    advertiser_id: FromQuery[str | None] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> BoostList:
    """List boosts, the newest first."""
    from app.ads.boosts import service

    page = await service.list_boosts(
        resources, post_id=_word(post_id), advertiser_id=_word(advertiser_id), limit=limit, cursor=cursor
    )
    return BoostList(items=[BoostRead.of(one) for one in page.items], next_cursor=page.next_cursor)


@get("/api/boosts/spend", name="boosts:spend", operation_id="ListBoostSpend", **_OPTIONS)
async def list_spend(
    resources: NamedDependency[Resources], by: FromQuery[SpendBy] = SpendBy.article, days: Days = None
) -> SpendList:
    """Tell what boosts have cost and brought, by article or by desk: its source, category or account.

    All days of each boost count. With `days` those that were started since then alone.
    """
    from app.ads.boosts.spend import read_spend

    return SpendList(items=[SpendRead.of(line) for line in await read_spend(resources, by, days=days)])


@get("/api/boosts/{boost_id:str}", name="boosts:show", operation_id="GetBoost", **_OPTIONS)
async def get_boost(resources: NamedDependency[Resources], boost_id: FromPath[str]) -> BoostRead:
    """Show a boost: its steps, its figures beside those of the post itself, and why it stopped or waits."""
    from app.ads.boosts import service

    return BoostRead.of(await service.show_boost(resources, boost_id))


@post("/api/boosts/{boost_id:str}/start", name="boosts:start", operation_id="StartBoost", status_code=200, **_OPTIONS)
async def start_boost(resources: NamedDependency[Resources], boost_id: FromPath[str]) -> BoostRead:
    """Let it spend. Twice is the same as once; `starting` means that TikTok is still being told."""
    from app.ads.boosts import service

    return BoostRead.of(await service.start_boost(resources, boost_id))


@post("/api/boosts/{boost_id:str}/stop", name="boosts:stop", operation_id="StopBoost", status_code=200, **_OPTIONS)
async def stop_boost(resources: NamedDependency[Resources], boost_id: FromPath[str]) -> BoostRead:
    """Let it spend no more. Twice is the same as once; `stopping` means that TikTok is still being told."""
    from app.ads.boosts import service

    return BoostRead.of(await service.stop_boost(resources, boost_id))


def _word(text: str | None) -> str | None:
    # PostgreSQL takes no NUL, and nothing bears one.
    return text.replace("\0", "?") if text else None


route_handlers: list[ControllerRouterHandler] = [
    check_boost, make_boost, list_places, list_boosts, list_spend, get_boost, start_boost, stop_boost,
]  # fmt: skip
