"""Spending guards of an ad account: the installation's, unless the account has its own."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal

from app.ads.models import AdsGuards
from app.audit.record import describe, record
from app.config import Settings
from app.resources import Resources


@dataclass(frozen=True, slots=True)
class Guards:
    """What is allowed, amounts in the account's currency; 0 is no guard."""

    max_raise_percent: Decimal
    max_daily_budget: Decimal
    max_total_budget: Decimal
    max_transfer: Decimal


NAMES = tuple(one.name for one in fields(Guards))


def guards_of_all(settings: Settings) -> Guards:
    """The installation's, by its settings."""
    return Guards(*(getattr(settings, f"ads_{name}") for name in NAMES))


async def read_own(app: Resources, advertiser_id: str) -> dict[str, Decimal | None]:
    """What was set for this ad account; None where the installation's counts."""
    async with app.read() as session:
        row = await session.get(AdsGuards, advertiser_id)
    return {name: None if row is None or (own := getattr(row, name)) is None else Decimal(own) for name in NAMES}


async def read_guards(app: Resources, advertiser_id: str) -> Guards:
    """What counts for this ad account."""
    own, of_all = await read_own(app, advertiser_id), guards_of_all(app.settings)
    chosen: dict[str, Decimal] = {}
    for name in NAMES:
        value = own[name]
        chosen[name] = getattr(of_all, name) if value is None else value
    return Guards(**chosen)


async def set_guards(app: Resources, advertiser_id: str, given: Mapping[str, Decimal | None], *, name: str) -> None:
    """Set this ad account's own; what is not given, or is None, is the installation's. It stands in the audit log."""
    async with app.transaction() as session:
        row = await session.get(AdsGuards, advertiser_id, with_for_update=True) or AdsGuards(
            advertiser_id=advertiser_id
        )
        before = describe(row)
        for one in NAMES:
            value = given.get(one)
            setattr(row, one, None if value is None else f"{value:f}")
        session.add(row)
        record(
            session, "ads_guards.changed", object_kind="advertiser", object_id=advertiser_id, object_name=name,
            before=before, after=describe(row),
        )  # fmt: skip
