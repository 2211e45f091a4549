"""What TransferFunds is asked with, and how its transactions are told."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from app.ads.internal.payloads import Payload
from app.ads.values import Id, Money, choice
from app.tiktok_business.centers import FundsKind


class TransferFunds(Payload):
    """Money to an advertiser (RECHARGE) or back from it (DEDUCT)."""

    synonyms: ClassVar[Mapping[str, str]] = {"transferType": "type", "fundsType": "kind", "cashAmount": "amount"}

    advertiser_id: Id
    type: choice("RECHARGE", "REFUND", DEDUCT="REFUND")  # type: ignore[valid-type]
    amount: Money
    kind: choice(*FundsKind) = "cash"  # type: ignore[valid-type]


def shape(transaction_id: str, given: TransferFunds) -> dict[str, Any]:
    """Write a transaction in the words of the contract with the gateway."""
    return {"id": transaction_id, "type": given.type, "amount": f"{given.amount:f}"}


def given_out(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows as they are given out: amounts are numbers there, and text in the database."""
    return [{**row, "amount": Decimal(row["amount"])} for row in rows]
