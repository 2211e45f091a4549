"""Transfers between a business center and its ad accounts, and between business centers."""

from typing import Any, Literal

import msgspec

from app.emulator.business_api.access import need_advertiser, need_center
from app.emulator.business_api.call import Call, write
from app.emulator.business_api.delivery import settle
from app.emulator.business_api.errors import BusinessError, refuse
from app.emulator.business_api.money import Kind, move, read_money
from app.emulator.business_api.once import use_request_id
from app.emulator.business_api.store import Doc

Number = float | str


class AmountInfo(msgspec.Struct):
    cash_amount: Number | None = None
    grant_amount: Number | None = None
    credit_amount: Number | None = None


class Transfer(msgspec.Struct):
    bc_id: str
    transfer_type: Literal["RECHARGE", "REFUND"]
    advertiser_id: str | None = None
    transfer_level: Literal["ADVERTISER", "BC"] = "ADVERTISER"
    cash_amount: Number | None = None
    grant_amount: Number | None = None
    amount_info: AmountInfo | None = None
    request_id: str | None = None
    child_bc_id: str | None = None
    payment_portfolio_id: str | None = None


@write("bc/transfer/", 152)
def transfer(call: Call) -> Any:
    asked = call.take(Transfer)
    center = need_center(call, asked.bc_id, admin=True)
    amounts = _read_amounts(asked)
    if asked.transfer_level == "BC":
        return _transfer_between_centers(call, asked, center, amounts)
    if not asked.advertiser_id:
        raise refuse("advertiser_id", "it is required at the ADVERTISER level")
    advertiser = settle(call.book, need_advertiser(call, asked.advertiser_id, money=True))
    if advertiser["owner_bc_id"] != asked.bc_id:
        raise BusinessError(40301, "The ad account does not belong to this business center.")
    if advertiser["currency"] != center["currency"]:
        raise refuse("advertiser_id", "its currency is another than that of the business center")
    refund = asked.transfer_type == "REFUND"
    done = [move(call.book, center, advertiser, kind, amount, refund=refund) for kind, amount in amounts]
    return {
        "bc_id": asked.bc_id,
        "advertiser_id": asked.advertiser_id,
        "transaction_infos": [_show_done(one, asked.bc_id, asked.advertiser_id, refund=refund) for one in done],
    }


def _read_amounts(asked: Transfer) -> list[tuple[Kind, int]]:
    ways = (asked.amount_info, asked.cash_amount, asked.grant_amount)
    if sum(way is not None for way in ways) != 1:
        raise refuse("amount", "exactly one of amount_info, cash_amount and grant_amount is given")
    if asked.transfer_level == "BC" and asked.grant_amount is not None:
        raise refuse("grant_amount", "it is not supported at the BC level")
    info = asked.amount_info or AmountInfo(asked.cash_amount, asked.grant_amount)
    given: list[tuple[Kind, int]] = []
    kinds: tuple[tuple[Kind, Number | None], ...] = (
        ("cash", info.cash_amount),
        ("grant", info.grant_amount),
        ("credit", info.credit_amount),
    )
    for kind, value in kinds:
        if value is not None:
            given.append((kind, read_money(f"{kind}_amount", value)))
    if not given:
        raise refuse("amount_info", "it holds no amount")
    if asked.transfer_level == "ADVERTISER" and any(kind == "credit" for kind, _ in given):
        raise refuse("credit_amount", "this business center has no credit line")
    return given


def _transfer_between_centers(call: Call, asked: Transfer, center: Doc, amounts: list[tuple[Kind, int]]) -> Any:
    """Move credit between a business center and its child: at this level `cash_amount` means credit."""
    if not asked.child_bc_id:
        raise refuse("child_bc_id", "it is required at the BC level")
    child = need_center(call, asked.child_bc_id, admin=True)
    use_request_id(call, "transfer", asked.request_id)
    total = sum(amount for _, amount in amounts)
    giver, taker = (child, center) if asked.transfer_type == "REFUND" else (center, child)
    if child["bc_id"] == center["bc_id"] or giver["credit"] < total:
        raise BusinessError(40002, "The credit of the payer is not sufficient.")
    giver["credit"] -= total
    taker["credit"] += total
    for one in (giver, taker):
        call.book.store.change("center", one["bc_id"], one)
    info = {
        "transaction_id": call.book.new_id(),
        "transaction_type": "CREDIT",
        "payee_account": {"account_type": "BC", "account_id": taker["bc_id"]},
        "remitter_account": {"account_type": "BC", "account_id": giver["bc_id"]},
    }
    return {"bc_id": asked.bc_id, "transaction_infos": [info]}


def _show_done(done: Doc, bc_id: str, advertiser_id: str, *, refund: bool) -> Doc:
    center = {"account_type": "BC", "account_id": bc_id}
    advertiser = {"account_type": "ADVERTISER", "account_id": advertiser_id}
    return {
        "transaction_id": done["transaction_id"],
        "transaction_type": done["kind"].upper(),
        "payee_account": center if refund else advertiser,
        "remitter_account": advertiser if refund else center,
    }


operations = (transfer,)
