"""Business centers: their ad accounts, and their money."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import AliasChoices, Field

from app.tiktok_business.calls import CallClass, Upload, get, post
from app.tiktok_business.family import Family
from app.tiktok_business.fields import (
    OptionalAmount,
    OptionalId,
    Page,
    Text,
    VendorId,
    VendorInput,
    VendorModel,
    VendorObject,
    sign,
)

LARGEST_PAGE = 50


class TransferType(StrEnum):
    RECHARGE = "RECHARGE"
    REFUND = "REFUND"


class FundsKind(StrEnum):
    cash = "cash"
    grant = "grant"


class CenterInfo(VendorModel):
    bc_id: VendorId
    name: Text = ""
    company: Text = ""
    currency: Text = ""
    status: Text = ""
    timezone: Text = ""
    type: Text = ""


class Center(VendorObject):
    """A business center, and the role in it of whose token it is."""

    bc_info: CenterInfo
    user_role: Text = ""


class Asset(VendorObject):
    """Something that a business center has; of an ad account `asset_id` is the advertiser's id."""

    asset_id: VendorId
    asset_type: Text = ""
    asset_name: Text = ""
    advertiser_role: Text = ""


class NewAdvertiser(VendorInput):
    """What `bc/advertiser/create/` takes, in its own groups."""

    bc_id: str
    advertiser_info: dict[str, Any]
    customer_info: dict[str, Any]
    qualification_info: dict[str, Any] | None = None
    contact_info: dict[str, Any] | None = None
    billing_info: dict[str, Any] | None = None
    billing_group_info: dict[str, Any] | None = None
    tied_to_billing_group: bool | None = None


class MadeAdvertiser(VendorObject):
    advertiser_id: VendorId
    request_id: str | None = None


class CenterBalance(VendorObject):
    bc_id: OptionalId = None
    currency: Text = ""
    account_balance: OptionalAmount = None
    valid_account_balance: OptionalAmount = None
    cash_balance: OptionalAmount = None
    grant_balance: OptionalAmount = None
    request_id: str | None = None


class AdvertiserBalance(VendorObject):
    advertiser_id: VendorId
    advertiser_name: Text = ""
    advertiser_status: Text = ""
    currency: Text = ""
    timezone: Text = ""
    account_balance: OptionalAmount = None
    valid_account_balance: OptionalAmount = None
    cash_balance: OptionalAmount = None
    grant_balance: OptionalAmount = None
    transferable_amount: OptionalAmount = None
    budget_mode: Text = ""
    budget: OptionalAmount = None


class TransferPart(VendorModel):
    transaction_id: VendorId
    transaction_type: Text = ""


class Transferred(VendorObject):
    bc_id: OptionalId = None
    advertiser_id: OptionalId = None
    transaction_infos: list[TransferPart] = Field(default_factory=list)
    request_id: str | None = None


class Transaction(VendorObject):
    """One row of money that moved. The three lists name the same things differently; not all have an id."""

    transaction_id: OptionalId = None
    advertiser_id: OptionalId = Field(default=None, validation_alias=AliasChoices("advertiser_id", "account_id"))
    amount: OptionalAmount = None
    subtotal: OptionalAmount = None
    currency: Text = ""
    timezone: Text = ""
    # TRANS_TYPE_TRANSFER, …, or RECHARGE, REFUND, ADD_BALANCE, …
    type: Text = Field(default="", validation_alias=AliasChoices("transfer_type", "transaction_type", "type"))
    # FUNDS_TYPE_CASH, FUNDS_TYPE_GRANT, or CASH, GRANT, CREDIT
    funds: Text = Field(default="", validation_alias=AliasChoices("funds_type", "billing_type", "funds"))
    amount_type: Text = ""
    time: Text = Field(default="", validation_alias=AliasChoices("date", "create_time", "time"))


class Centers(Family):
    async def list_centers(self, *, page: int = 1, page_size: int = LARGEST_PAGE) -> Page[Center]:
        return await self._ask(Page[Center], get("bc/get/", page=page, page_size=page_size))

    async def list_assets(
        self,
        bc_id: str,
        *,
        asset_type: str = "ADVERTISER",
        keyword: str | None = None,
        page: int = 1,
        page_size: int = LARGEST_PAGE,
    ) -> Page[Asset]:
        filtering = {"keyword": keyword} if keyword else None
        call = get(
            "bc/asset/get/", bc_id=bc_id, asset_type=asset_type, filtering=filtering, page=page, page_size=page_size
        )
        return await self._ask(Page[Asset], call)

    async def create_advertiser(self, new: NewAdvertiser) -> MadeAdvertiser:
        """Make an ad account. TikTok has no key against doubles: the call is not repeated."""
        return await self._ask(MadeAdvertiser, post("bc/advertiser/create/", CallClass.once, new.body()))

    async def disable_advertisers(self, bc_id: str, advertiser_ids: Sequence[str]) -> VendorObject:
        body = {"bc_id": bc_id, "advertiser_ids": list(advertiser_ids)}
        return await self._ask(VendorObject, post("bc/advertiser/disable/", CallClass.repeatable, body))

    async def upload_image(self, bc_id: str, content: bytes, name: str) -> VendorObject:
        """Store a picture of a licence, for `create_advertiser`."""
        body = {"bc_id": bc_id, "image_signature": sign(content)}
        upload = Upload("image_file", name, content)
        call = post("bc/image/upload/", CallClass.repeatable, body, upload=upload, deadline=120.0)
        return await self._ask(VendorObject, call)

    async def transfer(
        self, bc_id: str, advertiser_id: str, kind: TransferType, amount: Decimal, *, funds: FundsKind = FundsKind.cash
    ) -> Transferred:
        """Move money to an advertiser or back. TikTok has no key against doubles here: the call is not repeated."""
        body = {
            "bc_id": bc_id,
            "advertiser_id": advertiser_id,
            "transfer_type": kind.value,
            f"{funds.value}_amount": amount,
        }
        return await self._ask(Transferred, post("bc/transfer/", CallClass.once, body))

    async def get_balance(self, bc_id: str) -> CenterBalance:
        return await self._ask(CenterBalance, get("bc/balance/get/", bc_id=bc_id))

    async def list_balances(
        self, bc_id: str, *, keyword: str | None = None, page: int = 1, page_size: int = LARGEST_PAGE
    ) -> Page[AdvertiserBalance]:
        filtering = {"keyword": keyword} if keyword else None
        call = get("advertiser/balance/get/", bc_id=bc_id, filtering=filtering, page=page, page_size=page_size)
        return await self._ask(Page[AdvertiserBalance], call)

    async def list_advertiser_transactions(
        self, bc_id: str, *, filtering: Mapping[str, Any] | None = None, page: int = 1, page_size: int = LARGEST_PAGE
    ) -> Page[Transaction]:
        """List what moved on the ad accounts of a business center: `filtering` has keyword, start_date, end_date."""
        call = get("advertiser/transaction/get/", bc_id=bc_id, filtering=filtering, page=page, page_size=page_size)
        return await self._ask(Page[Transaction], call)

    async def list_center_transactions(
        self, bc_id: str, *, filtering: Mapping[str, Any] | None = None, page: int = 1, page_size: int = LARGEST_PAGE
    ) -> Page[Transaction]:
        """List what moved on a business center's own account."""
        call = get("bc/transaction/get/", bc_id=bc_id, filtering=filtering, page=page, page_size=page_size)
        return await self._ask(Page[Transaction], call)

    async def list_account_transactions(
        self,
        bc_id: str,
        *,
        level: str = "ADVERTISER",
        filtering: Mapping[str, Any] | None = None,
        page: int = 1,
        page_size: int = LARGEST_PAGE,
    ) -> Page[Transaction]:
        """List transactions with ids and bills: `filtering` has account_ids, transaction_types, start_time, …"""
        call = get(
            "bc/account/transaction/get/",
            bc_id=bc_id,
            transaction_level=level,
            filtering=filtering,
            page=page,
            page_size=page_size,
        )
        return await self._ask(Page[Transaction], call)
