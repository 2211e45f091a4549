"""What TikTok allows a creator right now, asked for when a form is shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.accounts.update import query_creator_info
from app.admin.wording.errors import explain
from app.errors import AppError
from app.messages.codes import PRIVACY_LEVELS
from app.messages.translator import Translator
from app.resources import Resources


@dataclass(frozen=True, slots=True)
class AudienceOption:
    """One choice that TikTok offers; a value that we do not know is shown as it is."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class CreatorView:
    """The creator as TikTok describes them, or the problem that keeps them from posting."""

    name: str = ""
    username: str = ""
    options: Sequence[AudienceOption] = ()
    comment_disabled: bool = False
    duet_disabled: bool = False
    stitch_disabled: bool = False
    is_private: bool = False
    longest_seconds: int | None = None
    problem: str = ""


async def read_creator(resources: Resources, i18n: Translator, account_id: str) -> CreatorView:
    """Ask TikTok; a refusal or silence becomes the view's problem."""
    try:
        info = await query_creator_info(resources, account_id)
    except AppError as error:
        return CreatorView(problem=explain(i18n, error))
    return CreatorView(
        name=info.creator_nickname or info.creator_username,
        username=info.creator_username,
        options=[AudienceOption(level, PRIVACY_LEVELS.get(level, level)) for level in info.privacy_level_options],
        comment_disabled=info.comment_disabled,
        duet_disabled=info.duet_disabled,
        stitch_disabled=info.stitch_disabled,
        is_private=info.is_private,
        longest_seconds=info.max_video_post_duration_sec,
    )
