"""What TikTok does not take along: with a draft, which the creator finishes in the app, or with a kind of post."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.accounts.models import Account, PublishMode
from app.messages.translator import N_
from app.posts.schemas import PostDetail

_WISHES = (
    ("is_aigc", N_("Made with AI")),
    ("brand_organic_toggle", N_("Your brand")),
    ("brand_content_toggle", N_("Branded content")),
)
_REFUSALS = (
    ("disable_comment", N_("No comments")),
    ("disable_duet", N_("No duets")),
    ("disable_stitch", N_("No stitches")),
)
_VIDEO_ONLY = frozenset({"disable_duet", "disable_stitch"})
_NAMES: Mapping[str, str] = {
    **dict((*_WISHES, *_REFUSALS)),
    "auto_add_music": N_("Let TikTok add music"),
    "privacy_level": N_("Who can see this post"),
    "video_cover_timestamp_ms": N_("Cover: second of the video"),
}


@dataclass(frozen=True, slots=True)
class DraftView:
    """What is wished for this post and does not go with it; of a video not even its text goes."""

    wishes: Sequence[str]
    is_video: bool


def name_ignored(post: PostDetail) -> Sequence[str]:
    """Name what was chosen for this post and TikTok ignores; of a draft its own view tells."""
    return [] if post.mode == PublishMode.inbox else [_NAMES.get(name, name) for name in post.ignored_settings]


def view_draft(post: PostDetail, account: Account) -> DraftView | None:
    """Tell it for a post in draft mode."""
    if post.mode != PublishMode.inbox:
        return None
    is_video = post.kind == "video"
    wishes = [
        label
        for name, label in (*_WISHES, *_REFUSALS)
        if (getattr(account.settings, name) or name in post.ignored_settings)
        and not (name in _VIDEO_ONLY and not is_video)
    ]
    return DraftView(wishes, is_video)
