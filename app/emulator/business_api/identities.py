"""Identities: in whose name an ad speaks."""

from typing import Annotated, Any, Literal

import msgspec

from app.emulator.business_api.access import need_advertiser
from app.emulator.business_api.call import Call, read, write
from app.emulator.business_api.errors import NOT_FOUND, BusinessError, refuse
from app.emulator.business_api.paging import cut_page, matches
from app.emulator.business_api.store import Doc

IdentityType = Literal["CUSTOMIZED_USER", "AUTH_CODE", "TT_USER", "BC_AUTH_TT"]
LINKED = frozenset({"TT_USER", "BC_AUTH_TT"})
"""Identities that lend all posts of their account without a code."""
_INTERNAL = ("item_ids", "open_id", "advertiser_id")


class Create(msgspec.Struct):
    advertiser_id: str
    display_name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    image_uri: str | None = None


class Delete(msgspec.Struct):
    advertiser_id: str
    identity_id: str
    identity_type: IdentityType | None = None


class Filter(msgspec.Struct):
    keyword: str | None = None


class List(msgspec.Struct):
    advertiser_id: str
    identity_type: IdentityType | None = None
    identity_authorized_bc_id: str | None = None
    filtering: Filter | None = None
    page: int | None = None
    page_size: int | None = None


class Info(msgspec.Struct):
    advertiser_id: str
    identity_id: str
    identity_type: IdentityType
    identity_authorized_bc_id: str | None = None


class Videos(msgspec.Struct):
    advertiser_id: str
    identity_type: IdentityType
    identity_id: str
    identity_authorized_bc_id: str | None = None
    item_type: Literal["VIDEO", "CAROUSEL"] = "VIDEO"
    keyword: str | None = None
    cursor: int = 0
    count: Annotated[int, msgspec.Meta(ge=1, le=20)] = 20


class VideoInfo(msgspec.Struct):
    advertiser_id: str
    identity_type: IdentityType
    identity_id: str
    item_id: str | None = None
    item_ids: list[str] | None = None
    identity_authorized_bc_id: str | None = None


@write("identity/create/", 693, sandbox=True)
def create_identity(call: Call) -> Any:
    asked = call.take(Create)
    need_advertiser(call, asked.advertiser_id)
    image = asked.image_uri
    if image and call.book.store.get("image", f"{asked.advertiser_id}:{image}") is None:
        raise refuse("image_uri", "it is no image of this ad account")
    identity_id = call.book.new_id()
    save_identity(call, asked.advertiser_id, identity_id, "CUSTOMIZED_USER", asked.display_name)
    return {"identity_id": identity_id}


def save_identity(
    call: Call, advertiser_id: str, identity_id: str, kind: IdentityType, display_name: str, **more: Any
) -> Doc:
    picture = f"{call.origin}/_emulator/avatars/{identity_id}.svg"
    identity = new_identity(advertiser_id, identity_id, kind, display_name, profile_image=picture, **more)
    call.book.store.put("identity", f"{advertiser_id}:{identity_id}", identity, owner=advertiser_id)
    return identity


def new_identity(advertiser_id: str, identity_id: str, kind: IdentityType, display_name: str, **more: Any) -> Doc:
    return {
        "advertiser_id": advertiser_id,
        "identity_id": identity_id,
        "identity_type": kind,
        "identity_authorized_bc_id": None,
        "display_name": display_name,
        "user_name": None,
        "profile_image": f"/_emulator/avatars/{identity_id}.svg",
        "available_status": "AVAILABLE",
        "can_pull_video": kind != "CUSTOMIZED_USER",
        "can_push_video": kind != "AUTH_CODE",
        "can_use_live_ads": False,
        "can_manage_message": False,
        "ads_only_mode": False,
        "is_gpppa": False,
        "item_ids": [],
        **more,
    }


@write("identity/delete/", 693, sandbox=True)
def delete_identity(call: Call) -> Any:
    asked = call.take(Delete)
    need_advertiser(call, asked.advertiser_id)
    identity = need_identity(call, asked.advertiser_id, asked.identity_id)
    if identity["identity_type"] != "CUSTOMIZED_USER":
        raise refuse("identity_id", "only identities of the type CUSTOMIZED_USER can be deleted")
    call.book.store.remove("identity", f"{asked.advertiser_id}:{asked.identity_id}")
    return {}


@read("identity/get/", 692, sandbox=True)
def list_identities(call: Call) -> Any:
    asked = call.take(List)
    need_advertiser(call, asked.advertiser_id)
    keyword = asked.filtering.keyword if asked.filtering else None
    found = [
        _show(one)
        for one in reversed(call.book.store.find("identity", owner=asked.advertiser_id))
        if asked.identity_type in {None, one["identity_type"]}
        and asked.identity_authorized_bc_id in {None, one["identity_authorized_bc_id"]}
        and matches(one["display_name"], keyword)
    ]
    page, info = cut_page(found, asked.page, asked.page_size, most=100)
    return {"identity_list": page, "page_info": info}


@read("identity/info/", 692)
def show_identity(call: Call) -> Any:
    asked = call.take(Info)
    need_advertiser(call, asked.advertiser_id)
    identity = need_identity(call, asked.advertiser_id, asked.identity_id, asked.identity_type)
    return {"identity_info": _show(identity)}


@read("identity/video/get/", 690)
def list_videos(call: Call) -> Any:
    asked = call.take(Videos)
    need_advertiser(call, asked.advertiser_id)
    identity = need_identity(call, asked.advertiser_id, asked.identity_id, asked.identity_type)
    wanted = "PHOTO" if asked.item_type == "CAROUSEL" else "VIDEO"
    posts = [post for post in _posts(call, identity) if post["media_type"] == wanted]
    found = [post for post in reversed(posts) if matches(post["caption"], asked.keyword)]
    page = found[max(asked.cursor, 0) :][: asked.count]
    end = max(asked.cursor, 0) + len(page)
    return {"video_list": [show_post(one) for one in page], "cursor": end, "has_more": end < len(found)}


@read("identity/video/info/", 690)
def show_video(call: Call) -> Any:
    asked = call.take(VideoInfo)
    need_advertiser(call, asked.advertiser_id)
    identity = need_identity(call, asked.advertiser_id, asked.identity_id, asked.identity_type)
    wanted = asked.item_ids or ([asked.item_id] if asked.item_id else [])
    found = [show_post(post) for post in _posts(call, identity) if post["item_id"] in wanted]
    if not found:
        raise BusinessError(NOT_FOUND, "item_id: the post does not exist, or is not authorised")
    return {"video_detail": found[0], "video_list": found}


def need_identity(call: Call, advertiser_id: str, identity_id: str, kind: str | None = None) -> Doc:
    identity = call.book.store.get("identity", f"{advertiser_id}:{identity_id}")
    if identity is None or kind not in {None, identity["identity_type"]}:
        raise BusinessError(NOT_FOUND, "identity_id: it does not exist in this ad account")
    return identity


def show_post(post: Doc) -> Doc:
    """Show an organic post as the ads side sees it."""
    return {
        "item_id": post["item_id"],
        "item_type": "CAROUSEL" if post["media_type"] == "PHOTO" else "VIDEO",
        "text": post["caption"],
        "status": "ITEM_STATUS_STATUS_GENERAL" if not post.get("private") else "ITEM_STATUS_STATUS_PRIVATE",
        "auth_info": {"ad_auth_status": "AUTHORIZED"},
        "video_info": {"url": post["share_url"], "duration": post.get("video_duration", 0)},
        "anchor_list": [],
    }


def lends(call: Call, identity: Doc, item_id: str) -> bool:
    """Tell whether an identity may show a post: one that was taken up by a code, or any of a linked account."""
    if identity["identity_type"] not in LINKED:
        return item_id in identity.get("item_ids", [])
    post = call.book.store.get("post", item_id)
    return post is not None and post["open_id"] == identity["open_id"] and not post.get("private")


def _posts(call: Call, identity: Doc) -> list[Doc]:
    if identity["identity_type"] in LINKED:
        return call.book.store.find("post", owner=identity["open_id"])
    found = (call.book.store.get("post", item) for item in identity["item_ids"])
    return [post for post in found if post is not None]


def _show(identity: Doc) -> Doc:
    return {name: value for name, value in identity.items() if name not in _INTERNAL}


operations = (
    create_identity, delete_identity, list_identities, show_identity, list_videos, show_video,
)  # fmt: skip
