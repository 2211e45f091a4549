"""The form that changes a failed post before it is sent again."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.admin.posts.list_page import picture_href
from app.admin.shell.forms import ReviseInput
from app.captions.schemas import CaptionLimits
from app.posts.schemas import PostDetail

_ABOUT_THE_CONTENT = frozenset({
    "spam_risk", "spam_risk_text", "invalid_param", "invalid_params", "invalid_file_upload",
    "picture_size_check_failed",
})  # fmt: skip
"""TikTok refused what the post says or shows: the same would be refused again."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture to leave in or out."""

    number: int
    href: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class ReviseForm:
    """What stands in the form. `comes_first`: to send the same again would be in vain."""

    title: str
    description: str
    title_limit: int
    description_limit: int
    is_video: bool
    pictures: Sequence[Picture]
    comes_first: bool
    is_open: bool


def view_revision(post: PostDetail, limits: CaptionLimits, typed: ReviseInput | None) -> ReviseForm:
    """Show the form with the post's words, or with what was typed after a refusal."""
    is_video = post.kind == "video"
    chosen = set(typed.pictures) if typed and typed.with_pictures else set(range(1, len(post.media) + 1))
    pictures = [] if is_video or len(post.media) < 2 else range(1, len(post.media) + 1)
    comes_first = (post.fail_reason or "") in _ABOUT_THE_CONTENT
    return ReviseForm(
        title=typed.title if typed else post.title,
        description=typed.description if typed else post.description,
        title_limit=limits.caption if is_video else limits.title,
        description_limit=limits.description,
        is_video=is_video,
        pictures=[Picture(number, picture_href(post, number, small=True), number in chosen) for number in pictures],
        comes_first=comes_first,
        is_open=comes_first or typed is not None,
    )
