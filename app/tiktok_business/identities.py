"""Identities: under whose name an ad runs, and which posts of theirs may be promoted."""

from pydantic import AliasChoices, Field

from app.tiktok_business.calls import CallClass, get, post
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError
from app.tiktok_business.family import Family
from app.tiktok_business.fields import OptionalId, Page, Text, VendorId, VendorModel, VendorObject

LARGEST_PAGE = 100


class Identity(VendorObject):
    """An identity. Governments, politicians and parties (`is_gpppa`) cannot run Spark Ads."""

    identity_id: VendorId
    identity_type: Text = ""
    identity_authorized_bc_id: OptionalId = None
    display_name: Text = ""
    user_name: Text = ""
    available_status: Text = ""
    can_pull_video: bool | None = None
    can_push_video: bool | None = None
    is_gpppa: bool | None = None


class MadeIdentity(VendorObject):
    identity_id: VendorId
    request_id: str | None = None


class IdentityPost(VendorObject):
    item_id: VendorId
    text: Text = ""
    status: Text = ""


class PostPage(VendorModel):
    """A page of posts by cursor."""

    items: list[IdentityPost] = Field(default_factory=list, validation_alias=AliasChoices("video_list", "items"))
    cursor: OptionalId = None
    has_more: bool = False
    request_id: str | None = None


class Identities(Family):
    async def list_identities(
        self,
        advertiser_id: str,
        *,
        identity_type: str | None = None,
        authorized_bc_id: str | None = None,
        page: int = 1,
        page_size: int = LARGEST_PAGE,
    ) -> Page[Identity]:
        call = get(
            "identity/get/",
            advertiser_id=advertiser_id,
            identity_type=identity_type,
            identity_authorized_bc_id=authorized_bc_id,
            page=page,
            page_size=page_size,
        )
        return await self._ask(Page[Identity], call)

    async def get_info(self, advertiser_id: str, identity_type: str, identity_id: str) -> VendorObject:
        query = {"advertiser_id": advertiser_id, "identity_type": identity_type, "identity_id": identity_id}
        return await self._ask(VendorObject, get("identity/info/", **query))

    async def create(self, advertiser_id: str, display_name: str, image_uri: str | None = None) -> MadeIdentity:
        """Make an identity of a name and a picture. TikTok has no key against doubles: the call is not repeated."""
        body = {"advertiser_id": advertiser_id, "display_name": display_name}
        if image_uri:
            body["image_uri"] = image_uri
        return await self._ask(MadeIdentity, post("identity/create/", CallClass.once, body))

    async def delete(self, advertiser_id: str, identity_id: str) -> VendorObject:
        body = {"advertiser_id": advertiser_id, "identity_id": identity_id}
        return await self._ask(VendorObject, post("identity/delete/", CallClass.repeatable, body))

    async def has_post(
        self,
        advertiser_id: str,
        identity_type: str,
        identity_id: str,
        item_id: str,
        *,
        authorized_bc_id: str | None = None,
    ) -> bool:
        """Tell whether an ad in this identity's name may show a post. Raises BusinessError."""
        call = get(
            "identity/video/info/",
            advertiser_id=advertiser_id,
            identity_type=identity_type,
            identity_id=identity_id,
            identity_authorized_bc_id=authorized_bc_id,
            item_id=item_id,
        )
        try:
            await self._ask(VendorObject, call)
        except BusinessError as error:
            if error.meaning.kind in {Kind.missing, Kind.parameter}:
                return False
            raise
        return True

    async def list_posts(
        self,
        advertiser_id: str,
        identity_type: str,
        identity_id: str,
        *,
        authorized_bc_id: str | None = None,
        item_type: str = "VIDEO",
        cursor: str | None = None,
        count: int = 20,
    ) -> PostPage:
        call = get(
            "identity/video/get/",
            advertiser_id=advertiser_id,
            identity_type=identity_type,
            identity_id=identity_id,
            identity_authorized_bc_id=authorized_bc_id,
            item_type=item_type,
            cursor=cursor,
            count=count,
        )
        return await self._ask(PostPage, call)
