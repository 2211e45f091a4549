"""What is connected: who consented, which ad accounts that opens, and which of them a person works on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from app.ads.access import mode_of
from app.ads.connections.errors import AdvertiserNotFound, ConnectionNotFound
from app.ads.connections.roles import strength
from app.ads.models import AdsConnection, Advertiser, AdvertiserGrant, CurrentAdvertiser
from app.kit.paging import Page
from app.kit.upsert import upsert
from app.resources import Resources


@dataclass(frozen=True, slots=True)
class Opened:
    """An ad account as one connection opens it."""

    advertiser: Advertiser
    role: str | None
    connection_id: str


@dataclass(frozen=True, slots=True)
class Reachable:
    """An ad account within reach: by the strongest role, and by which others too."""

    advertiser: Advertiser
    best: Opened
    others: Sequence[Opened]


async def list_connections(app: Resources) -> list[tuple[AdsConnection, list[Opened]]]:
    """List who consented, the newest first, each with what that opens."""
    async with app.read() as session:
        query = select(AdsConnection).where(AdsConnection.mode == mode_of(app))
        connections = (await session.exec(query.order_by(col(AdsConnection.connected_at).desc()))).all()
    opened = [one for all_of_one in (await _list_opened(app)).values() for one in all_of_one]
    return [(row, [one for one in opened if one.connection_id == row.id]) for row in connections]


async def get_connection(app: Resources, connection_id: str) -> AdsConnection:
    """Give a connection. Raises ConnectionNotFound."""
    async with app.read() as session:
        found = await session.get(AdsConnection, connection_id)
    if found is None or found.mode != mode_of(app):
        raise ConnectionNotFound
    return found


async def list_advertisers(app: Resources, *, limit: int, cursor: str | None = None) -> Page[Reachable]:
    """List ad accounts, in the order of their ids."""
    opened = await _list_opened(app)
    ids = [one for one in sorted(opened) if cursor is None or one > cursor]
    items = [_reachable(opened[one]) for one in ids[:limit]]
    return Page(items, ids[limit - 1] if len(ids) > limit else None)


async def find_current(app: Resources, admin_id: str) -> str | None:
    """Tell which ad account a person works on, if it is still within reach."""
    async with app.read() as session:
        row = await session.get(CurrentAdvertiser, admin_id)
    return row.advertiser_id if row is not None and row.advertiser_id in await _list_opened(app) else None


async def set_current(app: Resources, admin_id: str, advertiser_id: str) -> None:
    """Let a person work on an ad account. Raises AdvertiserNotFound."""
    if advertiser_id not in await _list_opened(app):
        raise AdvertiserNotFound
    async with app.transaction() as session:
        row = CurrentAdvertiser(admin_id=admin_id, advertiser_id=advertiser_id)
        await upsert(session, row, key=("admin_id",), change=("advertiser_id",))


async def _list_opened(app: Resources) -> Mapping[str, list[Opened]]:
    """Give what each token opens, by ad account: the strongest role first."""
    async with app.read() as session:
        grants = (await session.exec(select(AdvertiserGrant).where(AdvertiserGrant.mode == mode_of(app)))).all()
        known = {row.advertiser_id: row for row in (await session.exec(select(Advertiser))).all()}
    found: dict[str, list[Opened]] = {}
    for grant in sorted(grants, key=lambda one: (-strength(one.role), one.connection_id)):
        if advertiser := known.get(grant.advertiser_id):
            found.setdefault(grant.advertiser_id, []).append(Opened(advertiser, grant.role, grant.connection_id))
    return found


def _reachable(opened: Sequence[Opened]) -> Reachable:
    best, *others = opened
    return Reachable(best.advertiser, best, others)
