"""A post's text and switches as a person leaves them, within what TikTok takes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.accounts.models import Account
from app.captions.retag import with_hashtags, without_hashtags
from app.errors import Invalid
from app.kit.text import clean, clean_multiline, utf16_len
from app.messages import post_refusals
from app.posts.models import Post, PostKind
from app.posts.prepare.caption_settings import text_limits
from app.posts.schemas_decisions import PostRevise, PostSwitches
from app.resources import Resources

_HASHTAG = re.compile(r"#\w+")
SWITCHES = (
    "privacy_level",
    "disable_comment",
    "disable_duet",
    "disable_stitch",
    "auto_add_music",
    "brand_content_toggle",
    "brand_organic_toggle",
    "is_aigc",
    "video_cover_timestamp_ms",
)


@dataclass(frozen=True, slots=True)
class Words:
    """What a post says before somebody changes it."""

    title: str
    description: str
    hashtags: list[str]
    kind: PostKind
    is_edited: bool = False


def words_of(post: Post) -> Words:
    """Read them from the post's row."""
    return Words(post.title, post.description, post.hashtags, post.kind, post.is_edited)


def edited_text(app: Resources, account: Account, before: Words, data: PostSwitches) -> dict[str, Any]:
    """The columns of a text as a person leaves it. Raises Invalid for one that TikTok would not take."""
    is_video = before.kind is PostKind.video
    tidy = clean_multiline if is_video else clean
    title = before.title if data.title is None else tidy(data.title)
    description = before.description if data.description is None else clean_multiline(data.description)
    tags = data.hashtags if isinstance(data, PostRevise) else None
    if tags is not None and is_video:
        title = with_hashtags(title, tags)
    elif tags is not None:
        title = without_hashtags(title, but=tags)
        description = with_hashtags(description, tags, besides=title)
    _check_length(app, account, is_video, title, description)
    is_edited = before.is_edited or (title, description) != (before.title, before.description)
    words = f"{title} {description}".split()
    found = list(dict.fromkeys(word for word in words if _HASHTAG.fullmatch(word))) if is_edited else before.hashtags
    hashtags = list(dict.fromkeys(tags)) if tags is not None else found
    return {"title": title, "description": description, "hashtags": hashtags, "is_edited": is_edited}


def _check_length(app: Resources, account: Account, is_video: bool, title: str, description: str) -> None:
    limits = text_limits(app.settings, account)
    most = limits.caption if is_video else limits.title
    for too_long, text, limit in (
        (post_refusals.title_too_long, title, most),
        (post_refusals.description_too_long, description, limits.description),
    ):
        if utf16_len(text) > limit:
            raise Invalid(too_long(utf16_len(text), limit))
    if not title and not description:
        raise Invalid(post_refusals.NO_WORDS)


def forbid_private_brands(settings: Mapping[str, Any], account: Account) -> None:
    """Refuse what TikTok's guidelines forbid. Raises Invalid."""
    branded = settings.get("brand_content_toggle", account.settings.brand_content_toggle)
    if branded and (settings.get("privacy_level") or account.settings.privacy_level) == "SELF_ONLY":
        raise Invalid(post_refusals.BRANDED_PRIVATE)
