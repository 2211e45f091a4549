"""What became of a transfer whose answer was lost: it is looked for, and never sent again on a guess."""

from sqlmodel import select

from app.ads.internal.answers import LOOK_HELP, Code, Done, Failure, Refused
from app.ads.internal.gaps import find_gap
from app.ads.internal.operations import NeverSent, Run
from app.ads.internal.transfer_matching import id_of, is_anothers, is_seen, list_candidates
from app.ads.internal.transfer_payload import TransferFunds, given_out, shape
from app.ads.internal.transfer_rows import CLOCKS_APART, give_up, list_others, note
from app.ads.models import MoneyState, MoneyTransfer
from app.tiktok_business.errors import Outcome


async def settle(run: Run, given: TransferFunds) -> Done:
    """Find a transfer whose answer was lost. Raises Refused where several or none could be it."""
    async with run.app.read() as session:
        mine = (await session.exec(select(MoneyTransfer).where(MoneyTransfer.idempotency_key == run.key))).first()
    if mine is None:
        # The row is written before anything is sent: without it nothing was.
        raise NeverSent
    if mine.state is MoneyState.done:
        return Done({"transactions": given_out(mine.transactions)})
    if mine.state is MoneyState.not_done:
        raise NeverSent
    if not mine.has_left:
        if await give_up(run.app, mine.id):
            raise NeverSent
        # Whoever had it was not dead, and sends it now.
        raise Refused(_unknown(0, 0))
    candidates = await list_candidates(run, given, mine.business_center_id, mine.sent_at - CLOCKS_APART)
    others = await list_others(run.app, mine)
    taken = {one["id"] for other in others for one in other.transactions}
    gap = await find_gap(run.app)
    left = [one for one in candidates if id_of(one) not in taken and not is_anothers(one, mine, gap)]
    # Rows without ids cannot be told from those of other transfers that are just like this one.
    rivals = sum(1 for other in others if other.state is not MoneyState.not_done and not is_seen(other, candidates))
    if len(left) != 1 or rivals:
        raise Refused(_unknown(len(left), rivals))
    found = [shape(id_of(left[0]), given)]
    await note(run.app, mine.id, MoneyState.done, found)
    return Done({"transactions": given_out(found)})


def _unknown(found: int, rivals: int) -> Failure:
    what = "None of the advertiser's transactions is surely this one: they may appear later."
    if found > 1 or rivals:
        what = f"{max(found, rivals + 1)} transactions could be this one, so none can be called so."
    return Failure(Code.OUTCOME_UNKNOWN, what, LOOK_HELP, retryable=True, retry_after=15, outcome=Outcome.unknown)
