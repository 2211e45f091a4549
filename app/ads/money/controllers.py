"""The routes of an ad account's money. What stands behind them is read when somebody first asks."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler

from app.ads.callers import check_advertiser_id, query_of
from app.auth.access import ADMIN
from app.resources import Resources
from app.web.list_parameters import CURSOR_MEANS


@get("/api/ads/{advertiser_id:str}/balance", name="ads:balance", operation_id="ReadBalance", tags=["ads"], opt=ADMIN)
async def read_balance(advertiser_id: FromPath[str], resources: NamedDependency[Resources]) -> Response[bytes]:
    """What an ad account has, in its currency, as TikTok tells it; `as_of` is when it was asked."""
    from app.ads.money import service

    check_advertiser_id(advertiser_id)
    return _send(await service.read_balance(resources, advertiser_id))


@get("/api/ads/{advertiser_id:str}/transactions", name="ads:transactions", operation_id="ListAdTransactions",
     tags=["ads"], opt=ADMIN)  # fmt: skip
async def list_transactions(
    request: Request[Any, Any, Any],
    advertiser_id: FromPath[str],
    resources: NamedDependency[Resources],
    cursor: Annotated[str | None, QueryParameter(pattern=r"^[1-9][0-9]{0,4}$", description=CURSOR_MEANS)] = None,
) -> Response[bytes]:
    """What moved on an ad account; `start_date`, `end_date`, `page` and `page_size` (50 at most) choose."""
    from app.ads.money import service

    check_advertiser_id(advertiser_id)
    query = query_of(request, frozenset({"cursor"}))
    if cursor is not None:
        query["page"] = cursor
    return _send(await service.list_transactions(resources, advertiser_id, query))


def _send(told: dict[str, Any]) -> Response[bytes]:
    from app.kit import exact_json

    # Amounts keep their digits: they are decimal from end to end.
    return Response(exact_json.write(told), media_type="application/json")


route_handlers: list[ControllerRouterHandler] = [read_balance, list_transactions]
