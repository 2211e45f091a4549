"""Who is asking, and the ad accounts."""

from collections.abc import Sequence

from app.tiktok_business.calls import get
from app.tiktok_business.family import Family
from app.tiktok_business.fields import (
    OptionalAmount,
    OptionalId,
    OptionalInt,
    Page,
    Text,
    VendorId,
    VendorModel,
    VendorObject,
)

_MOST_AT_ONCE = 100


class User(VendorModel):
    """The person behind a token; the address of mail is masked by TikTok."""

    display_name: Text = ""
    email: Text = ""
    core_user_id: OptionalId = None
    create_time: OptionalInt = None
    avatar_url: Text = ""
    request_id: str | None = None


class Advertiser(VendorObject):
    """An ad account."""

    advertiser_id: VendorId
    name: Text = ""
    status: Text = ""
    role: Text = ""
    currency: Text = ""
    timezone: Text = ""
    company: Text = ""
    country: Text = ""
    balance: OptionalAmount = None
    owner_bc_id: OptionalId = None
    rejection_reason: Text = ""
    create_time: OptionalInt = None


class Advertisers(Family):
    async def get_user(self) -> User:
        """Tell whose token it is: the cheapest question by which to try it."""
        return await self._ask(User, get("user/info/"))

    async def get_info(self, advertiser_ids: Sequence[str], *, fields: Sequence[str] = ()) -> list[Advertiser]:
        """Describe advertisers, in as many calls as it takes."""
        found: list[Advertiser] = []
        for start in range(0, len(advertiser_ids), _MOST_AT_ONCE):
            some = list(advertiser_ids[start : start + _MOST_AT_ONCE])
            call = get("advertiser/info/", advertiser_ids=some, fields=list(fields) or None)
            found += (await self._ask(Page[Advertiser], call)).items
        return found
