"""What TikTok tells by itself: reviews of named ads and ad groups, and an ad account that it suspends.

How TikTok signs such a notice is not known. So none of its words are believed: it only lets the watch look at once.
"""

from collections.abc import Mapping
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col

from app.ads.access import app_credentials, business_client
from app.ads.connections.reach import Reach
from app.ads.models import AdsWatch, WatchKind, WatchLevel
from app.kit.clock import utcnow
from app.resources import Resources
from app.tiktok_business.errors import BusinessError
from app.tiktok_business.family import every
from app.tiktok_business.limiter import Priority
from app.tiktok_business.oauth import AppCredentials
from app.tiktok_business.sending import Patience
from app.tiktok_business.subscriptions import SubscribeEntity

log = structlog.get_logger(__name__)

NOTICES = "/tiktok/ads-notices"
MOST_SUBSCRIBED = 20
"""So many objects of one watch; the others are found by looking."""
_AGAIN_AFTER = timedelta(hours=1)
_ENDPOINT = "subscription/subscribe/"
_ENTITIES: Mapping[tuple[WatchKind, WatchLevel], SubscribeEntity] = {
    (WatchKind.review, WatchLevel.ad): SubscribeEntity.AD,
    (WatchKind.review, WatchLevel.adgroup): SubscribeEntity.AD_GROUP,
    (WatchKind.status, WatchLevel.advertiser): SubscribeEntity.AD_ACCOUNT_SUSPENSION,
}
_PATIENCE = Patience(Priority.sweep, caller="ads watch", deadline=60.0, turn=45.0)


async def subscribe(app: Resources, watch: AdsWatch, reach: Reach) -> None:
    """Ask TikTok to tell of what it tells by itself, each object once. What fails is tried again in an hour."""
    entity, credentials = _ENTITIES.get((watch.kind, watch.level)), app_credentials(app)
    missing = [one for one in _objects(watch) if one not in watch.subscriptions]
    if entity is None or not missing or watch.subscribe_after > utcnow() or not _can(app, reach, credentials):
        return
    found = dict(watch.subscriptions)
    after = utcnow()
    try:
        # A lost answer is no reason to ask twice: what is there already is taken up.
        known = await _list_known(reach, credentials, entity)
        for object_id in missing:
            address = notice_address(app, watch.id, object_id)
            found[object_id] = known.get(address) or await _ask(reach, credentials, entity, address, object_id)
    except BusinessError as error:
        after += _AGAIN_AFTER
        log.warning("ads_not_subscribed", watch_id=watch.id, code=error.tiktok_code)
    async with app.transaction() as session:
        values = {"subscriptions": found, "subscribe_after": after}
        await session.exec(sa.update(AdsWatch).where(col(AdsWatch.id) == watch.id).values(**values))


async def unsubscribe(app: Resources, watch: AdsWatch) -> None:
    """End what TikTok tells for a watch. What cannot be ended now comes to an address that nobody knows any more."""
    client = business_client(app, patience=_PATIENCE)
    for subscription_id in watch.subscriptions.values():
        try:
            await client.subscriptions.unsubscribe(app_credentials(app), subscription_id)
        except BusinessError as error:
            log.warning("ads_not_unsubscribed", watch_id=watch.id, code=error.tiktok_code)


def notice_address(app: Resources, watch_id: str, object_id: str) -> str:
    """Where TikTok tells of one object."""
    return f"{app.settings.public_url.rstrip('/')}{NOTICES}/{watch_id}/{object_id}"


def _objects(watch: AdsWatch) -> list[str]:
    ids = [watch.advertiser_id] if watch.level is WatchLevel.advertiser else watch.object_ids
    return ids[:MOST_SUBSCRIBED]


def _can(app: Resources, reach: Reach, credentials: AppCredentials) -> bool:
    """Whether TikTok could reach us: over TLS, unless what stands in its place speaks without as well."""
    is_open = app.settings.is_https or reach.client.address.origin.startswith("http://")
    is_set_up = bool(credentials.app_id and credentials.secret) and not app.business.is_emulated
    return is_open and is_set_up and reach.client.address.has(_ENDPOINT)


async def _list_known(reach: Reach, credentials: AppCredentials, entity: SubscribeEntity) -> dict[str, str]:
    return {
        one.callback_url: one.subscription_id
        async for one in every(reach.client.subscriptions.list_subscriptions, credentials, entity)
    }


async def _ask(reach: Reach, credentials: AppCredentials, entity: SubscribeEntity, address: str, object_id: str) -> str:
    detail = {"advertiser_id": reach.advertiser_id}
    if entity is not SubscribeEntity.AD_ACCOUNT_SUSPENSION:
        detail[f"{entity.value.lower().replace('_', '')}_id"] = object_id
    made = await reach.client.subscriptions.subscribe(credentials, entity, address, detail)
    return made.subscription_id
