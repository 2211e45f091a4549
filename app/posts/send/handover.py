"""Handing a post to TikTok: its row and settings in TikTok's own terms, and the one call that sends it."""

from dataclasses import dataclass
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import PublishMode
from app.accounts.tokens.access import CreatorAccess
from app.kit.text import cut
from app.media.models import MediaAsset
from app.media.service import list_assets, public_urls
from app.messages import post_media, publishing, timeline
from app.posts.gates import privacy_level
from app.posts.models import Post, PostAttempt, PostKind
from app.posts.prepare.caption_settings import text_limits
from app.posts.waits import Halt, wait_for_person
from app.posts.work import Work
from app.resources import Resources
from app.tiktok.advice import Action, Advice
from app.tiktok.chunks import plan_chunks
from app.tiktok.init import InitAccepted, InitOutcome, InitRefused
from app.tiktok.models import CreatorInfo
from app.tiktok.posting import PhotoPost, PostMode, VideoPost

_TOGGLES = ("disable_comment", "brand_content_toggle", "brand_organic_toggle", "is_aigc")
_PHOTO_TOGGLES = (*_TOGGLES, "auto_add_music")
_VIDEO_TOGGLES = (*_TOGGLES, "disable_duet", "disable_stitch")

_COVER = "video_cover_timestamp_ms"
_TIKTOK_S = frozenset({"privacy_level", _COVER, *_PHOTO_TOGGLES, *_VIDEO_TOGGLES})

# Without an address nothing can be uploaded, so that init becomes no post, and another one is safe.
_NOWHERE_TO_UPLOAD = Advice(
    "no_upload_url",
    Action.retry,
    cause=publishing.NO_UPLOAD_ADDRESS,
    cure=timeline.TRIED_AGAIN,
    delay=60,
)


@dataclass(frozen=True, slots=True)
class InitCall:
    """Everything that init needs. `film` is a video post's file."""

    work: Work
    access: CreatorAccess
    creator: CreatorInfo | None
    film: MediaAsset | None = None


async def read_film(session: AsyncSession, post: Post) -> MediaAsset | None:
    """Read the file of a video post; None for photos."""
    if post.kind is not PostKind.video:
        return None
    return next(iter(await list_assets(session, post.id)), None)


def film_gate(film: MediaAsset | None, creator: CreatorInfo | None) -> Halt | None:
    """Stop a film that is longer than this creator may post now."""
    most = creator.max_video_post_duration_sec if creator is not None else None
    if film is None or not most or (film.duration_ms or 0) <= most * 1000:
        return None
    seconds = (film.duration_ms or 0) / 1000
    detail = post_media.film_too_long_for_account(seconds=round(seconds), most=most)
    return wait_for_person("video_too_long", detail)


def toggles_of(kind: PostKind) -> tuple[str, ...]:
    """Name the settings that count for a kind of post."""
    return _VIDEO_TOGGLES if kind is PostKind.video else _PHOTO_TOGGLES


def ignored_settings(post: Post) -> list[str]:
    """Name what was chosen for this post alone and goes to TikTok with no post of its kind and mode."""
    taken: set[str] = set()
    if post.mode != PublishMode.inbox:
        taken = {"privacy_level", *toggles_of(post.kind)}
        taken |= {_COVER} if post.kind is PostKind.video else set()
    return sorted(name for name in _TIKTOK_S - taken if post.settings.get(name) not in {None, False})


async def hand_over(app: Resources, call: InitCall, attempt: PostAttempt) -> InitOutcome:
    """Call init, once. Never raises for what TikTok or the network did: the outcome says it."""
    access = call.access
    if call.film is None:
        return await access.client.init_photo_post(access.token, photo_post(app, call, attempt))
    video = video_post(app, call, call.film, attempt)
    outcome = await access.client.init_video_post(access.token, video)
    if video.upload is not None and isinstance(outcome, InitAccepted) and outcome.upload_url is None:
        return InitRefused(_NOWHERE_TO_UPLOAD, 200, log_id=outcome.log_id)
    return outcome


def photo_post(app: Resources, call: InitCall, attempt: PostAttempt) -> PhotoPost:
    """Write a photo post in TikTok's terms."""
    post = call.work.post
    return PhotoPost(
        photo_images=tuple(public_urls(app.settings, attempt.media_token, post.media_count)),
        post_mode=_mode(post),
        title=post.title,
        description=post.description,
        privacy_level=privacy_level(post, call.work.account) or "",
        **_wishes(call, _PHOTO_TOGGLES),
    )


def video_post(app: Resources, call: InitCall, film: MediaAsset, attempt: PostAttempt) -> VideoPost:
    """Write a video post in TikTok's terms; its text is one caption."""
    post, account = call.work.post, call.work.account
    (address,) = public_urls(app.settings, attempt.media_token, 1, kind=PostKind.video)
    text = "\n\n".join(part for part in (post.title, post.description) if part)
    return VideoPost(
        video_url="" if attempt.by_upload else address,
        upload=plan_chunks(film.size) if attempt.by_upload else None,
        post_mode=_mode(post),
        title=cut(text, text_limits(app.settings, account).caption),
        privacy_level=privacy_level(post, account) or "",
        video_cover_timestamp_ms=post.settings.get("video_cover_timestamp_ms", film.cover_ms),
        **_wishes(call, _VIDEO_TOGGLES),
    )


def _mode(post: Post) -> PostMode:
    return "MEDIA_UPLOAD" if post.mode == PublishMode.inbox else "DIRECT_POST"


def _wishes(call: InitCall, names: tuple[str, ...]) -> dict[str, Any]:
    """The account's settings, overridden by what a person set for this post, and within what the creator allows."""
    post, account, creator = call.work.post, call.work.account, call.creator
    wishes: dict[str, Any] = {name: bool(post.settings.get(name, getattr(account.settings, name))) for name in names}
    if creator is not None:
        forbidden = {
            "disable_comment": creator.comment_disabled,
            "disable_duet": creator.duet_disabled,
            "disable_stitch": creator.stitch_disabled,
        }
        wishes |= {name: True for name in names if forbidden.get(name)}
    return wishes
