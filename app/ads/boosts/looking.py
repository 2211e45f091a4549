"""A look at a boost that runs: its figures, and whether one of its rules, its article or its days stop it."""

from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.boosts import figures
from app.ads.boosts.counting import Counting
from app.ads.boosts.extending import ends_too_soon, extend
from app.ads.boosts.facts import PostFacts, read_facts, what_has_changed
from app.ads.boosts.figures import Paid
from app.ads.boosts.lease import change_in
from app.ads.boosts.making import CARRY_OUT
from app.ads.boosts.work import Ended, Work
from app.ads.models import Boost, BoostState
from app.errors import NotFound
from app.jobs import enqueue
from app.kit.clock import utcnow
from app.messages import ads_boosts
from app.messages.kinds import Amount
from app.messages.message import Message, keep_whole
from app.outbox.emit import emit
from app.outbox.models import EventType
from app.resources import Resources

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=1)


async def look(work: Work) -> None:
    """Look once. Raises BusinessError, LeaseLost."""
    app, boost = work.app, work.boost
    facts, bad_comments = await _read(app, boost)
    if (gone := _of_article(boost, facts)) is None:
        # An article that is withdrawn stops it also where TikTok tells no figures just now.
        paid = await figures.ask(work.reach.client, boost)
        gone = _of_rules(boost, paid, bad_comments, utcnow())
        told = {"figures": figures.keep_paid(paid), "figures_at": utcnow()}
    else:
        told = {}
    now = utcnow()
    ends_soon = gone is None and facts is not None and ends_too_soon(boost, now)
    lent_until = await extend(app, boost, facts) if ends_soon and facts is not None else None
    async with app.transaction() as session:
        told |= {"bad_comments": bad_comments, "checks": 0, "trouble": None}
        if gone is None:
            if ends_soon:
                await _tell_of_code(session, boost, lent_until)
            await change_in(session, boost, next_at=now + EVERY, **told)
            return
        await change_in(
            session, boost, state=BoostState.stopping, reason=gone.reason, detail=keep_whole(gone.detail),
            next_at=now, **told,
        )  # fmt: skip
        await tell(session, boost, gone.detail)
        enqueue(session, CARRY_OUT, boost.id, job_id=f"{CARRY_OUT}:{boost.id}")
    log.info("boost_stops", boost_id=boost.id, reason=gone.reason)


async def _read(app: Resources, boost: Boost) -> tuple[PostFacts | None, int | None]:
    counter = app.parts.of(Counting).counter
    async with app.read() as session:
        try:
            facts: PostFacts | None = await read_facts(session, boost.post_id)
        except NotFound:
            facts = None
        wanted = boost.max_bad_comments is not None and counter is not None
        return facts, await counter(session, boost) if wanted and counter else None


def _of_article(boost: Boost, facts: PostFacts | None) -> Ended | None:
    reason = what_has_changed(boost, facts)
    if reason is None:
        return None
    withdrawn = reason == "article_withdrawn"
    return Ended(reason, ads_boosts.STOPPED_WITHDRAWN if withdrawn else ads_boosts.STOPPED_GONE)


def _of_rules(boost: Boost, paid: Paid, bad_comments: int | None, now: datetime) -> Ended | None:
    """Tell which rule stops it: pure, of figures and the clock alone."""
    most = Decimal(boost.max_spend) if boost.max_spend else None
    if most is not None and paid.spend is not None and paid.spend >= most:
        spent = ads_boosts.boost_stopped_spend(Amount(f"{paid.spend:f}"), boost.currency, Amount(f"{most:f}"))
        return Ended("max_spend", spent)
    started = boost.started_at
    if boost.max_hours is not None and started is not None and now >= started + timedelta(hours=boost.max_hours):
        return Ended("max_hours", ads_boosts.boost_stopped_hours(boost.max_hours))
    if boost.max_bad_comments is not None and bad_comments is not None and bad_comments >= boost.max_bad_comments:
        return Ended("bad_comments", ads_boosts.boost_stopped_comments(bad_comments, boost.max_bad_comments))
    if boost.ends_at is not None and now >= boost.ends_at:
        return Ended("days_over", ads_boosts.DAYS_OVER)
    return None


async def _tell_of_code(session: AsyncSession, boost: Boost, lent_until: datetime | None) -> None:
    """Tell that the Spark code was extended; or, once, that it ends before the boost does."""
    if lent_until is not None:
        await change_in(session, boost, code_ends_at=lent_until)
        await tell(session, boost, ads_boosts.boost_code_extended(lent_until))
    elif boost.code_ends_at is not None:
        await change_in(session, boost, is_code_end_told=True)
        await tell(session, boost, ads_boosts.boost_code_ends(boost.code_ends_at))


async def tell(session: AsyncSession, boost: Boost, why: Message) -> None:
    """Tell the newsroom, in the transaction that makes it so."""
    data = {
        "boost_id": boost.id,
        "post_id": boost.post_id,
        "advertiser_id": boost.advertiser_id,
        "title": boost.title,
        "state": boost.state.value,
        "reason": boost.reason,
        "why": keep_whole(why),
    }
    await emit(session, EventType.ads_boost, subject=f"boost:{boost.id}", data=data)
