"""A boost's figures beside those of the post itself: what was paid for, and what a thousand views and a click cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from app.ads.models import Boost
from app.kit import exact_json
from app.posts.models import Post
from app.tiktok_business.client import TikTokBusinessClient
from app.tiktok_business.reports import ReportQuery, make_filter

METRICS = ("spend", "impressions", "clicks", "video_play_actions", "likes", "comments", "shares")
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Paid:
    """What TikTok reports of a boost, of all its days; amounts in the ad account's currency. None: it did not tell."""

    spend: Decimal | None = None
    impressions: int | None = None
    clicks: int | None = None
    views: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None

    @property
    def cost_per_thousand(self) -> Decimal | None:
        return _per(self.spend, self.impressions, 1000)

    @property
    def cost_per_click(self) -> Decimal | None:
        return _per(self.spend, self.clicks, 1)


@dataclass(frozen=True, slots=True)
class Organic:
    """What TikTok last told of the post itself. Whether views of its ad are in it TikTok does not say."""

    views: int | None
    likes: int | None
    comments: int | None
    shares: int | None

    @classmethod
    def of(cls, post: Post | None) -> "Organic":
        if post is None:
            return cls(None, None, None, None)
        return cls(post.views, post.likes, post.comments, post.shares)


async def ask(client: TikTokBusinessClient, boost: Boost) -> Paid:
    """Ask TikTok for the figures. Raises BusinessError.

    A boost's campaign is one of ours, and bought by auction: no objective that a boost may have can be reserved.
    """
    query = ReportQuery(
        advertiser_id=boost.advertiser_id,
        service_type="AUCTION",
        data_level="AUCTION_CAMPAIGN",
        dimensions=["campaign_id"],
        metrics=list(METRICS),
        query_lifetime=True,
        filtering=[make_filter("campaign_ids", "IN", exact_json.write([boost.campaign_id]).decode())],
    )
    page = await client.reports.get_report(query, page_size=10)
    row = next((one for one in page.items if one.dimensions.get("campaign_id") == boost.campaign_id), None)
    return read_paid({} if row is None else row.metrics)


def read_paid(metrics: Mapping[str, Any] | None) -> Paid:
    """Read TikTok's metrics, which are texts, as they came or as a row has kept them."""
    told = metrics or {}
    return Paid(
        _amount(told.get("spend")),
        *(_count(told.get(name)) for name in
          ("impressions", "clicks", "video_play_actions", "likes", "comments", "shares")),
    )  # fmt: skip


def keep_paid(paid: Paid) -> dict[str, Any]:
    """What a row keeps, under TikTok's own names."""
    values = (paid.spend, paid.impressions, paid.clicks, paid.views, paid.likes, paid.comments, paid.shares)
    return {name: None if value is None else f"{value}" for name, value in zip(METRICS, values, strict=True)}


def _per(spend: Decimal | None, count: int | None, unit: int) -> Decimal | None:
    return (spend * unit / count).quantize(_CENT) if spend is not None and count else None


def _amount(text: Any) -> Decimal | None:
    try:
        amount = Decimal(str(text))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _count(text: Any) -> int | None:
    amount = _amount(text) if text is not None else None
    return None if amount is None else int(amount)
