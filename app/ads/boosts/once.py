"""One thing that TikTok makes for a boost: asked for once, noted before and after, and found again by its name."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col

from app.ads.boosts.lease import change_in, is_ours
from app.ads.boosts.work import Ended, Later, Work
from app.ads.connections.reach import Reach
from app.ads.desk.errors import AskedTooOften, ConflictAtTikTok, OutcomeUnknown, TikTokAway
from app.ads.leases import LeaseLost
from app.ads.models import Boost, BoostStep, StepState
from app.ads.values import plain_text
from app.errors import AppError
from app.kit.clock import utcnow
from app.kit.failpoints import reach as mark_failpoint
from app.messages import ads_boosts

log = structlog.get_logger(__name__)

SETTLED_AFTER = timedelta(seconds=20)
"""So long after an ad was asked for TikTok surely shows it, if it was made. No call of ours is under way by then:
whoever made one is dead, or has its answer."""
MOST_LOOKS = 30
_LONGEST_TITLE = 80


def name_of(boost: Boost) -> str:
    """What all three objects are called: nobody else's are, so that each is found again by its name."""
    return f"{plain_text(boost.title, _LONGEST_TITLE)} [Newsreel boost {boost.id}]"


async def once(
    work: Work, step: BoostStep, find: Callable[[], Awaitable[str | None]], send: Callable[[Reach], Awaitable[str]]
) -> str:
    """Have TikTok make one thing, once, and give its id. Raises Later, Ended, LeaseLost, BusinessError."""
    if step.tries:
        if found := await find():
            log.info("boost_found_again", boost_id=work.boost.id, step=step.name.value, id=found)
            return found
        if step.request_id is None and not _is_settled(step.sent_at):
            raise Later(2.0)
        if step.tries >= MOST_LOOKS:
            raise Ended("made_and_lost", ads_boosts.LOST)
    mark_failpoint(f"boost.{step.name}.asking")
    await note_sent(work, step)
    mark_failpoint(f"boost.{step.name}.sent")
    payload = {"name": name_of(work.boost), "boost_id": work.boost.id}
    try:
        made = await work.desk.write(f"ads.boost.{step.name}", work.boost.advertiser_id, payload, send)
    except (OutcomeUnknown, ConflictAtTikTok):
        # Perhaps made, or made by an earlier try: it is looked for next.
        raise Later from None
    except (AskedTooOften, TikTokAway) as error:
        await _set_step(work, step, sent_at=None)
        raise Later(getattr(error, "retry_after", None), why=error.message) from None
    except AppError as error:
        await _set_step(work, step, sent_at=None)
        step_name = ads_boosts.STEPS[step.name]
        raise Ended(error.code[:64], ads_boosts.boost_step_refused(step_name, error.message)) from None
    mark_failpoint(f"boost.{step.name}.answered")
    if not made:
        # A success that names nothing: it is looked for.
        raise Later
    return made


def _is_settled(sent_at: datetime | None) -> bool:
    return sent_at is None or utcnow() - sent_at >= SETTLED_AFTER


async def note_sent(work: Work, step: BoostStep) -> None:
    """Put on disk that TikTok is being asked, in the same moment in which the boost is surely ours."""
    async with work.app.transaction() as session:
        noted = await session.exec(
            update_of(step)
            .where(sa.exists().where(*is_ours(work.boost)))
            .values(state=StepState.sending, sent_at=utcnow(), tries=step.tries + 1)
        )
        if noted.rowcount != 1:
            raise LeaseLost
    step.tries += 1


async def note_done(work: Work, step: BoostStep, result_id: str, **values: Any) -> None:
    """Put on disk what TikTok has made: the step and the boost that goes on with it together."""
    async with work.app.transaction() as session:
        await session.exec(update_of(step).values(state=StepState.done, result_id=result_id[:64], finished_at=utcnow()))
        await change_in(session, work.boost, checks=0, trouble=None, **values)
    mark_failpoint(f"boost.{step.name}.done")


async def _set_step(work: Work, step: BoostStep, **values: Any) -> None:
    async with work.app.transaction() as session:
        await session.exec(update_of(step).values(**values))


def update_of(step: BoostStep) -> sa.Update:
    """Begin a write of one step's row."""
    return sa.update(BoostStep).where(
        col(BoostStep.boost_id) == step.boost_id, col(BoostStep.position) == step.position
    )
