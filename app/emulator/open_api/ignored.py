"""Settings that TikTok takes and does not heed: nothing is refused for them, but whoever looks is told."""

from typing import Any

from app.emulator.open_api.shapes import Field

_SWITCHES = (
    "disable_comment",
    "disable_duet",
    "disable_stitch",
    "auto_add_music",
    "brand_content_toggle",
    "brand_organic_toggle",
    "is_aigc",
)
_OF_DRAFTS = {
    "privacy_level": Field(str),
    "video_cover_timestamp_ms": Field(int),
    **{name: Field(bool) for name in _SWITCHES},
}

# Public clients send them with photos as well, where there is nothing that they could switch.
OF_PHOTOS = {name: Field(bool) for name in ("disable_duet", "disable_stitch")}
# The creator decides all of it in TikTok's app; the words of a photo draft are kept.
OF_PHOTO_DRAFTS = _OF_DRAFTS
# A video draft is its file alone.
OF_VIDEO_DRAFTS = {"title": Field(str), "description": Field(str), **_OF_DRAFTS}


def name_ignored(wanted: dict[str, Any], ignored: dict[str, Field], *, top_level: tuple[str, ...] = ()) -> list[str]:
    """Name the fields of a call that have no effect."""
    in_info = [f"post_info.{name}" for name in wanted.get("post_info", {}) if name in ignored]
    return [*(name for name in top_level if name in wanted), *in_info]
