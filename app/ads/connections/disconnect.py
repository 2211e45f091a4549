"""Ending a connection: TikTok is told, and our copy of the token is gone whatever it says."""

from dataclasses import dataclass

import sqlalchemy as sa
import structlog
from sqlmodel import col

from app.accounts.errors import TokensUnreadable
from app.ads.access import app_credentials, business_client
from app.ads.connections import vault
from app.ads.connections.listing import get_connection
from app.ads.models import AdsConnection, AdvertiserGrant
from app.messages import ads
from app.messages.message import Message
from app.resources import Resources
from app.tiktok_business.errors import BusinessError
from app.tiktok_business.sending import Patience

log = structlog.get_logger(__name__)

_PATIENCE = Patience(caller="ads consent", deadline=20, turn=10)
_ENDED_ALREADY = {40102, 40105}


@dataclass(frozen=True, slots=True)
class Disconnected:
    """What became of it: whether TikTok has ended the permission, in a word and in a sentence."""

    is_revoked: bool
    detail: Message


async def disconnect(app: Resources, connection_id: str) -> Disconnected:
    """Revoke the token at TikTok, then forget it and what it opened. Raises ConnectionNotFound."""
    await get_connection(app, connection_id)
    is_revoked = await _revoke(app, connection_id)
    async with app.transaction() as session:
        await vault.forget_token(session, connection_id)
        await session.exec(sa.delete(AdvertiserGrant).where(col(AdvertiserGrant.connection_id) == connection_id))
        await session.exec(sa.delete(AdsConnection).where(col(AdsConnection.id) == connection_id))
    log.info("ads_disconnected", connection_id=connection_id, revoked=is_revoked)
    return Disconnected(is_revoked, ads.REVOKED if is_revoked else ads.NOT_REVOKED)


async def _revoke(app: Resources, connection_id: str) -> bool:
    try:
        async with app.read() as session:
            token = await vault.open_token(session, app.keyring, connection_id)
        await business_client(app, patience=_PATIENCE).oauth.revoke(app_credentials(app), token)
    except TokensUnreadable:
        return False
    except BusinessError as error:
        log.warning("ads_not_revoked", connection_id=connection_id, code=error.tiktok_code)
        return error.tiktok_code in _ENDED_ALREADY
    return True
