"""Spark Ads: a post's owner lends it by a code, and an advertiser takes it up [business-api.md 8].

None of it is in TikTok's SDK. The owner's calls go with the token of the TikTok account, the others with an
advertiser's.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import Field

from app.tiktok_business.calls import Call, CallClass, get, post
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError, make_error
from app.tiktok_business.family import Family
from app.tiktok_business.fields import OptionalId, OptionalInt, Text, VendorModel, VendorObject

M = TypeVar("M", bound=VendorModel)

MOST_DAYS = 365
LENT_DAYS = (7, 30, 60, 365)
# "Auth code is invalid": of a consent it ends a connection, of a Spark code it says that this post is not lent.
_BAD_CODE = 40110


class LentItem(VendorModel):
    item_id: OptionalId = None
    item_type: Text = ""
    text: Text = ""
    status: Text = ""


class LentSpan(VendorModel):
    """From when to when the owner lends the post, as TikTok writes times: UTC."""

    ad_auth_status: Text = ""
    auth_start_time: Text = ""
    auth_end_time: Text = ""


class LentBy(VendorModel):
    tiktok_name: Text = ""
    identity_id: OptionalId = None
    identity_type: Text = ""


class SparkPost(VendorObject):
    """A post that was lent, and that this advertiser has taken up."""

    item_info: LentItem = Field(default_factory=LentItem)
    auth_info: LentSpan = Field(default_factory=LentSpan)
    user_info: LentBy = Field(default_factory=LentBy)

    @property
    def ends_at(self) -> datetime | None:
        """When the code ends; None where TikTok does not say."""
        return read_moment(self.auth_info.auth_end_time)


class SparkCode(VendorObject):
    """A code of the owner's. `auth_code_status`: NOT_USED, IN_USE, EXPIRED or DELETED."""

    item_id: OptionalId = None
    auth_code: Text = ""
    auth_code_start_time: Text = ""
    auth_code_end_time: Text = ""
    authorization_days: OptionalInt = None
    auth_code_status: Text = ""

    @property
    def ends_at(self) -> datetime | None:
        return read_moment(self.auth_code_end_time)

    @property
    def is_good(self) -> bool:
        return bool(self.auth_code) and self.auth_code_status not in {"EXPIRED", "DELETED"}


class Authorised(VendorModel):
    request_id: str | None = None


class Spark(Family):
    """What an advertiser does with a code, and what a post's owner does to make one."""

    async def authorize(self, advertiser_id: str, auth_code: str) -> Authorised:
        """Take a lent post up. The same twice is the same state. Raises BusinessError."""
        body = {"advertiser_id": advertiser_id, "auth_code": auth_code}
        return await self._of_code(Authorised, post("tt_video/authorize/", CallClass.repeatable, body))

    async def get_info(self, advertiser_id: str, auth_code: str) -> SparkPost:
        """Give the post that this advertiser has taken up by this code. Raises BusinessError."""
        return await self._of_code(SparkPost, get("tt_video/info/", advertiser_id=advertiser_id, auth_code=auth_code))

    async def find_info(self, advertiser_id: str, auth_code: str) -> SparkPost | None:
        """The same; None where it is not taken up, or where no such code is good."""
        try:
            return await self.get_info(advertiser_id, auth_code)
        except BusinessError as error:
            if error.meaning.kind in {Kind.missing, Kind.parameter}:
                return None
            raise

    async def unbind(self, advertiser_id: str, item_id: str) -> VendorObject:
        """Give a post back: none of this advertiser's ads can show it any more."""
        body = {"advertiser_id": advertiser_id, "item_id": item_id}
        return await self._ask(VendorObject, post("tt_video/unbind/", CallClass.repeatable, body))

    async def lend(self, business_id: str, item_id: str, *, days: int = 30) -> SparkCode:
        """Make a code for a post of one's own, for 7, 30, 60 or 365 days; an earlier one of this post ends."""
        body = {
            "business_id": business_id, "item_id": item_id, "is_ad_promotable": True, "authorization_days": days,
        }  # fmt: skip
        return await self._ask(SparkCode, post("business/post/authorize/setting/", CallClass.once, body))

    async def extend(self, business_id: str, item_id: str, *, days: int) -> SparkCode:
        """Let a post's code be good for so many days more. TikTok adds them each time: the call is not repeated."""
        body = {"business_id": business_id, "item_id": item_id, "authorization_days": days}
        return await self._ask(SparkCode, post("business/post/authorize/", CallClass.once, body))

    async def find_code(self, business_id: str, item_id: str) -> SparkCode | None:
        """Give the code of a post of one's own; None where it has none."""
        try:
            return await self._ask(
                SparkCode, get("business/post/authorize/status/", business_id=business_id, item_id=item_id)
            )
        except BusinessError as error:
            if error.meaning.kind is Kind.missing:
                return None
            raise

    async def _of_code(self, model: type[M], call: Call) -> M:
        try:
            return await self._ask(model, call)
        except BusinessError as error:
            if error.tiktok_code != _BAD_CODE:
                raise
            meaning = replace(
                error.meaning, kind=Kind.parameter, cause="The Spark code is wrong, expired or withdrawn.",
                cure="Let the owner of the post make another one in TikTok's app.",
            )  # fmt: skip
            raise make_error(
                meaning,
                endpoint=error.endpoint,
                said=error.said,
                request_id=error.request_id,
                log_id=error.log_id,
                http_status=error.http_status,
            ) from None


def read_moment(text: str) -> datetime | None:
    """Read TikTok's UTC time, in either of its forms; what has another one tells nothing."""
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
