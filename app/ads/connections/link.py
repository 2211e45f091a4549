"""Keeping what a consent gave: one connection per consent, and its token in the vault."""

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.access import mode_of
from app.ads.connections import vault
from app.ads.connections.sync import OWN
from app.ads.models import AdsConnection, AdsConnectionState, AdvertiserGrant
from app.kit.clock import utcnow
from app.resources import Resources
from app.tiktok_business.advertisers import User
from app.tiktok_business.oauth import Grant

log = structlog.get_logger(__name__)


async def link_connection(app: Resources, grant: Grant, user: User, *, admin_id: str | None) -> str:
    """Store a consent; return the connection's id.

    It takes the place of an earlier consent of the same person where that opened nothing more, or is dead. The earlier
    token is not revoked: TikTok names advertisers in its answer to that, and the new consent might end with it.
    """
    mode = mode_of(app)
    async with app.transaction() as session:
        before = await _find_replaced(session, mode, grant, user)
        connection = before or AdsConnection(mode=mode, admin_id=admin_id)
        connection.core_user_id = user.core_user_id
        connection.display_name, connection.email = user.display_name[:255], user.email[:255]
        connection.scopes, connection.advertiser_ids = sorted(set(grant.scope)), list(grant.advertiser_ids)
        connection.state, connection.state_reason = AdsConnectionState.connected, None
        connection.admin_id, connection.connected_at = admin_id, utcnow()
        session.add(connection)
        connection_id = connection.id
        await vault.store_token(session, app.keyring, connection_id, grant.access_token)
        own = (AdvertiserGrant.connection_id == OWN, AdvertiserGrant.mode == mode)
        # The installation's own token serves only while nobody has consented.
        await session.exec(sa.delete(AdvertiserGrant).where(*own))  # type: ignore[arg-type]
    log.info("ads_connected", connection_id=connection_id, scopes=len(grant.scope), is_new=before is None)
    return connection_id


async def _find_replaced(session: AsyncSession, mode: str, grant: Grant, user: User) -> AdsConnection | None:
    if user.core_user_id is None:
        return None
    query = select(AdsConnection).where(AdsConnection.mode == mode, AdsConnection.core_user_id == user.core_user_id)
    for row in (await session.exec(query.order_by(col(AdsConnection.id).desc()).with_for_update())).all():
        is_dead = row.state is AdsConnectionState.reconnect
        opens_no_more = set(row.scopes) <= set(grant.scope) and set(row.advertiser_ids) <= set(grant.advertiser_ids)
        if is_dead or opens_no_more:
            return row
    return None
