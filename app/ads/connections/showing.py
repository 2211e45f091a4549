"""Connections and ad accounts as the API shows them."""

from decimal import Decimal

from app.ads.connections.listing import Opened, Reachable, find_current, list_advertisers, list_connections
from app.ads.connections.schemas import AdvertiserList, AdvertiserRead, ConnectionRead, OpenedRead, ScopeRead
from app.ads.connections.scopes import list_missing, name_scope
from app.ads.models import AdsConnection
from app.resources import Resources


async def read_connections(app: Resources) -> list[ConnectionRead]:
    """Describe all connections; no token stands in it."""
    return [_connection(row, opened) for row, opened in await list_connections(app)]


async def read_advertisers(app: Resources, admin_id: str, *, limit: int, cursor: str | None) -> AdvertiserList:
    """Describe a page of ad accounts."""
    current = await find_current(app, admin_id)
    page = await list_advertisers(app, limit=limit, cursor=cursor)
    return AdvertiserList(items=[_advertiser(one, current) for one in page.items], next_cursor=page.next_cursor)


def _connection(row: AdsConnection, opened: list[Opened]) -> ConnectionRead:
    return ConnectionRead(
        id=row.id,
        display_name=row.display_name,
        email=row.email,
        mode=row.mode,
        state=row.state,
        state_reason=row.state_reason,
        scopes=[_scope(one) for one in row.scopes],
        missing_scopes=[_scope(one) for one in list_missing(row.scopes)],
        advertisers=[
            OpenedRead(advertiser_id=one.advertiser.advertiser_id, name=one.advertiser.name, role=one.role)
            for one in opened
        ],
        connected_at=row.connected_at,
        synced_at=row.synced_at,
    )


def _scope(number: int) -> ScopeRead:
    return ScopeRead(id=number, name=name_scope(number))


def _advertiser(one: Reachable, current: str | None) -> AdvertiserRead:
    row = one.advertiser
    return AdvertiserRead(
        advertiser_id=row.advertiser_id,
        name=row.name,
        role=one.best.role,
        status=row.status,
        currency=row.currency,
        timezone=row.timezone,
        country=row.country,
        balance=None if row.balance is None else Decimal(row.balance),
        bc_id=row.bc_id,
        current=row.advertiser_id == current,
        connection_id=one.best.connection_id,
        connections=[other.connection_id for other in one.others],
        synced_at=row.synced_at,
    )
