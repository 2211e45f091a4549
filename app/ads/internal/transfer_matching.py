"""Which of TikTok's transactions could be a transfer of ours: by advertiser, kind, direction, amount and time."""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from app.ads.internal.operations import Run
from app.ads.internal.transfer_payload import TransferFunds
from app.ads.models import MoneyTransfer, WriteGap
from app.kit import exact_json
from app.kit.clock import utcnow
from app.tiktok_business.centers import Transaction
from app.tiktok_business.errors import BusinessRefused
from app.tiktok_business.family import every

_ANSWERED_WITHIN = timedelta(minutes=2)
"""A call ends within a minute, and clocks differ by as much."""
_ZONE = re.compile(r"UTC([+-])(\d{1,2}):(\d{2})")
# The list has several words for one thing; whatever is none of these is no transfer.
_IN, _OUT = {"RECHARGE", "ADD_BALANCE", "INCREASE_BALANCE"}, {"REFUND", "DEDUCT", "DECREASE_BALANCE"}
_NO_TRANSFER = ("COST", "TAX", "PAYMENT", "BILL", "PROMOTION", "CARD", "ORDER")


async def list_candidates(run: Run, given: TransferFunds, center: str, since: datetime) -> list[Transaction]:
    """List transactions that could be this one: with ids, where TikTok's list of them has any, else without."""
    since = since.replace(microsecond=0)
    centers = run.client.centers
    # The list's times are of the account's zone, wherever that is: a day more, and each row is looked at in UTC.
    start = f"{since - timedelta(days=1):%Y-%m-%d %H:%M:%S}"
    with_ids = every(
        centers.list_account_transactions, center, filtering={"account_ids": [given.advertiser_id], "start_time": start}
    )
    try:
        found = [row async for row in with_ids if _fits(row, given, since)]
    except BusinessRefused:
        found = []
    if found:
        return found
    days = {
        "start_date": f"{since - timedelta(days=1):%Y-%m-%d}",
        "end_date": f"{utcnow() + timedelta(days=1):%Y-%m-%d}",
    }
    rows = every(centers.list_advertiser_transactions, center, filtering=days)
    return [row async for row in rows if _fits(row, given, since)]


def _fits(row: Transaction, given: TransferFunds, since: datetime) -> bool:
    amounts = {abs(amount) for amount in (row.amount, row.subtotal) if amount is not None}
    if row.advertiser_id != given.advertiser_id or given.amount not in amounts:
        return False
    word = f"{row.type} {row.raw.get('transaction_type', '')}".upper()
    if any(part in word for part in _NO_TRANSFER):
        return False
    funds = row.funds.upper().rpartition("_")[2]
    if funds and funds != given.kind.upper() and not (funds == "CREDIT" and given.kind == "grant"):
        return False
    at = _moment(row)
    return at is not None and at >= since and _direction(row) in {None, given.type}


def _direction(row: Transaction) -> str | None:
    """RECHARGE, REFUND, or None where the row does not say."""
    words = {row.type.upper(), str(row.raw.get("transaction_type", "")).upper(), row.amount_type.upper()}
    if words & _OUT or "NEGATIVE" in words or (row.amount is not None and row.amount < 0):
        return "REFUND"
    return "RECHARGE" if words & _IN or "POSITIVE" in words else None


def _moment(row: Transaction) -> datetime | None:
    """When it was, in UTC; the one list says so in UTC, the other in a zone that stands in the row."""
    try:
        at = datetime.strptime(row.time, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    zone = _ZONE.fullmatch(row.timezone)
    if zone is None or "create_time" not in row.raw:
        return at
    ahead = timedelta(hours=int(zone[2]), minutes=int(zone[3]))
    return at - ahead if zone[1] == "+" else at + ahead


def is_seen(other: MoneyTransfer, candidates: Sequence[Transaction]) -> bool:
    """Whether another transfer is known by id among the candidates, or was sent too long ago to be one of them."""
    ids = {id_of(one) for one in candidates}
    return any(one["id"] in ids for one in other.transactions)


def id_of(row: Transaction) -> str:
    """TikTok's id of a row; where it has none, one made of all that the row says."""
    return row.transaction_id or "row-" + hashlib.sha256(exact_json.write(row.raw)).hexdigest()[:32]


def is_anothers(row: Transaction, mine: MoneyTransfer, gap: WriteGap | None) -> bool:
    """Whether it may be of a transfer that a restored backup has forgotten: from the gap, and long after this one."""
    if gap is None or mine.sent_at > gap.until:
        return False
    return moment_of(row) > max(gap.since, mine.sent_at + _ANSWERED_WITHIN)


def moment_of(row: Transaction) -> datetime:
    """When it was; one that does not say may have been at any time."""
    return _moment(row) or datetime.min.replace(tzinfo=UTC)
