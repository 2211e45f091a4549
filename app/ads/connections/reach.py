"""Reaching an ad account: whose token opens it, in which role, and what that role allows."""

from dataclasses import dataclass, field

import structlog
from sqlmodel import col, select

from app.ads.access import business_client, mode_of
from app.ads.connections import vault
from app.ads.connections.errors import AdsReconnect, AdvertiserNotFound, RoleForbids
from app.ads.connections.roles import Need, forbids, strength
from app.ads.connections.sync import OWN, has_consents, mark, sync_own
from app.ads.models import AdsConnection, AdsConnectionState, Advertiser, AdvertiserGrant
from app.messages import ads
from app.resources import Resources
from app.tiktok_business.client import TikTokBusinessClient
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError
from app.tiktok_business.sending import Patience

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reach:
    """An ad account within reach. `role` is None where TikTok did not tell it; then TikTok decides what is allowed.

    `connection_id` is "own" where the installation's own token serves, because nobody has consented.
    """

    advertiser_id: str
    client: TikTokBusinessClient = field(repr=False)
    role: str | None
    connection_id: str
    advertiser: Advertiser | None

    @property
    def currency(self) -> str:
        return self.advertiser.currency if self.advertiser else ""


async def reach_advertiser(
    app: Resources, advertiser_id: str, *, need: Need = Need.read, patience: Patience | None = None
) -> Reach:
    """Open an ad account by the strongest role's token.

    Raises AdvertiserNotFound, RoleForbids, AdsReconnect and TokensUnreadable, before anything is called.
    """
    found = await _choose(app, advertiser_id)
    if found is None:
        found = await _find_own(app, advertiser_id)
    grant, advertiser, token = found
    if forbids(grant.role, need):
        told = ads.role_only_reads if forbids(grant.role, Need.write) else ads.role_moves_no_money
        raise RoleForbids(told(role=grant.role or ""))
    client = business_client(app, patience=patience)
    if token is not None:
        client = client.derive(access_token=token)
    return Reach(advertiser_id, client, grant.role, grant.connection_id, advertiser)


async def note_refused(app: Resources, reach: Reach, error: BusinessError) -> None:
    """Mark a connection whose token TikTok does not accept any more; other errors mean nothing here."""
    if error.meaning.kind is Kind.auth and reach.connection_id != OWN:
        reason = f"tiktok_{error.tiktok_code or 0}"
        await mark(app, reach.connection_id, AdsConnectionState.reconnect, reason)
        log.warning("ads_connection_refused", connection_id=reach.connection_id, code=error.tiktok_code)


_Found = tuple[AdvertiserGrant, Advertiser | None, str | None]


async def _choose(app: Resources, advertiser_id: str) -> _Found | None:
    """Find the strongest grant with its token; of two that are equal the one with more permissions, then the newer."""
    mode = mode_of(app)
    async with app.read() as session:
        query = select(AdvertiserGrant).where(
            AdvertiserGrant.advertiser_id == advertiser_id, AdvertiserGrant.mode == mode
        )
        grants = (await session.exec(query)).all()
        if not grants:
            return None
        ids = [grant.connection_id for grant in grants]
        rows = (await session.exec(select(AdsConnection).where(col(AdsConnection.id).in_(ids)))).all()
        connections = {row.id: row for row in rows}
        living = [grant for grant in grants if _lives(connections.get(grant.connection_id), grant)]
        if not living:
            raise AdsReconnect
        best = max(living, key=lambda grant: _rank(connections.get(grant.connection_id), grant))
        advertiser = await session.get(Advertiser, advertiser_id)
        if best.connection_id == OWN:
            return best, advertiser, None
        return best, advertiser, await vault.open_token(session, app.keyring, best.connection_id)


def _lives(connection: AdsConnection | None, grant: AdvertiserGrant) -> bool:
    if connection is None:
        return grant.connection_id == OWN
    return connection.state is AdsConnectionState.connected


def _rank(connection: AdsConnection | None, grant: AdvertiserGrant) -> tuple[int, int, str]:
    return strength(grant.role), len(connection.scopes) if connection else 0, grant.connection_id


async def _find_own(app: Resources, advertiser_id: str) -> _Found:
    """Look whether the installation's own token opens it, where nobody has consented. Raises AdvertiserNotFound."""
    if await has_consents(app):
        raise AdvertiserNotFound
    client = business_client(app)
    if client.address.is_sandbox:
        # The sandbox has no list of its ad accounts: TikTok decides about whatever is named.
        return AdvertiserGrant(connection_id=OWN, advertiser_id=advertiser_id, mode=mode_of(app)), None, None
    await sync_own(app)
    found = await _choose(app, advertiser_id)
    if found is None:
        raise AdvertiserNotFound
    return found
