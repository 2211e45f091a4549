"""Finding a post of ours among the public posts that TikTok lists: by its words and its time, or not at all."""

from collections.abc import Collection, Iterable
from datetime import datetime

from app.kit.text import clean
from app.tiktok.models import VideoItem

_CLOCK_SLACK_SECONDS = 60
# TikTok shows the first 150 characters of a text, and may mark the cut.
_SHORTEST_PART = 20
_CUT_MARKS = "….  "


def recognise(
    videos: Iterable[VideoItem], texts: Iterable[str], *, since: datetime, taken: Collection[str] = ()
) -> VideoItem | None:
    """Find the one listed post that is younger than `since` and bears one of our texts; None in case of doubt.

    `taken` are ids that belong to other posts already. Two that fit are a doubt.
    """
    ours = [text for text in map(_plain, texts) if text]
    earliest = since.timestamp() - _CLOCK_SLACK_SECONDS
    fitting = [
        video
        for video in videos
        if video.id not in taken
        and video.create_time is not None
        and video.create_time >= earliest
        and any(_is_same(own, theirs) for own in ours for theirs in map(_plain, (video.title, video.video_description)))
    ]
    return fitting[0] if len(fitting) == 1 else None


def _plain(text: str) -> str:
    return clean(text).casefold()


def _is_same(own: str, theirs: str) -> bool:
    if own == theirs:
        return True
    shown = theirs.rstrip(_CUT_MARKS)
    return len(shown) >= _SHORTEST_PART and own.startswith(shown)
