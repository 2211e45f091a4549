"""Finding a post in the account's public list: by its text, because TikTok's list knows no publish_id."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from datetime import datetime

from app.tiktok.models import VideoItem

_ENOUGH = 30
"""So many characters in common, from the first on, where TikTok has cut one of the texts."""
_SPACE = re.compile(r"\s+")
_CUT = re.compile(r"(\s*(…|\.\.\.))+$")


def find_listed(
    videos: Sequence[VideoItem], title: str, description: str, *, since: datetime, taken: Collection[str]
) -> VideoItem | None:
    """Find the one public post with this text that came after `since` and is not among `taken`. Two are none."""
    found = [
        video
        for video in videos
        if video.id not in taken
        and video.create_time is not None
        and video.create_time >= since.timestamp()
        and is_same_text(video, title, description)
    ]
    return found[0] if len(found) == 1 else None


def is_same_text(video: VideoItem, title: str, description: str) -> bool:
    """Tell whether a listed post carries our text. TikTok cuts after 150 characters and may join title and description.

    All that it shows must be ours, and our first words must be there: descriptions alone may be alike.
    """
    own = [text for text in (_normal(title), _normal(description)) if text]
    shown = [text for text in (_normal(video.title), _normal(video.video_description)) if text]
    if not own or not shown:
        return False
    whole = " ".join(own)
    heads = (own[0], whole)
    return all(_is_any(text, (*own, whole)) for text in shown) and any(_is_any(text, heads) for text in shown)


def _is_any(text: str, others: Sequence[str]) -> bool:
    return any(text == other or _is_cut(text, other) for other in others)


def _is_cut(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= _ENOUGH and longer.startswith(shorter)


def _normal(text: str) -> str:
    return _CUT.sub("", _SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip()).casefold()
