"""The routes of watches, and where TikTok tells that something has changed."""

from typing import Any

from litestar import Request, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.callers import body_of, user_id_of
from app.ads.watches.schemas import WatchEventList, WatchEventRead, WatchList, WatchRead
from app.auth.access import ADMIN
from app.resources import Resources
from app.web.list_parameters import Cursor, Limit

AnyRequest = Request[Any, Any, Any]


@get("/", name="ads:watches", operation_id="ListAdsWatches")
async def list_watches(
    session: NamedDependency[AsyncSession],
    resources: NamedDependency[Resources],
    advertiser_id: FromQuery[str | None] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> WatchList:
    """List watches, the newest first."""
    from app.ads.watches import service

    page = await service.list_watches(session, resources, advertiser_id=advertiser_id, limit=limit, cursor=cursor)
    return WatchList(items=[WatchRead.of(row) for row in page.items], next_cursor=page.next_cursor)


@post("/", name="ads:watches:create", operation_id="CreateAdsWatch", status_code=201)
async def create_watch(request: AnyRequest, resources: NamedDependency[Resources]) -> WatchRead:
    """Watch over a `status`, `review`, `spend` or `balance`; what it finds is told as the event `ads.watch`."""
    from app.ads.watches import service

    return WatchRead.of(await service.create_watch(resources, await body_of(request), user_id_of(request)))


@get("/{watch_id:str}", name="ads:watches:show", operation_id="GetAdsWatch")
async def get_watch(
    watch_id: FromPath[str], session: NamedDependency[AsyncSession], resources: NamedDependency[Resources]
) -> WatchRead:
    """Show one: when it looked, when it looks next, and why it cannot."""
    from app.ads.watches import service

    return WatchRead.of(await service.get_watch(session, resources, watch_id))


@delete("/{watch_id:str}", name="ads:watches:delete", operation_id="DeleteAdsWatch")
async def delete_watch(watch_id: FromPath[str], resources: NamedDependency[Resources]) -> None:
    """Remove a watch with its log."""
    from app.ads.watches import service

    await service.delete_watch(resources, watch_id)


@get("/{watch_id:str}/events", name="ads:watches:events", operation_id="ListAdsWatchEvents")
async def list_events(
    watch_id: FromPath[str],
    session: NamedDependency[AsyncSession],
    resources: NamedDependency[Resources],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> WatchEventList:
    """List what a watch has found in the last 90 days, the newest first."""
    from app.ads.watches import service

    page = await service.list_events(session, resources, watch_id, limit=limit, cursor=cursor)
    return WatchEventList(items=[WatchEventRead.of(row) for row in page.items], next_cursor=page.next_cursor)


@post(
    "/tiktok/ads-notices/{watch_id:str}/{object_id:str}",
    name="ads:notices",
    operation_id="ReceiveAdsNotice",
    tags=["webhooks"],
    status_code=200,
    opt={"public": True, "csrf_exempt": True},
)
async def receive_notice(
    watch_id: FromPath[str],
    object_id: FromPath[str],  # noqa: ARG001 - the address is told apart by it at TikTok
    resources: NamedDependency[Resources],
) -> dict[str, str]:
    """Hear that something changed at TikTok. No word of it is believed: a watch of ours looks at once."""
    from app.ads.watches.look import hurry
    from app.ads.watches.service import WatchNotFound

    if "\0" in watch_id or not await hurry(resources, watch_id):
        raise WatchNotFound
    return {"status": "ok"}


router = Router(
    "/api/ads/watches",
    tags=["ads"],
    opt=ADMIN,
    route_handlers=[list_watches, create_watch, get_watch, delete_watch, list_events],
)
route_handlers: list[ControllerRouterHandler] = [router, receive_notice]
