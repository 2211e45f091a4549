"""A post's text as a person leaves it, within what TikTok takes."""

import re
from typing import Any

from app.accounts.models import Account
from app.errors import Invalid
from app.kit.text import clean, clean_multiline, utf16_len
from app.messages import refusals
from app.posts.face.case import Case
from app.posts.models import PostKind
from app.posts.prepare.caption_settings import text_limits
from app.posts.schemas import PostApprove, PostRevise

_HASHTAG = re.compile(r"#\w+")


def edited_text(case: Case, account: Account, data: PostApprove | PostRevise) -> dict[str, Any]:
    """The columns of a text as a person leaves it. Raises Invalid for one that TikTok would not take."""
    post = case.post
    tidy = clean_multiline if post.kind is PostKind.video else clean
    title = post.title if data.title is None else tidy(data.title)
    description = post.description if data.description is None else clean_multiline(data.description)
    limits = text_limits(case.app.settings, account)
    most = limits.caption if post.kind is PostKind.video else limits.title
    for too_long, text, limit in (
        (refusals.title_too_long, title, most),
        (refusals.description_too_long, description, limits.description),
    ):
        if utf16_len(text) > limit:
            raise Invalid(too_long(utf16_len(text), limit))
    if not title and not description:
        raise Invalid(refusals.NO_WORDS)
    is_edited = post.is_edited or (title, description) != (post.title, post.description)
    words = f"{title} {description}".split()
    hashtags = list(dict.fromkeys(word for word in words if _HASHTAG.fullmatch(word))) if is_edited else post.hashtags
    return {"title": title, "description": description, "hashtags": hashtags, "is_edited": is_edited}
