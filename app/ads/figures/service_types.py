"""The two ways to buy at TikTok, by auction and reserved: each is reported apart, and no question gives both."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from app.ads.figures.joining import read_number
from app.ads.figures.spans import Span, split_span
from app.ads.figures.walking import of_span
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError, BusinessRefused
from app.tiktok_business.reports import ReportQuery, Reports

AUCTION, RESERVATION = "AUCTION", "RESERVATION"
_NO_RESERVATIONS = frozenset({Kind.parameter, Kind.permission, Kind.sandbox})


@dataclass(frozen=True, slots=True)
class OtherServiceType:
    """What a report leaves out because it was bought the other way. `spend` is in the ad account's currency.

    `is_told` is False where TikTok has not answered for it, as for ad accounts that cannot reserve.
    """

    service_type: str
    data_level: str
    rows: int = 0
    spend: Decimal = Decimal(0)
    is_told: bool = True


def pack_other(other: OtherServiceType) -> dict[str, str | int | bool]:
    """Write it down, the amount to the cent."""
    return asdict(other) | {"spend": f"{other.spend:f}"}


def unpack_other(packed: Mapping[str, Any]) -> OtherServiceType:
    """Read what was written down."""
    return OtherServiceType(**{**packed, "spend": Decimal(packed["spend"])})


def is_without_reservations(error: BusinessError) -> bool:
    """Tell whether TikTok refuses a question about reservations as it does for accounts that cannot reserve."""
    return isinstance(error, BusinessRefused) and error.meaning.kind in _NO_RESERVATIONS


def other_of(service_type: str) -> str:
    """Name the other of the two."""
    return RESERVATION if service_type == AUCTION else AUCTION


async def look_at_other(reports: Reports, query: ReportQuery, first_and_last: Span) -> OtherServiceType:
    """Ask what was bought the other way in the same days, under the same filters."""
    lane, _, level = (query.data_level or "").partition("_")
    other = other_of(lane)
    asked = ReportQuery(
        advertiser_id=query.advertiser_id,
        service_type=other,
        data_level=f"{other}_{level}",
        dimensions=[f"{level.lower()}_id"],
        metrics=["spend"],
        query_lifetime=query.query_lifetime,
        filtering=query.filtering,
        enable_total_metrics=True,
    )
    rows, spend = 0, Decimal(0)
    for span in split_span(*first_and_last, []):
        try:
            page = await reports.get_report(of_span(asked, span), page=1, page_size=1)
        except BusinessError:
            # The report itself is there: that nothing is known of its neighbour is said beside it.
            return OtherServiceType(other, asked.data_level or "", is_told=False)
        # An ad that ran in two of the years of a long span stands in both: the most of one is what surely differs.
        rows = max(rows, page.page_info.total_number or 0)
        spend += read_number((page.total_metrics or {}).get("spend")) or Decimal(0)
    return OtherServiceType(other, asked.data_level or "", rows, spend)
