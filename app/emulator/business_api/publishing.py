"""Posts of TikTok accounts: taken, fetched, published, and given their ids a little later."""

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec

from app.emulator.business_api.account_events import follow_share
from app.emulator.business_api.book import Book
from app.emulator.business_api.call import Call, read, write
from app.emulator.business_api.errors import NOT_FOUND, TOO_FREQUENT, BusinessError, refuse
from app.emulator.business_api.looking import look_at_video
from app.emulator.business_api.people import need_account
from app.emulator.business_api.publishing_states import settle_share
from app.emulator.business_api.pulls import pull
from app.emulator.business_api.store import Doc
from app.emulator.world.world import World

_MINUTE, _DAY = (6, 60), (15, 86_400)
_MOST_VIDEO, _MOST_PHOTO = 1_000_000_000, 20_000_000
Address = Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s/?#]+", max_length=2_048)]


class VideoInfo(msgspec.Struct):
    caption: str = ""
    is_brand_organic: bool = False
    is_branded_content: bool = False
    disable_comment: bool = False
    disable_duet: bool = False
    disable_stitch: bool = False
    thumbnail_offset: Annotated[int, msgspec.Meta(ge=0)] = 0
    is_ai_generated: bool = False
    upload_to_draft: bool = False
    is_ads_only: bool = False
    tto_invite_link: str | None = None
    music_sound_info: Any = None
    location_id: str | None = None
    location_name: str | None = None


class PhotoInfo(msgspec.Struct):
    privacy_level: Literal["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "FOLLOWER_OF_CREATOR", "SELF_ONLY"]
    title: str = ""
    caption: str = ""
    auto_add_music: bool = False
    is_brand_organic: bool = False
    is_branded_content: bool = False
    disable_comment: bool = False
    is_draft: bool = False
    music_sound_info: Any = None


class PublishVideo(msgspec.Struct):
    business_id: str
    video_url: Address
    post_info: VideoInfo
    custom_thumbnail_url: Address | None = None


class PublishPhotos(msgspec.Struct):
    business_id: str
    photo_images: Annotated[list[Address], msgspec.Meta(min_length=1, max_length=35)]
    post_info: PhotoInfo
    photo_cover_index: Annotated[int, msgspec.Meta(ge=0, le=34)] = 0


class Status(msgspec.Struct):
    business_id: str
    publish_id: str


@write("business/video/publish/", "video.publish", credential="account")
def publish_video(call: Call) -> Any:
    asked = call.take(PublishVideo)
    _check_length("post_info.caption", asked.post_info.caption, 2_200)
    _check_music(asked.post_info.music_sound_info)
    draft = asked.post_info.upload_to_draft
    return _begin(call, asked.business_id, "VIDEO", [asked.video_url], asked.post_info.caption, draft=draft)


@write("business/photo/publish/", "video.publish", credential="account")
def publish_photos(call: Call) -> Any:
    asked = call.take(PublishPhotos)
    info = asked.post_info
    _check_length("post_info.title", info.title, 90)
    _check_length("post_info.caption", info.caption, 4_000)
    _check_music(info.music_sound_info)
    if asked.photo_cover_index >= len(asked.photo_images):
        raise refuse("photo_cover_index", "there is no such photo")
    private = info.privacy_level != "PUBLIC_TO_EVERYONE"
    caption = "\n".join(filter(None, (info.title, info.caption)))
    return _begin(call, asked.business_id, "PHOTO", asked.photo_images, caption, draft=info.is_draft, private=private)


def _check_length(field: str, text: str, most: int) -> None:
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 > most:
        raise refuse(field, f"it has {most} UTF-16 units at most")


def _check_music(music: Any) -> None:
    """A song of the commercial library is not what is wanted here. Raises BusinessError."""
    if isinstance(music, dict) and str(music.get("music_sound_id", "")).startswith("commercial"):
        raise BusinessError(51065, "The music cannot be used.")


def _begin(
    call: Call, business_id: str, kind: str, addresses: list[str], caption: str, *, draft: bool, private: bool = False
) -> Doc:
    account = need_account(call, business_id)
    if draft and "video.upload" not in call.token["scopes"]:
        raise BusinessError(40001, "The scope video.upload is required for drafts.")
    for address in addresses:
        _check_owned(call.book, address)
    for most, seconds in (_MINUTE, _DAY):
        since = call.now - seconds
        posts = [one for one in call.book.store.find("share", owner=business_id) if one["at"] > since]
        if len(posts) >= most:
            raise BusinessError(TOO_FREQUENT, f"Too many posts: {most} in {seconds} seconds at most.")
    prefix = "v_pub_url" if kind == "VIDEO" else "p_pub_url"
    share = {
        "share_id": f"{prefix}~v1.{call.book.new_id()}",
        "item_id": call.book.new_id(),
        "open_id": account["open_id"],
        "username": account["username"],
        "media_type": kind,
        "addresses": addresses,
        "caption": caption,
        "draft": draft,
        "private": private,
        "at": call.now,
        "pulled": False,
        "reason": "",
    }
    call.book.store.put("share", share["share_id"], share, owner=business_id)
    call.afterwards.append(lambda: _start(call.book, call.world, share))
    return {"share_id": share["share_id"]}


def _check_owned(book: Book, address: str) -> None:
    """The address has to lie under a property of the app. Raises BusinessError."""
    host = urlsplit(address).hostname or ""
    for owned in book.store.find("property"):
        at_home = host == owned["url"] or host.endswith(f".{owned['url']}")
        under = address.startswith(owned["url"]) if owned["property_type"] == 2 else at_home
        if owned["property_status"] == 1 and under:
            return
    raise BusinessError(40002, "url: its ownership is not verified")


def _start(book: Book, world: World, share: Doc) -> None:
    world.spawn(_pull(book, world, share))


async def _pull(book: Book, world: World, share: Doc) -> None:
    """Fetch what a post shows, as TikTok does: in its own time."""
    is_video = share["media_type"] == "VIDEO"
    reason, duration = "", 0.0
    try:
        for address in share["addresses"]:
            most = _MOST_VIDEO if is_video else _MOST_PHOTO
            content = await pull(world, address, most=most, timeout=book.settings.pull_timeout)
            if is_video:
                duration = look_at_video(content).duration
    except BusinessError as error:
        pulled = "video_pull_failed" if is_video else "photo_pull_failed"
        reason = "file_format_check_failed" if error.code == 40908 else pulled
    with book.turn():
        now = book.store.get("share", share["share_id"])
        if now is not None:
            done = {**now, "pulled": True, "reason": reason, "duration": duration, "pulled_at": book.now()}
            book.store.change("share", share["share_id"], done)
        hooked = book.store.get("hook", "VIDEO") is not None
    if hooked:
        await follow_share(book, world, share["share_id"])


@read("business/publish/status/", "video.publish", credential="account")
def show_status(call: Call) -> Any:
    asked = call.take(Status)
    need_account(call, asked.business_id)
    share = call.book.store.get("share", asked.publish_id)
    if share is None or share["open_id"] != asked.business_id:
        raise BusinessError(NOT_FOUND, "publish_id: it does not exist")
    if share["reason"]:
        return {"status": "FAILED", "post_ids": [], "reason": share["reason"]}
    settings = call.book.settings
    if not share["pulled"] or call.now < share["pulled_at"] + settings.publish_seconds:
        return {"status": "PROCESSING_DOWNLOAD", "post_ids": []}
    if share["draft"]:
        return {"status": "SEND_TO_USER_INBOX", "post_ids": []}
    settle_share(call.book, share)
    visible = call.now >= share["pulled_at"] + settings.publish_seconds + settings.post_id_seconds
    return {"status": "PUBLISH_COMPLETE", "post_ids": [share["item_id"]] if visible else []}


operations = (publish_video, publish_photos, show_status)
