"""Bringing the list of ad accounts up to date: which a token opens, what they are, and in which role."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.errors import TokensUnreadable
from app.ads.access import app_credentials, business_client, mode_of
from app.ads.connections import vault
from app.ads.connections.roles import Role, read_role
from app.ads.models import AdsConnection, AdsConnectionState, Advertiser, AdvertiserGrant
from app.kit.clock import utcnow
from app.kit.upsert import upsert
from app.resources import Resources
from app.tiktok_business import advertisers as vendor
from app.tiktok_business.client import TikTokBusinessClient
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError, BusinessRefused
from app.tiktok_business.family import every
from app.tiktok_business.sending import Patience

log = structlog.get_logger(__name__)

OWN = "own"
"""What stands for the installation's own token, `TikTok__AccessToken`, in the place of a connection's id."""

_PATIENCE = Patience(caller="ads sync", turn=12.0)
_AT_ONCE = 50
_OWN_IS_FRESH = timedelta(minutes=5)
_ASK_AGAIN_AFTER = timedelta(minutes=25)
_CHANGED = ("name", "status", "currency", "timezone", "country", "balance", "bc_id", "synced_at")


@dataclass(slots=True)
class Synced:
    """What came of it: how many ad accounts are within reach, and which connections could not be asked."""

    advertisers: int = 0
    failed: dict[str, str] = field(default_factory=dict)


async def sync(app: Resources) -> Synced:
    """Ask with every token; one that fails keeps what was known of it."""
    async with app.read() as session:
        connections = await _list_living(session, mode_of(app))
    told = Synced()
    if not connections and not await has_consents(app):
        await sync_own(app, is_forced=True)
    for connection in connections:
        try:
            await sync_connection(app, connection.id)
        except TokensUnreadable as error:
            told.failed[connection.id] = error.message
        except BusinessError as error:
            told.failed[connection.id] = f"{error.message} {error.said}".strip()
    async with app.read() as session:
        told.advertisers = await _count_reached(session, mode_of(app))
    return told


async def sync_if_old(app: Resources) -> None:
    """Ask anew what was not asked for half an hour, so that a role or an ad account that is lost is noticed."""
    before = utcnow() - _ASK_AGAIN_AFTER
    async with app.read() as session:
        connections = await _list_living(session, mode_of(app))
        own = AdvertiserGrant.connection_id == OWN, AdvertiserGrant.mode == mode_of(app)
        serves_own = (
            await session.exec(select(AdvertiserGrant.connection_id).where(*own).limit(1))
        ).first() is not None
    for connection in connections:
        if connection.synced_at is not None and connection.synced_at > before:
            continue
        try:
            await sync_connection(app, connection.id)
        except (TokensUnreadable, BusinessError) as error:
            log.warning("ads_sync_failed", connection_id=connection.id, error=error.code)
    if serves_own and not connections:
        try:
            await sync_own(app)
        except BusinessError as error:
            log.warning("ads_sync_failed", connection_id=OWN, error=error.code)


async def sync_connection(app: Resources, connection_id: str) -> None:
    """Ask with the token of one connection. Raises BusinessError, TokensUnreadable."""
    async with app.read() as session:
        connection = await session.get(AdsConnection, connection_id)
        token = await vault.open_token(session, app.keyring, connection_id)
    named = connection.advertiser_ids if connection else []
    client = business_client(app, patience=_PATIENCE).derive(access_token=token)
    try:
        found = await _ask(app, client, named)
    except BusinessError as error:
        if error.meaning.kind is Kind.auth:
            await mark(app, connection_id, AdsConnectionState.reconnect, f"tiktok_{error.tiktok_code or 0}")
        raise
    await _store(app, connection_id, found)


async def sync_own(app: Resources, *, is_forced: bool = False) -> None:
    """Ask with the installation's own token, which serves while nobody has consented."""
    async with app.read() as session:
        query = select(AdvertiserGrant.synced_at).where(
            AdvertiserGrant.connection_id == OWN, AdvertiserGrant.mode == mode_of(app)
        )
        synced_at = (await session.exec(query.order_by(col(AdvertiserGrant.synced_at).desc()).limit(1))).first()
    if not is_forced and synced_at is not None and utcnow() - synced_at < _OWN_IS_FRESH:
        return
    client = business_client(app, patience=_PATIENCE)
    if not client.address.is_sandbox:
        await _store(app, OWN, await _ask(app, client, ()))


async def has_consents(app: Resources) -> bool:
    """Tell whether anybody has consented, also where TikTok does not accept the token any more."""
    async with app.read() as session:
        query = select(AdsConnection.id).where(AdsConnection.mode == mode_of(app)).limit(1)
        return (await session.exec(query)).first() is not None


_Seen = tuple[vendor.Advertiser, Role | None]


async def _ask(app: Resources, client: TikTokBusinessClient, named: Sequence[str]) -> list[_Seen]:
    roles = await _read_roles(client)
    credentials = app_credentials(app)
    ids = dict.fromkeys([*named, *roles])
    if credentials.app_id and credentials.secret:
        granted = await client.oauth.list_advertisers(credentials)
        ids = dict.fromkeys(one.advertiser_id for one in granted) or ids
    described = await _describe(client, list(ids))
    return [(one, roles.get(one.advertiser_id) or read_role(one.role)) for one in described]


async def _read_roles(client: TikTokBusinessClient) -> dict[str, Role | None]:
    """Read the roles that business centers tell; a token without the permission for it knows none."""
    roles: dict[str, Role | None] = {}
    try:
        page = await client.centers.list_centers()
        for center in page.items:
            async for asset in every(client.centers.list_assets, center.bc_info.bc_id):
                roles[asset.asset_id] = read_role(asset.advertiser_role)
    except BusinessRefused as error:
        if error.meaning.kind is Kind.auth:
            raise
        log.info("ads_roles_not_told", code=error.tiktok_code)
    return roles


async def _describe(client: TikTokBusinessClient, ids: Sequence[str]) -> list[vendor.Advertiser]:
    """Describe ad accounts; TikTok refuses all of a call for one that is gone, and then each is asked alone."""
    found: list[vendor.Advertiser] = []
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        try:
            found += await client.advertisers.get_info(some)
        except BusinessRefused as error:
            if error.meaning.kind is Kind.auth:
                raise
            if len(some) > 1:
                for one in some:
                    found += await _describe(client, [one])
            else:
                log.info("ads_advertiser_not_told", advertiser_id=some[0], code=error.tiktok_code)
    return found


async def _store(app: Resources, connection_id: str, found: Sequence[_Seen]) -> None:
    now, mode = utcnow(), mode_of(app)
    async with app.transaction() as session:
        is_own = connection_id == OWN
        if not is_own and await session.get(AdsConnection, connection_id, with_for_update=True) is None:
            return  # Disconnected while we asked.
        mine = (AdvertiserGrant.connection_id == connection_id, AdvertiserGrant.mode == mode)
        rows = (await session.exec(select(AdvertiserGrant).where(*mine))).all()
        before = {row.advertiser_id: row.role for row in rows}
        await session.exec(sa.delete(AdvertiserGrant).where(*mine))  # type: ignore[arg-type]
        for one, role in found:
            await upsert(session, _row(one, now), key=("advertiser_id",), change=_CHANGED)
            grant = AdvertiserGrant(
                connection_id=connection_id, advertiser_id=one.advertiser_id, mode=mode, role=role, synced_at=now
            )
            key = ("connection_id", "advertiser_id", "mode")
            await upsert(session, grant, key=key, change=("role", "synced_at"))
    if connection_id != OWN:
        await mark(app, connection_id, AdsConnectionState.connected, None, synced_at=now)
    _log_changes(connection_id, before, {one.advertiser_id: role for one, role in found})
    log.info("ads_synced", connection_id=connection_id, advertisers=len(found))


def _log_changes(connection_id: str, before: Mapping[str, str | None], after: Mapping[str, str | None]) -> None:
    """Tell of roles that are others than before, and of ad accounts that are within reach no more."""
    for advertiser_id, role in before.items():
        if advertiser_id not in after:
            log.warning("ads_account_lost", connection_id=connection_id, advertiser_id=advertiser_id, role=role)
        elif after[advertiser_id] != role:
            told = {"advertiser_id": advertiser_id, "before": role, "after": after[advertiser_id]}
            log.warning("ads_role_changed", connection_id=connection_id, **told)


def _row(one: vendor.Advertiser, now: datetime) -> Advertiser:
    return Advertiser(
        advertiser_id=one.advertiser_id,
        name=one.name[:255],
        status=one.status[:64],
        currency=one.currency[:16],
        timezone=one.timezone[:64],
        country=one.country[:16],
        balance=None if one.balance is None else f"{one.balance:f}"[:64],
        bc_id=one.owner_bc_id,
        synced_at=now,
    )


async def mark(
    app: Resources, connection_id: str, state: AdsConnectionState, reason: str | None, **more: object
) -> None:
    """Write down how a connection is."""
    async with app.transaction() as session:
        await session.exec(
            sa.update(AdsConnection)
            .where(col(AdsConnection.id) == connection_id)
            .values(state=state, state_reason=reason, **more)
        )


async def _list_living(session: AsyncSession, mode: str) -> Sequence[AdsConnection]:
    """Those that can be asked, also those that TikTok refused: a permission may be given back."""
    return (await session.exec(select(AdsConnection).where(AdsConnection.mode == mode))).all()


async def _count_reached(session: AsyncSession, mode: str) -> int:
    query = select(sa.func.count(sa.distinct(col(AdvertiserGrant.advertiser_id)))).where(AdvertiserGrant.mode == mode)
    return (await session.exec(query)).one()
