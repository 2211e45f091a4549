"""The operation TransferFunds: each transfer is on disk before it is sent, and one whose answer was lost is looked up.

TikTok has no key against doubles here, so nothing is ever sent again: a lost transfer is found among the advertiser's
transactions, by advertiser, kind, direction, amount and time, or its outcome stays unknown.
"""

from collections.abc import Sequence
from decimal import Decimal

from sqlmodel import select

from app.ads.guard_limits import read_guards
from app.ads.internal.answers import Done
from app.ads.internal.gaps import find_gap
from app.ads.internal.operations import Limit, Operation, Run
from app.ads.internal.spending import transfer_limits
from app.ads.internal.transfer_matching import id_of, list_candidates, moment_of
from app.ads.internal.transfer_payload import TransferFunds, given_out, shape
from app.ads.internal.transfer_rows import note, note_leaving, write_down
from app.ads.internal.transfer_settling import settle
from app.ads.models import MoneyState, MoneyTransfer
from app.kit.clock import rfc3339
from app.kit.failpoints import reach
from app.tiktok_business.centers import FundsKind, TransferType
from app.tiktok_business.errors import BusinessError, Outcome
from app.tiktok_business.limiter import Announced


async def _transfer(run: Run, given: TransferFunds) -> Done:
    row = await write_down(run, given)
    reach("internal.money_written")
    kind, funds = TransferType(given.type), FundsKind(given.kind)

    async def announce() -> None:
        await note_leaving(run.app, row.id)
        reach("internal.money_leaves")

    # Its turn may be seconds away. Whoever dies before it has surely sent nothing.
    client = run.client.derive(limiter=Announced(run.client.limiter, announce))
    try:
        done = await client.centers.transfer(run.center, given.advertiser_id, kind, given.amount, funds=funds)
    except BusinessError as error:
        state = MoneyState.unknown if error.outcome is Outcome.unknown else MoneyState.not_done
        await note(run.app, row.id, state, [])
        raise
    reach("internal.money_answered")
    told = [shape(one.transaction_id, given) for one in done.transaction_infos]
    await note(run.app, row.id, MoneyState.done, told)
    return Done({"transactions": given_out(told)}, done.request_id)


async def _guard(run: Run, given: TransferFunds) -> Sequence[Limit]:
    limits = transfer_limits(await read_guards(run.app, given.advertiser_id), Decimal(given.amount))
    return [*limits, *await _made_in_a_gap(run, given)]


async def _made_in_a_gap(run: Run, given: TransferFunds) -> Sequence[Limit]:
    """Guard against a key that a restored backup has forgotten: a transfer just like this one may have been its."""
    gap = await find_gap(run.app)
    if gap is None:
        return ()
    found = [one for one in await list_candidates(run, given, run.center, gap.since) if moment_of(one) <= gap.until]
    async with run.app.read() as session:
        query = select(MoneyTransfer).where(MoneyTransfer.advertiser_id == given.advertiser_id)
        ours = {one["id"] for row in (await session.exec(query)).all() for one in row.transactions}
    unknown = [one for one in found if id_of(one) not in ours]
    if not unknown:
        return ()
    why = (
        f"RESTORED_BACKUP: a backup of {rfc3339(gap.since)} was brought back, and TikTok has {len(unknown)} transfers"
        " just like this one from the time that it does not know: this may be one of them, sent again."
    )
    return [Limit("RESTORED_BACKUP", Decimal(given.amount), Decimal(0), "amount", "a transfer", why)]


OPERATIONS = (
    Operation(
        "TransferFunds", "Move money to an advertiser or back.", TransferFunds, _transfer, "POST bc/transfer/",
        writes=True, guard=_guard, settle=settle,
    ),
)  # fmt: skip
