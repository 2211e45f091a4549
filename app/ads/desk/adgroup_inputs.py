"""Ad groups as people send them: the essentials are checked, TikTok's many targeting fields are handed on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from app.ads.desk.inputs import DeskInput
from app.ads.values import Flag, Id, Moment, Money, Name, Words, choice, many
from app.kit.clock import utcnow
from app.messages import ads_values
from app.tiktok_business.campaigns import BudgetMode

LEAST_BUDGET = 20
_GOALS = (
    "CLICK", "TRAFFIC_LANDING_PAGE_VIEW", "DESTINATION_VISIT", "REACH", "SHOW", "VIDEO_VIEW", "ENGAGED_VIEW",
    "ENGAGED_VIEW_FIFTEEN", "CONVERT", "FOLLOWERS", "PROFILE_VIEWS", "PAGE_VISITS", "PAGE_VISIT", "LEAD_GENERATION",
    "IN_APP_EVENT", "INSTALL", "VALUE", "AUTOMATIC_VALUE_OPTIMIZATION", "CONVERSATION", "MT_LIVE_ROOM",
    "PRODUCT_CLICK_IN_LIVE", "GMV", "PREFERRED_LEAD",
)  # fmt: skip
# Of `adgroup/create/` and `adgroup/update/` [business-api.md 4.2, and the official SDK's fields].
_TARGETING = frozenset((
    "actions", "age_groups", "audience_ids", "audience_rule", "audience_type", "auto_targeting_enabled",
    "automated_keywords_enabled", "blocked_pangle_app_ids", "brand_safety_type", "carrier_ids",
    "catalog_authorized_bc_id", "category_exclusion_ids", "contextual_tag_ids", "dayparting",
    "deep_funnel_event_source", "deep_funnel_event_source_id", "deep_funnel_optimization_event",
    "deep_funnel_optimization_status", "device_model_ids", "device_price_ranges", "exclude_age_under_eighteen",
    "excluded_audience_ids", "excluded_custom_actions", "excluded_pangle_audience_package_ids", "frequency",
    "frequency_schedule", "gender", "household_income", "included_custom_actions",
    "included_pangle_audience_package_ids", "interest_category_ids", "interest_keyword_ids", "ios14_targeting",
    "is_hfss", "is_lhf_compliance", "isp_ids", "languages", "min_android_version", "min_ios_version", "network_types",
    "next_day_retention", "operating_systems", "purchase_intention_keyword_ids", "roas_bid", "saved_audience_id",
    "search_keywords", "search_result_enabled", "secondary_optimization_event",
    "shopping_ads_retargeting_actions_days", "shopping_ads_retargeting_custom_audience_relation",
    "shopping_ads_retargeting_type", "smart_audience_enabled", "smart_interest_behavior_enabled", "spending_power",
    "targeting_expansion", "vertical_sensitivity_id", "zipcode_ids",
))  # fmt: skip
_AT_CREATION = frozenset((
    "adgroup_app_profile_page_state", "app_config", "app_id", "attribution_event_count", "bid_display_mode",
    "brand_safety_partner", "catalog_id", "click_attribution_window", "creative_material_mode",
    "custom_conversion_id", "engaged_view_attribution_window", "identity_authorized_bc_id", "identity_id",
    "identity_type", "message_event_set_id", "messaging_app_account_id", "messaging_app_type", "optimization_event",
    "phone_number", "phone_region_calling_code", "phone_region_code", "pixel_id", "product_source",
    "promotion_target_type", "promotion_website_type", "shopping_ads_type", "skip_learning_phase", "statistic_type",
    "store_authorized_bc_id", "store_id", "tiktok_subplacements", "vbo_window", "view_attribution_window",
))  # fmt: skip
_LOCATIONS: Any = many(Id, 3_000)
_DEEP_BIDS: Any = choice("DEFAULT", "MIN", "PACING", "VO_MIN_ROAS", "VO_HIGHEST_VALUE", "AEO")


class _AdGroup(DeskInput):
    """What a new ad group and a changed one have in common."""

    adgroup_name: Name | None = None
    location_ids: _LOCATIONS | None = None
    budget: Money | None = None
    schedule_type: choice("SCHEDULE_FROM_NOW", "SCHEDULE_START_END") | None = None  # type: ignore[valid-type]
    schedule_start_time: Moment | None = None
    schedule_end_time: Moment | None = None
    bid_type: choice("BID_TYPE_NO_BID", "BID_TYPE_CUSTOM", "BID_TYPE_MAX_CONVERSION") | None = None  # type: ignore[valid-type]
    bid_price: Money | None = None
    conversion_bid_price: Money | None = None
    deep_bid_type: _DEEP_BIDS | None = None
    deep_cpa_bid: Money | None = None
    pacing: choice("PACING_MODE_SMOOTH", "PACING_MODE_FAST") | None = None  # type: ignore[valid-type]
    comment_disabled: Flag | None = None
    video_download_disabled: Flag | None = None
    share_disabled: Flag | None = None

    def span_faults(self) -> Iterator[tuple[str, str]]:
        start, end = read_moment(self.schedule_start_time), read_moment(self.schedule_end_time)
        if end is not None and end <= utcnow():
            yield "schedule_end_time", ads_values.PAST
        elif start is not None and end is not None and end <= start:
            yield "schedule_end_time", ads_values.value_after("schedule_start_time")


class AdGroupInput(_AdGroup):
    """A new ad group; switched off unless it says ENABLE. Without budget_mode the campaign must spread the budget."""

    required: ClassVar[frozenset[str]] = frozenset(
        {"campaign_id", "adgroup_name", "schedule_type", "optimization_goal", "billing_event"}
    )
    others: ClassVar[frozenset[str]] = _TARGETING | _AT_CREATION

    campaign_id: Id | None = None
    promotion_type: Words | None = None
    placement_type: choice("PLACEMENT_TYPE_AUTOMATIC", "PLACEMENT_TYPE_NORMAL") | None = None  # type: ignore[valid-type]
    placements: many(Words, 10) | None = None  # type: ignore[valid-type]
    budget_mode: choice(*BudgetMode) | None = None  # type: ignore[valid-type]
    optimization_goal: choice(*_GOALS) | None = None  # type: ignore[valid-type]
    billing_event: choice("CPC", "CPM", "CPV", "OCPM", "OCPC", "GD") | None = None  # type: ignore[valid-type]
    operation_status: choice("ENABLE", "DISABLE") = "DISABLE"  # type: ignore[valid-type]

    def faults(self) -> Iterator[tuple[str, str]]:
        if self.location_ids is None and not (self.model_extra or {}).keys() & {"zipcode_ids", "saved_audience_id"}:
            yield "location_ids", ads_values.MISSING
        if self.placement_type == "PLACEMENT_TYPE_NORMAL" and self.placements is None:
            yield "placements", ads_values.value_needed_by("PLACEMENT_TYPE_NORMAL")
        if self.bid_type == "BID_TYPE_CUSTOM" and self.bid_price is None and self.conversion_bid_price is None:
            yield "bid_price", ads_values.value_one_is_needed_by("conversion_bid_price", "BID_TYPE_CUSTOM")
        if self.schedule_type == "SCHEDULE_START_END":
            for name in ("schedule_start_time", "schedule_end_time"):
                if getattr(self, name) is None:
                    yield name, ads_values.value_needed_by("SCHEDULE_START_END")
        yield from self.span_faults()
        yield from self._budget_faults()

    def _budget_faults(self) -> Iterator[tuple[str, str]]:
        if "budget_mode" in self._wrong:
            return
        if self.budget is not None and self.budget_mode in {None, BudgetMode.INFINITE}:
            yield "budget", ads_values.NO_BUDGET_MODE
        if self.budget is None and self.budget_mode not in {None, BudgetMode.INFINITE}:
            yield "budget", ads_values.value_needed_by(self.budget_mode)
        if self.budget_mode == BudgetMode.TOTAL and self.schedule_type == "SCHEDULE_FROM_NOW":
            yield "budget_mode", ads_values.TOTAL_NEEDS_END


class AdGroupChange(_AdGroup):
    """What can be changed of an ad group. The mode of its budget cannot; bids are bid_price, conversion_bid_price."""

    others: ClassVar[frozenset[str]] = _TARGETING

    def faults(self) -> Iterator[tuple[str, str]]:
        if not self.sent():
            yield "body", ads_values.NO_CHANGE
        yield from self.span_faults()


def least_budget_of(mode: str, start: str | None, end: str | None) -> int:
    """The least budget in dollars: of a day, or of all days of the span together."""
    starts, ends = read_moment(start) or utcnow(), read_moment(end)
    if mode != BudgetMode.TOTAL or ends is None:
        return LEAST_BUDGET
    return LEAST_BUDGET * max(1, -(-(ends - starts) // timedelta(days=1)))


def read_moment(text: str | None) -> datetime | None:
    """Read TikTok's UTC time; what has another form tells nothing."""
    try:
        return datetime.strptime(text or "", "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
