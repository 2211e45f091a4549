"""Money: whole hundredths that move from one balance to another, and are never made or lost on the way."""

from decimal import Decimal, InvalidOperation
from typing import Literal

from app.emulator.business_api.book import Book
from app.emulator.business_api.errors import BusinessError, refuse
from app.emulator.business_api.store import Doc

Kind = Literal["cash", "grant", "credit"]
_MOST = Decimal(10) ** 11


def read_money(field: str, value: object, *, zero: bool = False) -> int:
    """Read an amount as whole hundredths. Raises BusinessError."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise refuse(field, "it is no number") from None
    if not amount.is_finite() or not -_MOST < amount < _MOST:
        raise refuse(field, "it is out of range")
    hundredths = amount * 100
    if hundredths != hundredths.to_integral_value():
        raise refuse(field, "it has two decimals at most")
    if hundredths < 0 or (hundredths == 0 and not zero):
        raise refuse(field, "it is more than 0")
    return int(hundredths)


def show_money(hundredths: int) -> float:
    return hundredths / 100


def move(book: Book, center: Doc, advertiser: Doc, kind: Kind, amount: int, *, refund: bool) -> Doc:
    """Move money between a business center and one of its ad accounts; give the transaction. Raises BusinessError."""
    giver, taker = (advertiser, center) if refund else (center, advertiser)
    if giver[kind] < amount:
        raise BusinessError(40002, f"The {kind} balance of the payer is not sufficient.")
    giver[kind] -= amount
    taker[kind] += amount
    book.store.change("center", center["bc_id"], center)
    book.store.change("advertiser", advertiser["advertiser_id"], advertiser)
    transaction = {
        "transaction_id": book.new_id(),
        "bc_id": center["bc_id"],
        "advertiser_id": advertiser["advertiser_id"],
        "type": "REFUND" if refund else "RECHARGE",
        "kind": kind,
        "amount": amount,
        "at": book.now(),
    }
    book.store.put(
        "transaction",
        transaction["transaction_id"],
        transaction,
        owner=center["bc_id"],
        parent=advertiser["advertiser_id"],
    )
    return transaction


def charge(advertiser: Doc, amount: int) -> None:
    """Take what was spent: from cash, then from vouchers. The caller has seen that there is enough."""
    from_cash = min(advertiser["cash"], amount)
    advertiser["cash"] -= from_cash
    advertiser["grant"] -= amount - from_cash
    advertiser["spent"] += amount


def balance(account: Doc) -> int:
    total: int = account["cash"] + account["grant"]
    return total


def count_all(book: Book) -> dict[str, int]:
    """Add up all money there is; `in` is always the sum of the others."""
    centers, advertisers = book.store.find("center"), book.store.find("advertiser")
    return {
        "in": book.store.recall("money_in", 0),
        "in_centers": sum(balance(one) + one["credit"] for one in centers),
        "in_advertisers": sum(balance(one) for one in advertisers),
        "spent": sum(one["spent"] for one in advertisers),
    }
