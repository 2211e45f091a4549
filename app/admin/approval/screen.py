"""What the approval screen shows: one post as a phone shows it, and what TikTok's checklist asks a person."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.accounts.models import Account
from app.admin.accounts.creator import CreatorView, read_creator
from app.admin.posts.list_page import picture_href
from app.admin.shell.forms import ApprovalInput
from app.admin.wording.states import STATES, StateWords
from app.media.models import MediaAsset
from app.media.service import list_assets
from app.messages import post_media
from app.messages.translator import Translator
from app.posts.face.viewers import list_viewers
from app.posts.face.views import get_post
from app.posts.models import PostState
from app.posts.prepare.caption_settings import text_limits
from app.posts.schemas import PostDetail
from app.resources import Resources

DESK = "/admin/approvals"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture in its place."""

    number: int
    href: str
    small_href: str
    alt: str


@dataclass(frozen=True, slots=True)
class Screen:
    """One post that waits for approval, for whoever decides: at the desk, or with a one-time link.

    `base` is where its forms go. `values` stand in the form: the prepared text at first, and what was typed after a
    refusal. `lost_text` is what was typed against an older version.
    """

    base: str
    post: PostDetail
    pictures: Sequence[Picture]
    video_href: str
    values: ApprovalInput
    title_limit: int
    description_limit: int
    creator: CreatorView | None
    viewers: Sequence[str]
    media_problems: Sequence[str]
    is_card: bool = False
    error: str = ""
    lost_text: str = ""
    sign_off_for: str = ""
    sign_off_by: str = ""
    expires_at: datetime | None = None

    @property
    def is_video(self) -> bool:
        return self.post.kind == "video"

    @property
    def is_by_link(self) -> bool:
        return bool(self.sign_off_for)

    @property
    def words(self) -> StateWords:
        return STATES[self.post.state]

    @property
    def is_waiting(self) -> bool:
        return self.post.state is PostState.awaiting_approval


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request wants the screen to show beside what is stored."""

    base: str = ""
    viewer_id: str = ""
    typed: ApprovalInput | None = None
    is_outdated: bool = False
    with_creator: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class Looking:
    """Who else looks at a post, and whether it is still the one that is on the screen."""

    base: str
    viewers: Sequence[str]
    seen: str = ""
    is_same: bool = True


async def read_screen(resources: Resources, i18n: Translator, post_id: str, asked: Asked) -> Screen:
    """Collect the screen of one post. Raises NotFound."""
    async with resources.read() as session:
        post = await get_post(session, resources.settings, post_id)
        account = await session.get_one(Account, post.account_id)
        assets = sorted(await list_assets(session, post_id), key=lambda asset: asset.position)
        viewers = await list_viewers(session, post_id, but=asked.viewer_id)
    base = asked.base or f"{DESK}/{post_id}"
    limits = text_limits(resources.settings, account)
    is_video = post.kind == "video"
    with_creator = asked.with_creator or asked.typed is not None
    creator = await read_creator_for(resources, i18n, post.account_id, assets) if with_creator else None
    return Screen(
        base=base,
        post=post,
        pictures=_ordered([_picture(post, base, asset) for asset in assets[: len(post.media)]], asked),
        video_href=f"{base}/video",
        values=_values(post, account, asked),
        title_limit=limits.caption if is_video else limits.title,
        description_limit=limits.description,
        creator=creator,
        viewers=viewers,
        media_problems=[problem.shown(i18n) for problem in post.media_problems],
        # Only what was drawn here came from nowhere.
        is_card=any(not asset.source_url for asset in assets),
        error=asked.error,
        lost_text=_lost(asked, post),
    )


async def read_creator_for(
    resources: Resources, i18n: Translator, account_id: str, assets: Sequence[MediaAsset]
) -> CreatorView:
    """Ask TikTok what the creator may post now; a film longer than that is a problem too."""
    view = await read_creator(resources, i18n, account_id)
    film = next((asset for asset in assets if asset.duration_ms), None)
    if film is None or film.duration_ms is None or not view.longest_seconds or view.problem:
        return view
    if film.duration_ms <= view.longest_seconds * 1000:
        return view
    said = post_media.film_too_long_for_account(seconds=round(film.duration_ms / 1000), most=view.longest_seconds)
    return replace(view, problem=said.shown(i18n))


def _ordered(pictures: list[Picture], asked: Asked) -> list[Picture]:
    """Put them as whoever looks at them has put them, which nobody has stored yet."""
    by_number = {picture.number: picture for picture in pictures}
    wanted = [] if asked.typed is None or asked.is_outdated else asked.typed.order
    return [by_number[number] for number in dict.fromkeys(wanted) if number in by_number] or pictures


def _picture(post: PostDetail, base: str, asset: MediaAsset) -> Picture:
    number = asset.position + 1
    at_desk = base.startswith(DESK)
    href = picture_href(post, number) if at_desk else f"{base}/pictures/{number}"
    small = picture_href(post, number, small=True) if at_desk else href
    return Picture(number, href, small, asset.alt)


def _values(post: PostDetail, account: Account, asked: Asked) -> ApprovalInput:
    is_video = post.kind == "video"
    cover = post.settings.get("video_cover_timestamp_ms")
    as_stored = {"title": post.title, "description": post.description, "content_hash": post.content_hash}
    if asked.typed is not None:
        # Who typed against an older version shall not overwrite the newer one unseen.
        return asked.typed.model_copy(update=as_stored if asked.is_outdated else {})
    return ApprovalInput(
        **as_stored,
        is_video=is_video,
        cover_seconds="" if cover is None else f"{cover / 1000:g}",
        auto_add_music=account.settings.auto_add_music,
        is_aigc=account.settings.is_aigc,
    )


def _lost(asked: Asked, post: PostDetail) -> str:
    if asked.typed is None or not asked.is_outdated:
        return ""
    typed, stored = (
        "\n\n".join("\n".join(part.splitlines()) for part in (words.title, words.description) if part)
        for words in (asked.typed, post)
    )
    return "" if typed == stored else typed
