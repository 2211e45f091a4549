"""What is due of a boost: made step by step, switched on or off as a person wants, looked at while it runs.

Each step's row says on disk that TikTok was asked before it is. After a death, or where the answer was lost, what was
asked for is looked for by its name, which is nobody else's. Where it is not there, a campaign or an ad group is asked
for again under the same `request_id`, of which TikTok makes one; an ad, for which TikTok has no such thing, only once
TikTok has had time to show it. All of it is switched off until a person starts it, and that starts one ad alone.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from app.ads.access import mode_of
from app.ads.boosts import looking, steps, switching
from app.ads.boosts.lease import change, hold, take
from app.ads.boosts.work import Ended, Later, Work
from app.ads.connections.reach import note_refused, reach_advertiser
from app.ads.desk.errors import OutcomeUnknown
from app.ads.leases import LeaseLost
from app.ads.models import Boost, BoostState
from app.ads.refusals import as_refusal
from app.errors import AppError, TooManyRequests, TransientError, VendorError
from app.kit.clock import utcnow
from app.kit.failpoints import reach as mark_failpoint
from app.messages import ads_boosts
from app.messages.message import keep_whole
from app.resources import Resources
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError
from app.tiktok_business.limiter import Priority
from app.tiktok_business.sending import Patience

log = structlog.get_logger(__name__)

_MADE_WITHIN = timedelta(hours=24)
PAUSES: Sequence[float] = (1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0, 60.0)
"""Between two looks at what is not done yet, in seconds; the last one from then on."""
_WAITED_FOR_HERE = 3.0
# What is being made or started may be refused for good. What spends is stopped and looked at whatever it takes.
_MAY_END = (BoostState.preparing, BoostState.starting)
_TURN = Patience(Priority.interactive, "boost", deadline=60.0)
_LOOKING = Patience(Priority.sweep, "boost", turn=45.0)


async def carry_out(app: Resources, boost_id: str) -> None:
    """Do what can be done now of a boost. One worker at a time; safe to run twice, and to die at any point of."""
    boost = await take(app, boost_id)
    if boost is None:
        return
    mark_failpoint("boost.taken")
    try:
        async with hold(app, boost):
            await _until_it_has_to_wait(app, boost)
    except LeaseLost:
        log.info("boost_lease_lost", boost_id=boost_id)


async def _until_it_has_to_wait(app: Resources, boost: Boost) -> None:
    while True:
        try:
            await _go_on(app, boost)
        except Later as later:
            if boost.state is BoostState.preparing and utcnow() - boost.created_at > _MADE_WITHIN:
                await _fail(app, boost, Ended("too_long_at_tiktok", ads_boosts.TOO_LONG))
                return
            pause = PAUSES[min(boost.checks, len(PAUSES) - 1)] if later.seconds is None else later.seconds
            checks = boost.checks + 1
            if pause <= _WAITED_FOR_HERE:
                await change(app, boost, checks=checks, trouble=later.kept)
                await asyncio.sleep(pause)
                continue
            await change(app, boost, checks=checks, trouble=later.kept, next_at=utcnow() + timedelta(seconds=pause))
        except Ended as ended:
            await _fail(app, boost, ended)
        return


async def _go_on(app: Resources, boost: Boost) -> None:
    """Raises Later, Ended, LeaseLost."""
    if boost.mode != mode_of(app):
        raise Ended("other_mode", ads_boosts.OTHER_MODE)
    patience = _LOOKING if boost.state is BoostState.running else _TURN
    try:
        reached = await reach_advertiser(app, boost.advertiser_id, patience=patience)
    except VendorError as error:
        raise Later(why=error.message) from None
    except AppError as error:
        if boost.state in _MAY_END:
            raise Ended(error.code[:64], error.message) from None
        # What runs has to be stopped one day: whoever reconnects gets it done.
        raise Later(60.0, why=error.message) from None
    work = Work(app, boost, reached)
    do = {
        BoostState.preparing: steps.prepare,
        BoostState.starting: switching.switch_on,
        BoostState.stopping: switching.switch_off,
        BoostState.running: looking.look,
    }[boost.state]
    try:
        await do(work)
    except BusinessError as error:
        await note_refused(app, reached, error)
        raise _meaning_of(boost, error) from None
    except (Later, Ended, LeaseLost):
        raise
    except AppError as error:
        if boost.state in _MAY_END and not isinstance(error, (TransientError, TooManyRequests, OutcomeUnknown)):
            raise Ended(error.code[:64], error.message) from None
        raise Later(60.0 if boost.state is BoostState.running else None, why=error.message) from None


def _meaning_of(boost: Boost, error: BusinessError) -> Exception:
    told = as_refusal(error).message
    may_pass = error.meaning.is_retryable or error.meaning.kind in {Kind.throttled, Kind.pending, Kind.provider}
    if may_pass or boost.state not in _MAY_END:
        return Later(error.retry_after, why=told)
    return Ended("refused_by_tiktok", told)


async def _fail(app: Resources, boost: Boost, ended: Ended) -> None:
    await steps.mark_failed(app, boost)
    if boost.state is BoostState.preparing:
        await change(
            app, boost, state=BoostState.failed, reason=ended.reason, detail=keep_whole(ended.detail), open_key=None,
            trouble=None,
        )  # fmt: skip
        log.warning("boost_failed", boost_id=boost.id, reason=ended.reason)
        return
    await change(
        app, boost, state=BoostState.stopped, reason=ended.reason, detail=keep_whole(ended.detail), open_key=None,
        trouble=None,
    )  # fmt: skip
    log.warning("boost_not_started", boost_id=boost.id, reason=ended.reason)
