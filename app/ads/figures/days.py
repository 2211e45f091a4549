"""What the ads of an ad account, or of one campaign of it, did on each of some days, whichever way they were bought."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from app.ads.connections.reach import Reach, reach_advertiser
from app.ads.figures.joining import read_number
from app.ads.figures.service_types import AUCTION, RESERVATION, is_without_reservations
from app.ads.figures.spans import BY_DAY, Span, split_span
from app.ads.figures.walking import walk
from app.ads.refusals import told_in_our_words
from app.kit import exact_json
from app.kit.clock import utcnow
from app.kit.zones import zone_of
from app.resources import Resources
from app.tiktok_business.errors import BusinessRefused
from app.tiktok_business.reports import ReportQuery, make_filter
from app.tiktok_business.sending import Patience

_METRICS = ["spend", "impressions", "clicks"]
_PATIENCE = Patience(caller="ads figures", turn=12.0)


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One day, or several together. `spend` is in the ad account's currency."""

    spend: Decimal = Decimal(0)
    impressions: Decimal = Decimal(0)
    clicks: Decimal = Decimal(0)

    def __add__(self, other: "DayFigures") -> "DayFigures":
        return DayFigures(self.spend + other.spend, self.impressions + other.impressions, self.clicks + other.clicks)

    @property
    def ctr(self) -> Decimal | None:
        """Clicks of a hundred impressions; None without any."""
        return self.clicks * 100 / self.impressions if self.impressions else None


@dataclass(frozen=True, slots=True)
class DaysRead:
    """Figures by the day; days on which nothing happened are not among them. `reserved`: what of it was reserved.

    `is_auction_alone`: TikTok does not tell of reservations here, as of ad accounts that cannot reserve.
    """

    days: Mapping[date, DayFigures]
    reserved: DayFigures
    is_auction_alone: bool


async def read_days(app: Resources, advertiser_id: str, first: date, last: date, *, campaign_id: str = "") -> DaysRead:
    """Ask TikTok for both ways to buy, and add them up. Raises what reaching and reading raise."""
    spans = split_span(first.isoformat(), last.isoformat(), [BY_DAY])
    reached = await reach_advertiser(app, advertiser_id, patience=_PATIENCE)
    async with told_in_our_words(app, reached):
        # At once: a page waits for it, and most ad accounts have nothing that was reserved.
        found, reserved = await asyncio.gather(
            _read_service_type(reached, _query(AUCTION, advertiser_id, campaign_id), spans),
            _read_reserved(reached, _query(RESERVATION, advertiser_id, campaign_id), spans),
        )
    if reserved is None:
        return DaysRead(found, DayFigures(), is_auction_alone=True)
    for day, figures in reserved.items():
        found[day] = found.get(day, DayFigures()) + figures
    return DaysRead(found, sum(reserved.values(), DayFigures()), is_auction_alone=False)


def _query(service_type: str, advertiser_id: str, campaign_id: str) -> ReportQuery:
    level = "campaign" if campaign_id else "advertiser"
    return ReportQuery(
        report_type="BASIC",
        advertiser_id=advertiser_id,
        service_type=service_type,
        data_level=f"{service_type}_{level.upper()}",
        dimensions=[f"{level}_id", BY_DAY],
        metrics=_METRICS,
        filtering=[make_filter("campaign_ids", "IN", exact_json.write([campaign_id]).decode())]
        if campaign_id
        else None,
    )


async def _read_reserved(reached: Reach, query: ReportQuery, spans: Sequence[Span]) -> dict[date, DayFigures] | None:
    """The same of what was reserved; None where TikTok does not tell of it."""
    try:
        return await _read_service_type(reached, query, spans)
    except BusinessRefused as refused:
        if not is_without_reservations(refused):
            raise
        return None


async def _read_service_type(reached: Reach, query: ReportQuery, spans: Sequence[Span]) -> dict[date, DayFigures]:
    found: dict[date, DayFigures] = {}
    async for _, page in walk(reached.client.reports, query, spans):
        for row in page.items:
            day = _day(row.dimensions.get(BY_DAY, ""))
            if day is not None:
                found[day] = found.get(day, DayFigures()) + _figures(row.metrics)
    return found


def today_at(timezone: str) -> date:
    """Today by an ad account's clock; by UTC where its zone is not known."""
    try:
        zone = zone_of(timezone or "UTC")
    except ValueError:
        zone = zone_of("UTC")
    return utcnow().astimezone(zone).date()


def _figures(metrics: Mapping[str, str | None]) -> DayFigures:
    return DayFigures(*(read_number(metrics.get(name)) or Decimal(0) for name in _METRICS))


def _day(told: str) -> date | None:
    try:
        return datetime.fromisoformat(told).date()
    except ValueError:
        return None
