"""The three kinds of objects, so that what is the same for all of them stands once."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.tiktok_business.campaigns import OperationStatus, StatusChanged
from app.tiktok_business.client import TikTokBusinessClient
from app.tiktok_business.fields import Page, VendorObject
from app.tiktok_business.smart_plus import Level

Lister = Callable[[TikTokBusinessClient, str, Mapping[str, Any] | None, int, int], Awaitable[Page[Any]]]
Switcher = Callable[[TikTokBusinessClient, str, list[str], OperationStatus], Awaitable[StatusChanged]]

_COMMON = frozenset({
    "primary_status", "secondary_status", "objective_type", "creation_filter_start_time", "creation_filter_end_time",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """Campaigns, ad groups or ads. `filters` are TikTok's; those of `smart_filters` Upgraded Smart+ takes too."""

    plural: str
    level: Level
    list_page: Lister
    switch: Switcher
    filters: frozenset[str]
    smart_filters: frozenset[str]
    smart_ids: str

    @property
    def id_field(self) -> str:
        return f"{self.level}_id"

    @property
    def ids_field(self) -> str:
        return f"{self.level}_ids"

    @property
    def name_field(self) -> str:
        return f"{self.level}_name"

    def show(self, found: VendorObject, *, is_smart_plus: bool = False) -> dict[str, Any]:
        """Give TikTok's own object, marked where it is of Upgraded Smart+."""
        raw = dict(found.raw)
        raw.setdefault(self.id_field, getattr(found, self.id_field, None))
        return raw | {"smart_plus": is_smart_plus}


async def _list_campaigns(client: TikTokBusinessClient, *asked: Any) -> Page[Any]:
    advertiser_id, filtering, page, size = asked
    return await client.campaigns.list_campaigns(advertiser_id, filtering=filtering, page=page, page_size=size)


async def _list_adgroups(client: TikTokBusinessClient, *asked: Any) -> Page[Any]:
    advertiser_id, filtering, page, size = asked
    return await client.adgroups.list_adgroups(advertiser_id, filtering=filtering, page=page, page_size=size)


async def _list_ads(client: TikTokBusinessClient, *asked: Any) -> Page[Any]:
    advertiser_id, filtering, page, size = asked
    return await client.ads.list_ads(advertiser_id, filtering=filtering, page=page, page_size=size)


async def _switch_campaigns(client: TikTokBusinessClient, *asked: Any) -> StatusChanged:
    return await client.campaigns.update_status(*asked)


async def _switch_adgroups(client: TikTokBusinessClient, *asked: Any) -> StatusChanged:
    return await client.adgroups.update_status(*asked, allow_partial_success=True)


async def _switch_ads(client: TikTokBusinessClient, *asked: Any) -> StatusChanged:
    return await client.ads.update_status(*asked)


CAMPAIGNS = ObjectKind(
    "campaigns", "campaign", _list_campaigns, _switch_campaigns,
    _COMMON | {"campaign_ids", "campaign_name", "campaign_type", "buying_types", "campaign_system_origins"},
    _COMMON | {"campaign_ids", "campaign_name"}, "campaign_ids",
)  # fmt: skip
ADGROUPS = ObjectKind(
    "adgroups", "adgroup", _list_adgroups, _switch_adgroups,
    _COMMON | {"campaign_ids", "adgroup_ids", "adgroup_name", "optimization_goal", "promotion_type", "billing_events",
               "buying_types"},
    _COMMON | {"campaign_ids", "adgroup_ids", "adgroup_name", "optimization_goal", "promotion_type"}, "adgroup_ids",
)  # fmt: skip
ADS = ObjectKind(
    "ads", "ad", _list_ads, _switch_ads,
    _COMMON | {"campaign_ids", "adgroup_ids", "ad_ids", "ad_name", "optimization_goal", "buying_types",
               "modified_after"},
    _COMMON | {"campaign_ids", "adgroup_ids", "smart_plus_ad_ids", "optimization_goal", "modified_after"},
    "smart_plus_ad_ids",
)  # fmt: skip
KINDS: Mapping[str, ObjectKind] = {kind.plural: kind for kind in (CAMPAIGNS, ADGROUPS, ADS)}
