"""What a person chose for one post alone."""

from pydantic import with_config
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12


@with_config(extra="allow")
class PostSettings(TypedDict, total=False):
    """What a person chose for one post alone; it goes before the account's settings.

    `without_missing_of_version`: the article's version that goes out with the media that are there. `not_before`: when
    it goes out at the earliest, RFC 3339; `is_held_by_rule`: a rule of the source has said so, and no person. `mode`:
    in place of the account's. `picture_order`: addresses of the article's pictures, in their order here. Rows of other
    versions may hold more, which is kept.
    """

    privacy_level: str | None
    disable_comment: bool
    disable_duet: bool
    disable_stitch: bool
    auto_add_music: bool
    brand_content_toggle: bool
    brand_organic_toggle: bool
    is_aigc: bool
    video_cover_timestamp_ms: int
    without_missing_of_version: int
    not_before: str
    is_held_by_rule: bool
    mode: str
    picture_order: list[str]


def no_settings() -> PostSettings:
    """Give a post that nobody has chosen anything for."""
    return {}
