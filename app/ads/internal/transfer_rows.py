"""The rows of transfers: each is on disk before its call leaves, and says whether it has left."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from app.ads.internal.operations import Run
from app.ads.internal.transfer_payload import TransferFunds
from app.ads.leases import LeaseLost
from app.ads.models import MoneyState, MoneyTransfer
from app.kit.clock import utcnow
from app.resources import Resources

CLOCKS_APART = timedelta(seconds=60)
"""So far TikTok's clock and ours may differ."""


async def write_down(run: Run, given: TransferFunds) -> MoneyTransfer:
    """Store a transfer before anything is sent for it."""
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


async def note_leaving(app: Resources, row_id: str) -> None:
    """Note that its call has its turn. Raises LeaseLost where it was given up meanwhile: then it must not be sent."""
    values = {"has_left": True, "sent_at": utcnow()}
    if not await _change_open(app, row_id, values):
        raise LeaseLost


async def give_up(app: Resources, row_id: str) -> bool:
    """Note that a transfer whose call had no turn is not done; false where it has had it just now."""
    values = {"state": MoneyState.not_done, "settled_at": utcnow()}
    return await _change_open(app, row_id, values, col(MoneyTransfer.has_left).is_(False))


async def _change_open(app: Resources, row_id: str, values: Mapping[str, Any], *more: sa.ColumnElement[bool]) -> bool:
    """Change a transfer that is not settled. Whoever comes first wins: who was paused may still be at it."""
    is_open = (col(MoneyTransfer.id) == row_id, col(MoneyTransfer.state) == MoneyState.sending)
    async with app.transaction() as session:
        changed = await session.exec(sa.update(MoneyTransfer).where(*is_open, *more).values(**values))
    return changed.rowcount == 1


async def note(app: Resources, row_id: str, state: MoneyState, transactions: Sequence[Mapping[str, Any]]) -> None:
    """Store how a transfer ended, and the transactions that TikTok made of it."""
    async with app.transaction() as session:
        await session.exec(
            sa.update(MoneyTransfer)
            .where(col(MoneyTransfer.id) == row_id)
            .values(state=state, transactions=[dict(one) for one in transactions], settled_at=utcnow())
        )


async def list_others(app: Resources, mine: MoneyTransfer) -> Sequence[MoneyTransfer]:
    """Our other transfers that are just like this one, around its time."""
    query = select(MoneyTransfer).where(
        MoneyTransfer.id != mine.id,
        MoneyTransfer.advertiser_id == mine.advertiser_id,
        MoneyTransfer.type == mine.type,
        MoneyTransfer.kind == mine.kind,
        MoneyTransfer.amount == mine.amount,
        MoneyTransfer.sent_at >= mine.sent_at - 2 * CLOCKS_APART,
        MoneyTransfer.state != MoneyState.not_done,
        col(MoneyTransfer.has_left),
    )
    async with app.read() as session:
        return (await session.exec(query)).all()
