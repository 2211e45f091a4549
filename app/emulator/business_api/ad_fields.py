"""Fields of ads that are documented and have no effect here: kept as they came."""

KEPT = frozenset((
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
