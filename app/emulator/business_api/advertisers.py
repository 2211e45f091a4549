"""Ad accounts: what they are, and how one is opened, renamed and closed."""

from typing import Annotated, Any, Literal

import msgspec

from app.emulator.business_api.access import need_advertiser, need_center
from app.emulator.business_api.call import Call, read, write
from app.emulator.business_api.delivery import settle
from app.emulator.business_api.errors import refuse
from app.emulator.business_api.first import make_advertiser
from app.emulator.business_api.money import balance, show_money
from app.emulator.business_api.paging import select
from app.emulator.business_api.store import Doc
from app.emulator.business_api.times import is_zone

CURRENCIES = frozenset((
    "AED", "ARS", "AUD", "BDT", "BHD", "BIF", "BOB", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CRC", "CZK", "DKK",
    "DZD", "EGP", "EUR", "GBP", "GTQ", "HKD", "HNL", "HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KES", "KHR", "KRW",
    "KWD", "KZT", "MAD", "MOP", "MXN", "MYR", "NGN", "NIO", "NOK", "NZD", "OMR", "PEN", "PHP", "PKR", "PLN", "PYG",
    "QAR", "RON", "RUB", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD", "UYU", "VES", "VND", "ZAR",
))  # fmt: skip
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_PRIVATE = ("cash", "grant", "spent", "settled", "sandbox", "budget_mode")


class Info(msgspec.Struct):
    advertiser_ids: Annotated[list[str], msgspec.Meta(min_length=1, max_length=100)]
    fields: list[str] | None = None


class AdvertiserInfo(msgspec.Struct):
    name: Name
    currency: str
    timezone: str
    type: Literal["AUCTION", "RESERVATION"] = "AUCTION"


class CustomerInfo(msgspec.Struct):
    company: Name
    industry: Name
    registered_area: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$")]


class QualificationInfo(msgspec.Struct):
    promotion_link: str | None = None
    license_no: str | None = None
    license_image_id: str | None = None
    qualification_image_ids: list[str] | None = None
    qualification_id: str | None = None


class ContactInfo(msgspec.Struct):
    name: str | None = None
    email: str | None = None
    number: str | None = None


class Create(msgspec.Struct):
    bc_id: str
    advertiser_info: AdvertiserInfo
    customer_info: CustomerInfo
    qualification_info: QualificationInfo | None = None
    contact_info: ContactInfo | None = None
    billing_info: Any = None
    billing_group_info: Any = None
    tied_to_billing_group: bool | None = None


class Update(msgspec.Struct):
    advertiser_id: str
    advertiser_name: Name | None = None
    company: Name | None = None
    promotion_link: str | None = None
    contact_name: str | None = None
    contact_email: str | None = None
    contact_number: str | None = None


class Disable(msgspec.Struct):
    bc_id: str
    advertiser_ids: Annotated[list[str], msgspec.Meta(min_length=1, max_length=10)]


@read("advertiser/info/", 100, sandbox=True)
def show_advertisers(call: Call) -> Any:
    asked = call.take(Info)
    found = [settle(call.book, need_advertiser(call, one)) for one in asked.advertiser_ids]
    return {"list": select([_show(one) for one in found], asked.fields, ["advertiser_id"])}


def _show(advertiser: Doc) -> Doc:
    shown = {name: value for name, value in advertiser.items() if name not in _PRIVATE}
    return {**shown, "balance": show_money(balance(advertiser))}


@write("bc/advertiser/create/", 151)
def create_advertiser(call: Call) -> Any:
    asked = call.take(Create)
    center = need_center(call, asked.bc_id, admin=True)
    about, customer = asked.advertiser_info, asked.customer_info
    link = asked.qualification_info.promotion_link if asked.qualification_info else None
    if about.currency not in CURRENCIES:
        raise refuse("advertiser_info.currency", "it is no currency of TikTok's")
    if not is_zone(about.timezone):
        raise refuse("advertiser_info.timezone", "it is no time zone")
    if center["type"] == "AGENCY" and not link:
        raise refuse("qualification_info.promotion_link", "an agency's business center has to give it")
    if center["type"] == "DIRECT" and link:
        raise refuse("qualification_info.promotion_link", "a direct business center must not give it")
    made = make_advertiser(
        call.book,
        call.book.new_id(),
        about.name,
        asked.bc_id,
        currency=about.currency,
        timezone=about.timezone,
        country=customer.registered_area,
        company=customer.company,
        industry=customer.industry,
        promotion_link=link or "",
        advertiser_account_type=about.type,
    )
    _open_to_maker(call, made["advertiser_id"])
    return {"advertiser_id": made["advertiser_id"]}


def _open_to_maker(call: Call, advertiser_id: str) -> None:
    call.advertiser_id = advertiser_id
    user = {**call.user, "roles": {**call.user["roles"], advertiser_id: "ADMIN"}}
    call.book.store.change("user", user["user_id"], user)
    if call.token["advertiser_ids"] is not None:
        token = {**call.token, "advertiser_ids": [*call.token["advertiser_ids"], advertiser_id]}
        call.book.store.change("token", token["access_token"], token)


@write("advertiser/update/", 10)
def update_advertiser(call: Call) -> Any:
    asked = call.take(Update)
    advertiser = need_advertiser(call, asked.advertiser_id, money=True)
    given = {"name": asked.advertiser_name, "company": asked.company, "promotion_link": asked.promotion_link}
    advertiser |= {name: value for name, value in given.items() if value is not None}
    call.book.store.change("advertiser", asked.advertiser_id, advertiser)
    return {"advertiser_id": asked.advertiser_id}


@write("bc/advertiser/disable/", 151)
def disable_advertisers(call: Call) -> Any:
    asked = call.take(Disable)
    need_center(call, asked.bc_id, admin=True)
    for advertiser_id in asked.advertiser_ids:
        advertiser = settle(call.book, need_advertiser(call, advertiser_id, money=True))
        if advertiser["owner_bc_id"] != asked.bc_id:
            raise refuse("advertiser_ids", f"{advertiser_id} is not owned by this business center")
        call.book.store.change("advertiser", advertiser_id, {**advertiser, "status": "STATUS_DISABLE"})
    return {"advertiser_ids": asked.advertiser_ids}


operations = (show_advertisers, create_advertiser, update_advertiser, disable_advertisers)
