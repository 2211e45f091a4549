"""The Content Posting API: creator_info, photo posts; for every post its status and cancellation."""

from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import RawBody

from app.emulator import lifecycle
from app.emulator.open_api.answers import ApiError, envelope, ok
from app.emulator.open_api.bearer import require_token
from app.emulator.open_api.ignored import OF_PHOTO_DRAFTS, OF_PHOTOS, name_ignored
from app.emulator.open_api.limits import check_caps, find_posting_obstacle, spend
from app.emulator.open_api.ownership import check_media_url
from app.emulator.open_api.shapes import Field, check, read_json
from app.emulator.world.ids import new_publish_id
from app.emulator.world.records import ONLY_ME, PRIVACY_LEVELS, PUBLIC, Account, Post
from app.emulator.world.world import World

_PARAM = "invalid_param"
_SWITCHES = ("disable_comment", "auto_add_music", "brand_content_toggle", "brand_organic_toggle")
_WORDS = {"title": Field(str, max_units=90), "description": Field(str, max_units=4_000)}
_SETTINGS = {"privacy_level": Field(str, choices=PRIVACY_LEVELS), **{name: Field(bool) for name in _SWITCHES}}
_PHOTOS = {
    "media_type": Field(str, required=True, choices=("PHOTO",)),
    "post_mode": Field(str, required=True, choices=("DIRECT_POST", "MEDIA_UPLOAD")),
    "is_aigc": Field(bool),
    "source_info": Field(
        dict,
        required=True,
        fields={
            "source": Field(str, required=True, choices=("PULL_FROM_URL",)),
            "photo_images": Field(list, required=True),
            "photo_cover_index": Field(int, required=True),
        },
    ),
}
_DIRECT_BODY = {**_PHOTOS, "post_info": Field(dict, fields={**OF_PHOTOS, **_SETTINGS, **_WORDS})}
_DRAFT_BODY = {**_PHOTOS, "post_info": Field(dict, fields={**OF_PHOTO_DRAFTS, **_WORDS})}
_PUBLISH_ID_BODY = {"publish_id": Field(str, required=True)}


@post("/v2/post/publish/creator_info/query/", status_code=200)
async def query_creator_info(
    request: Request[Any, Any, Any], body: RawBody, world: NamedDependency[World]
) -> Response[dict[str, Any]]:
    account, _ = require_token(world, request, "video.publish")
    spend(world, "creator_info", account.open_id)
    if body.strip():
        check(read_json(request.headers.get("content-type", ""), body, code=_PARAM), {}, code=_PARAM)
    if (obstacle := find_posting_obstacle(world, account)) is not None:
        # These come with HTTP 200, on purpose.
        return Response(envelope({}, obstacle, "The creator cannot post at this moment."), status_code=200)
    return ok(
        {
            "creator_avatar_url": f"{request.base_url}_emulator/avatars/{account.username}.svg",
            "creator_username": account.username,
            "creator_nickname": account.display_name,
            "privacy_level_options": account.offered_privacy,
            "comment_disabled": account.comment_disabled,
            "duet_disabled": account.duet_disabled or account.private,
            "stitch_disabled": account.stitch_disabled or account.private,
            "max_video_post_duration_sec": account.max_video_post_duration_sec,
        }
    )


@post("/v2/post/publish/content/init/", status_code=200)
async def init_content(
    request: Request[Any, Any, Any], body: RawBody, world: NamedDependency[World]
) -> Response[dict[str, Any]]:
    account, pair = require_token(world, request, "video.publish", "video.upload")
    spend(world, "content_init", account.open_id)
    wanted = read_json(request.headers.get("content-type", ""), body, code=_PARAM)
    draft = wanted.get("post_mode") == "MEDIA_UPLOAD"
    check(wanted, _DRAFT_BODY if draft else _DIRECT_BODY, code=_PARAM)
    if ("video.upload" if draft else "video.publish") not in pair.scopes:
        raise ApiError("scope_not_authorized", "The user did not authorize the scope required for this request.")
    _check_source(wanted["source_info"])
    if draft and account.old_app:
        raise ApiError("app_version_check_failed", "The target user's TikTok app version is lower than 31.8.")
    if not draft:
        check_post_info(world, account, wanted.get("post_info", {}))
    check_caps(world, account, draft=draft)
    for url in wanted["source_info"]["photo_images"]:
        check_media_url(world, url)
    accepted = _accept(world, account, wanted)
    lifecycle.start(world, accepted)
    return ok({"publish_id": accepted.publish_id})


@post("/v2/post/publish/status/fetch/", status_code=200)
async def fetch_status(
    request: Request[Any, Any, Any], body: RawBody, world: NamedDependency[World]
) -> Response[dict[str, Any]]:
    account, _ = require_token(world, request, "video.publish", "video.upload")
    spend(world, "status_fetch", account.open_id)
    asked = _find_post(world, account, request, body)
    lifecycle.note_poll(world, asked)
    by_file = asked.source == "FILE_UPLOAD"
    progress = {"uploaded_bytes": asked.uploaded_bytes} if by_file else {"downloaded_bytes": asked.downloaded_bytes}
    data: dict[str, Any] = {"status": asked.status, **progress}
    if asked.fail_reason is not None:
        data["fail_reason"] = asked.fail_reason
    if asked.post_ids:
        # "publicaly" is TikTok's own spelling, and the ids are numbers of 19 digits.
        data["publicaly_available_post_id"] = asked.post_ids
    return ok(data)


@post("/v2/post/publish/cancel/", status_code=200)
async def cancel_post(
    request: Request[Any, Any, Any], body: RawBody, world: NamedDependency[World]
) -> Response[dict[str, Any]]:
    account, _ = require_token(world, request, "video.publish", "video.upload")
    if not lifecycle.cancel(world, _find_post(world, account, request, body)):
        raise ApiError("publish_not_cancellable", "The post can no longer be cancelled.")
    return ok(None)


def _check_source(source: dict[str, Any]) -> None:
    count = len(source["photo_images"])
    if not 1 <= count <= 35:
        raise ApiError(_PARAM, "source_info.photo_images: must be 1 to 35 addresses")
    if not 0 <= source["photo_cover_index"] < count:
        raise ApiError(_PARAM, "source_info.photo_cover_index: names no photo")


def check_post_info(world: World, account: Account, info: dict[str, Any]) -> None:
    """Check what only a direct post needs, photo or video."""
    privacy = info.get("privacy_level")
    if privacy is None:
        raise ApiError(_PARAM, "post_info.privacy_level: required for DIRECT_POST")
    if world.settings.require_brand_toggles:
        for name in ("brand_content_toggle", "brand_organic_toggle"):
            if name not in info:
                raise ApiError(_PARAM, f"post_info.{name}: required")
    if not world.audited and (privacy != ONLY_ME or not account.private):
        raise ApiError(
            "unaudited_client_can_only_post_to_private_accounts",
            "Please review our integration guidelines at https://developers.tiktok.com/doc/content-sharing-guidelines/",
        )
    if privacy not in account.offered_privacy:
        raise ApiError("privacy_level_option_mismatch", "privacy_level is not one of privacy_level_options.")
    if privacy == ONLY_ME and info.get("brand_content_toggle"):
        raise ApiError(_PARAM, "post_info.brand_content_toggle: branded content cannot be private")


def _accept(world: World, account: Account, wanted: dict[str, Any]) -> Post:
    info, source = wanted.get("post_info", {}), wanted["source_info"]
    draft = wanted["post_mode"] == "MEDIA_UPLOAD"
    privacy, switches, ignored = None, {}, OF_PHOTO_DRAFTS
    if not draft:
        privacy, ignored = info["privacy_level"], OF_PHOTOS
        switches = {name: info[name] for name in _SWITCHES if name in info}
        switches |= {name: wanted[name] for name in ("is_aigc",) if name in wanted}
    accepted = Post(
        publish_id=new_publish_id("p_inbox_url" if draft else "p_pub_url"),
        open_id=account.open_id,
        post_mode=wanted["post_mode"],
        photo_urls=source["photo_images"],
        progression=world.progressions.take(account.open_id),
        accepted_at=world.clock.now(),
        title=info.get("title", ""),
        description=info.get("description", ""),
        privacy_level=privacy,
        cover_index=source["photo_cover_index"],
        switches=switches,
        public=privacy == PUBLIC and not account.private,
        ignored=name_ignored(wanted, ignored, top_level=("is_aigc",) if draft else ()),
    )
    world.add_post(accepted)
    return accepted


def _find_post(world: World, account: Account, request: Request[Any, Any, Any], body: bytes) -> Post:
    wanted = read_json(request.headers.get("content-type", ""), body, code=_PARAM)
    check(wanted, _PUBLISH_ID_BODY, code=_PARAM)
    found = world.posts.get(wanted["publish_id"])
    if found is None:
        raise ApiError("invalid_publish_id", "The publish_id does not exist.")
    if found.open_id != account.open_id:
        raise ApiError(
            "token_not_authorized_for_specified_publish_id",
            "The access_token does not represent the user of this post.",
        )
    return found
