"""Ads as people send them: one to twenty creatives, as TikTok takes them."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator

from app.ads.desk.errors import InvalidInput
from app.ads.desk.inputs import DeskInput, Faults
from app.ads.values import Id, Link, Name, Words, choice, many, read_name
from app.messages import ads_values

MOST_AT_ONCE = 20
_LONGEST_TEXT = 100
# Of `ad/create/` and `ad/update/` [business-api.md 4.3, and the official SDK's fields].
_OTHERS = frozenset((
    "ad_texts", "aigc_disclosure_type", "app_name", "auto_disclaimer_types", "auto_message_id", "avatar_icon_web_uri",
    "brand_safety_postbid_partner", "brand_safety_vast_url", "card_id", "carousel_image_index", "catalog_id",
    "click_tracking_url", "cpp_url", "creative_authorized", "creative_type", "dark_post_status", "deeplink",
    "deeplink_format_type", "deeplink_type", "deeplink_utm_params", "disclaimer_clickable_texts", "disclaimer_text",
    "disclaimer_type", "display_name", "dynamic_destination", "dynamic_format", "end_card_cta", "fallback_type",
    "impression_tracking_url", "instant_product_page_used", "item_duet_status", "item_group_ids",
    "item_stitch_status", "music_id", "page_id", "page_image_index", "phone_number", "phone_region_calling_code",
    "phone_region_code", "playable_url", "product_display_field_list", "product_set_id", "product_specific_type",
    "promotional_music_disabled", "schedule_id", "shopping_ads_deeplink_type", "shopping_ads_fallback_type",
    "shopping_ads_video_package_id", "showcase_products", "sku_ids", "tiktok_page_category", "tracking_app_id",
    "tracking_message_event_set_id", "tracking_offline_event_set_ids", "tracking_pixel_id", "utm_params",
    "vast_moat_enabled", "vehicle_ids", "vertical_video_strategy", "video_view_tracking_url",
    "viewability_postbid_partner", "viewability_vast_url",
))  # fmt: skip


def _read_text(value: Any) -> str:
    return read_name(value, longest=_LONGEST_TEXT)


class CreativeChange(DeskInput):
    """What can be changed of an ad."""

    others: ClassVar[frozenset[str]] = _OTHERS

    ad_name: Name | None = None
    ad_format: (
        choice("SINGLE_IMAGE", "SINGLE_VIDEO", "CAROUSEL_ADS", "CATALOG_CAROUSEL", "LIVE_CONTENT") | None  # type: ignore[valid-type]
    ) = None
    ad_text: Annotated[str, BeforeValidator(_read_text)] | None = None
    identity_type: choice("CUSTOMIZED_USER", "AUTH_CODE", "TT_USER", "BC_AUTH_TT") | None = None  # type: ignore[valid-type]
    identity_id: Words | None = None
    identity_authorized_bc_id: Id | None = None
    tiktok_item_id: Id | None = None
    video_id: Words | None = None
    image_ids: many(Words, 35) | None = None  # type: ignore[valid-type]
    landing_page_url: Link | None = None
    call_to_action: Words | None = None
    call_to_action_id: Words | None = None

    def faults(self) -> Iterator[tuple[str, str]]:
        if not self.sent():
            yield "body", ads_values.NO_CHANGE


class Creative(CreativeChange):
    """A new ad; switched off unless it says ENABLE."""

    required: ClassVar[frozenset[str]] = frozenset({"ad_name", "ad_format", "identity_type", "identity_id"})

    operation_status: choice("ENABLE", "DISABLE") = "DISABLE"  # type: ignore[valid-type]

    def faults(self) -> Iterator[tuple[str, str]]:
        is_post = self.tiktok_item_id is not None
        if self.ad_text is None and not is_post and self.ad_format not in {None, "CATALOG_CAROUSEL"}:
            yield "ad_text", ads_values.MISSING
        if self.ad_format == "SINGLE_VIDEO" and self.video_id is None and not is_post:
            yield "video_id", ads_values.value_one_is_needed_by("tiktok_item_id", "SINGLE_VIDEO")
        if self.ad_format in {"SINGLE_IMAGE", "CAROUSEL_ADS"} and self.image_ids is None and not is_post:
            yield "image_ids", ads_values.value_needed_by(self.ad_format)
        if self.identity_type == "BC_AUTH_TT" and self.identity_authorized_bc_id is None:
            yield "identity_authorized_bc_id", ads_values.value_needed_by("BC_AUTH_TT")


class AdsInput(DeskInput):
    """New ads of one ad group."""

    required: ClassVar[frozenset[str]] = frozenset({"adgroup_id", "creatives"})

    adgroup_id: Id | None = None
    creatives: list[Any] | None = None


def read_ads(given: object) -> tuple[str, list[Creative]]:
    """Read new ads, each creative with all its faults. Raises InvalidInput."""
    made, faults = AdsInput.try_read(given)
    creatives: list[Creative] = []
    if made.creatives is not None and not 0 < len(made.creatives) <= MOST_AT_ONCE:
        faults["creatives"] = ads_values.value_list_up_to(str(MOST_AT_ONCE))
    for number, one in enumerate((made.creatives or [])[:MOST_AT_ONCE]):
        creative, wrong = Creative.try_read(one)
        creatives.append(creative)
        faults |= _under(f"creatives.{number}", wrong)
    if faults:
        raise InvalidInput(faults)
    return made.adgroup_id or "", creatives


def _under(prefix: str, faults: Faults) -> Faults:
    return {prefix if name == "body" else f"{prefix}.{name}": why for name, why in faults.items()}
