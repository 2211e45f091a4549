"""What TikTok does not take along with a draft: the creator has to choose it in the app."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.accounts.models import Account, PublishMode
from app.messages.translator import N_
from app.posts.schemas import PostRead

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


@dataclass(frozen=True, slots=True)
class DraftView:
    """What is wished for this post and does not go with it; of a video not even its text goes."""

    wishes: Sequence[str]
    is_video: bool


def view_draft(post: PostRead, account: Account) -> DraftView | None:
    """Tell it for a post in draft mode."""
    if post.mode != PublishMode.inbox:
        return None
    is_video = post.kind == "video"
    wishes = [
        label
        for name, label in (*_WISHES, *_REFUSALS)
        if getattr(account.settings, name) and not (name in _VIDEO_ONLY and not is_video)
    ]
    return DraftView(wishes, is_video)
