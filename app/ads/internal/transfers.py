"""The operation TransferFunds: each transfer is on disk before it is sent, and one whose answer was lost is looked up.

TikTok has no key against doubles here, so nothing is ever sent again: a lost transfer is found among the advertiser's
transactions, by advertiser, kind, direction, amount and time, or its outcome stays unknown.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import col, select

from app.ads.guard_limits import read_guards
from app.ads.internal.answers import LOOK_HELP, Code, Done, Failure, Refused
from app.ads.internal.gaps import find_gap
from app.ads.internal.operations import Limit, NeverSent, Operation, Run
from app.ads.internal.payloads import Payload
from app.ads.internal.spending import transfer_limits
from app.ads.leases import LeaseLost
from app.ads.models import MoneyState, MoneyTransfer, WriteGap
from app.ads.values import Id, Money, choice
from app.kit import exact_json
from app.kit.clock import rfc3339, utcnow
from app.kit.failpoints import reach
from app.resources import Resources
from app.tiktok_business.centers import FundsKind, Transaction, TransferType
from app.tiktok_business.errors import BusinessError, BusinessRefused, Outcome
from app.tiktok_business.family import every
from app.tiktok_business.limiter import Announced

_CLOCKS_APART = timedelta(seconds=60)
_ANSWERED_WITHIN = timedelta(minutes=2)
"""A call ends within a minute, and clocks differ by as much."""
_IN, _OUT = {"RECHARGE", "ADD_BALANCE", "INCREASE_BALANCE"}, {"REFUND", "DEDUCT", "DECREASE_BALANCE"}
# The list has several words for one thing; whatever is none of these is no transfer.
_ZONE = re.compile(r"UTC([+-])(\d{1,2}):(\d{2})")
_NO_TRANSFER = ("COST", "TAX", "PAYMENT", "BILL", "PROMOTION", "CARD", "ORDER")


class TransferFunds(Payload):
    """Money to an advertiser (RECHARGE) or back from it (DEDUCT)."""

    synonyms: ClassVar[Mapping[str, str]] = {"transferType": "type", "fundsType": "kind", "cashAmount": "amount"}

    advertiser_id: Id
    type: choice("RECHARGE", "REFUND", DEDUCT="REFUND")  # type: ignore[valid-type]
    amount: Money
    kind: choice(*FundsKind) = "cash"  # type: ignore[valid-type]


async def _transfer(run: Run, given: TransferFunds) -> Done:
    row = await _write_down(run, given)
    reach("internal.money_written")
    kind, funds = TransferType(given.type), FundsKind(given.kind)

    async def note_leaving() -> None:
        await _note_leaving(run.app, row.id)
        reach("internal.money_leaves")

    # Its turn may be seconds away. Whoever dies before it has surely sent nothing.
    client = run.client.derive(limiter=Announced(run.client.limiter, note_leaving))
    try:
        done = await client.centers.transfer(run.center, given.advertiser_id, kind, given.amount, funds=funds)
    except BusinessError as error:
        state = MoneyState.unknown if error.outcome is Outcome.unknown else MoneyState.not_done
        await _note(run.app, row.id, state, [])
        raise
    reach("internal.money_answered")
    told = [_shape(one.transaction_id, given) for one in done.transaction_infos]
    await _note(run.app, row.id, MoneyState.done, told)
    return Done({"transactions": _given(told)}, done.request_id)


async def _write_down(run: Run, given: TransferFunds) -> MoneyTransfer:
    row = MoneyTransfer(
        idempotency_key=run.key,
        advertiser_id=given.advertiser_id,
        business_center_id=run.center,
        type=given.type,
        kind=given.kind,
        amount=f"{given.amount:f}",
        has_left=False,
    )
    async with run.app.transaction() as session:
        if run.key is not None:
            # One that was refused before, and whose key was set free.
            await session.exec(
                sa.delete(MoneyTransfer).where(
                    col(MoneyTransfer.idempotency_key) == run.key, col(MoneyTransfer.state) == MoneyState.not_done
                )
            )
        session.add(row)
    return row


async def _note_leaving(app: Resources, row_id: str) -> None:
    """Note that its call has its turn. Raises LeaseLost where it was given up meanwhile: then it must not be sent."""
    values = {"has_left": True, "sent_at": utcnow()}
    if not await _change_open(app, row_id, values):
        raise LeaseLost


async def _give_up(app: Resources, row_id: str) -> bool:
    """Note that a transfer whose call had no turn is not done; false where it has had it just now."""
    values = {"state": MoneyState.not_done, "settled_at": utcnow()}
    return await _change_open(app, row_id, values, col(MoneyTransfer.has_left).is_(False))


async def _change_open(app: Resources, row_id: str, values: Mapping[str, Any], *more: sa.ColumnElement[bool]) -> bool:
    """Change a transfer that is not settled. Whoever comes first wins: who was paused may still be at it."""
    is_open = (col(MoneyTransfer.id) == row_id, col(MoneyTransfer.state) == MoneyState.sending)
    async with app.transaction() as session:
        changed = await session.exec(sa.update(MoneyTransfer).where(*is_open, *more).values(**values))
    return changed.rowcount == 1


async def _note(app: Resources, row_id: str, state: MoneyState, transactions: Sequence[Mapping[str, Any]]) -> None:
    async with app.transaction() as session:
        await session.exec(
            sa.update(MoneyTransfer)
            .where(col(MoneyTransfer.id) == row_id)
            .values(state=state, transactions=[dict(one) for one in transactions], settled_at=utcnow())
        )


async def _settle(run: Run, given: TransferFunds) -> Done:
    """Find a transfer whose answer was lost. Raises Refused where several or none could be it."""
    async with run.app.read() as session:
        mine = (await session.exec(select(MoneyTransfer).where(MoneyTransfer.idempotency_key == run.key))).first()
    if mine is None:
        # The row is written before anything is sent: without it nothing was.
        raise NeverSent
    if mine.state is MoneyState.done:
        return Done({"transactions": _given(mine.transactions)})
    if mine.state is MoneyState.not_done:
        raise NeverSent
    if not mine.has_left:
        if await _give_up(run.app, mine.id):
            raise NeverSent
        # Whoever had it was not dead, and sends it now.
        raise Refused(_unknown(0, 0))
    candidates = await _candidates(run, given, mine.business_center_id, mine.sent_at - _CLOCKS_APART)
    others = await _others(run.app, mine)
    taken = {one["id"] for other in others for one in other.transactions}
    gap = await find_gap(run.app)
    left = [one for one in candidates if _id_of(one) not in taken and not _is_anothers(one, mine, gap)]
    # Rows without ids cannot be told from those of other transfers that are just like this one.
    rivals = sum(1 for other in others if other.state is not MoneyState.not_done and not _is_seen(other, candidates))
    if len(left) != 1 or rivals:
        raise Refused(_unknown(len(left), rivals))
    found = [_shape(_id_of(left[0]), given)]
    await _note(run.app, mine.id, MoneyState.done, found)
    return Done({"transactions": _given(found)})


async def _candidates(run: Run, given: TransferFunds, center: str, since: datetime) -> list[Transaction]:
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


async def _others(app: Resources, mine: MoneyTransfer) -> Sequence[MoneyTransfer]:
    """Our other transfers that are just like this one, around its time."""
    query = select(MoneyTransfer).where(
        MoneyTransfer.id != mine.id,
        MoneyTransfer.advertiser_id == mine.advertiser_id,
        MoneyTransfer.type == mine.type,
        MoneyTransfer.kind == mine.kind,
        MoneyTransfer.amount == mine.amount,
        MoneyTransfer.sent_at >= mine.sent_at - 2 * _CLOCKS_APART,
        MoneyTransfer.state != MoneyState.not_done,
        col(MoneyTransfer.has_left),
    )
    async with app.read() as session:
        return (await session.exec(query)).all()


def _is_seen(other: MoneyTransfer, candidates: Sequence[Transaction]) -> bool:
    """Whether another transfer is known by id among the candidates, or was sent too long ago to be one of them."""
    ids = {_id_of(one) for one in candidates}
    return any(one["id"] in ids for one in other.transactions)


def _id_of(row: Transaction) -> str:
    """TikTok's id of a row; where it has none, one made of all that the row says."""
    return row.transaction_id or "row-" + hashlib.sha256(exact_json.write(row.raw)).hexdigest()[:32]


def _shape(transaction_id: str, given: TransferFunds) -> dict[str, Any]:
    return {"id": transaction_id, "type": given.type, "amount": f"{given.amount:f}"}


def _given(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows as they are given out: amounts are numbers there, and text in the database."""
    return [{**row, "amount": Decimal(row["amount"])} for row in rows]


def _unknown(found: int, rivals: int) -> Failure:
    what = "None of the advertiser's transactions is surely this one: they may appear later."
    if found > 1 or rivals:
        what = f"{max(found, rivals + 1)} transactions could be this one, so none can be called so."
    return Failure(Code.OUTCOME_UNKNOWN, what, LOOK_HELP, retryable=True, retry_after=15, outcome=Outcome.unknown)


async def _guard(run: Run, given: TransferFunds) -> Sequence[Limit]:
    limits = transfer_limits(await read_guards(run.app, given.advertiser_id), Decimal(given.amount))
    return [*limits, *await _made_in_a_gap(run, given)]


async def _made_in_a_gap(run: Run, given: TransferFunds) -> Sequence[Limit]:
    """Guard against a key that a restored backup has forgotten: a transfer just like this one may have been its."""
    gap = await find_gap(run.app)
    if gap is None:
        return ()
    found = [one for one in await _candidates(run, given, run.center, gap.since) if _moment_of(one) <= gap.until]
    async with run.app.read() as session:
        query = select(MoneyTransfer).where(MoneyTransfer.advertiser_id == given.advertiser_id)
        ours = {one["id"] for row in (await session.exec(query)).all() for one in row.transactions}
    unknown = [one for one in found if _id_of(one) not in ours]
    if not unknown:
        return ()
    why = (
        f"RESTORED_BACKUP: a backup of {rfc3339(gap.since)} was brought back, and TikTok has {len(unknown)} transfers"
        " just like this one from the time that it does not know: this may be one of them, sent again."
    )
    return [Limit("RESTORED_BACKUP", Decimal(given.amount), Decimal(0), "amount", "a transfer", why)]


def _is_anothers(row: Transaction, mine: MoneyTransfer, gap: WriteGap | None) -> bool:
    """Whether it may be of a transfer that a restored backup has forgotten: from the gap, and long after this one."""
    if gap is None or mine.sent_at > gap.until:
        return False
    return _moment_of(row) > max(gap.since, mine.sent_at + _ANSWERED_WITHIN)


def _moment_of(row: Transaction) -> datetime:
    """When it was; one that does not say may have been at any time."""
    return _moment(row) or datetime.min.replace(tzinfo=UTC)


OPERATIONS = (
    Operation(
        "TransferFunds", "Move money to an advertiser or back.", TransferFunds, _transfer, "POST bc/transfer/",
        writes=True, guard=_guard, settle=_settle,
    ),
)  # fmt: skip
