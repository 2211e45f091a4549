"""Boosts that are there: listed, looked at, started and stopped by a person, and woken when they are due."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.access import mode_of
from app.ads.boosts.errors import BoostExists, BoostNotFound
from app.ads.boosts.figures import Organic, Paid, read_paid
from app.ads.boosts.lease import UNDER_WAY
from app.ads.boosts.making import CARRY_OUT, open_key_of
from app.ads.models import Boost, BoostState, BoostStep
from app.audit.record import acting, record
from app.jobs import enqueue
from app.kit.clock import utcnow
from app.kit.paging import Page, paginate
from app.kit.rows import find_row
from app.messages import ads_boosts
from app.messages.message import keep_whole
from app.posts.models import Post
from app.resources import Resources

_BATCH = 100
CAN_START = (BoostState.ready, BoostState.stopped)
CAN_STOP = (BoostState.preparing, BoostState.ready, BoostState.starting, BoostState.running)


@dataclass(frozen=True, slots=True)
class Shown:
    """A boost with its steps and both kinds of figures."""

    boost: Boost
    steps: Sequence[BoostStep]
    paid: Paid
    organic: Organic


async def get_boost(session: AsyncSession, app: Resources, boost_id: str) -> Boost:
    """Raises BoostNotFound."""
    found = await find_row(session, Boost, boost_id)
    if found is None or found.mode != mode_of(app):
        raise BoostNotFound
    return found


async def show_boost(app: Resources, boost_id: str) -> Shown:
    """Raises BoostNotFound."""
    async with app.read() as session:
        boost = await get_boost(session, app, boost_id)
        return (await _show(session, [boost]))[0]


async def list_boosts(
    app: Resources, *, post_id: str | None = None, advertiser_id: str | None = None, limit: int = 50,
    cursor: str | None = None,
) -> Page[Shown]:  # fmt: skip
    """List boosts, the newest first."""
    query = select(Boost).where(Boost.mode == mode_of(app))
    if post_id:
        query = query.where(Boost.post_id == post_id)
    if advertiser_id:
        query = query.where(Boost.advertiser_id == advertiser_id)
    async with app.read() as session:
        page = await paginate(session, query, Boost.id, limit=limit, cursor=cursor)
        return Page(await _show(session, page.items), page.next_cursor)


async def _show(session: AsyncSession, boosts: Sequence[Boost]) -> list[Shown]:
    ids, post_ids = [one.id for one in boosts], {one.post_id for one in boosts}
    ordered = select(BoostStep).where(col(BoostStep.boost_id).in_(ids)).order_by(col(BoostStep.position))
    steps = (await session.exec(ordered)).all()
    posts = {one.id: one for one in (await session.exec(select(Post).where(col(Post.id).in_(post_ids)))).all()}
    return [
        Shown(
            one,
            [step for step in steps if step.boost_id == one.id],
            read_paid(one.figures),
            Organic.of(posts.get(one.post_id)),
        )
        for one in boosts
    ]


async def start_boost(app: Resources, boost_id: str) -> Shown:
    """Let it spend; one that runs or starts already is left as it is. Raises BoostNotFound, BoostExists.

    It is told to TikTok at once where that can be, else by a worker. One that failed or whose days are over stays so.
    """
    async with app.read() as session:
        boost = await get_boost(session, app, boost_id)
    key = open_key_of(boost.mode, boost.advertiser_id, boost.post_id)
    # One that was stopped before it was made is made first, and started by another click.
    to = BoostState.starting if boost.ad_id else BoostState.preparing
    values = {"state": to, "open_key": key, "reason": None, "detail": None}
    try:
        await _decide(app, boost, CAN_START, values, "boost.started")
    except IntegrityError:
        async with app.read() as session:
            there = (await session.exec(select(Boost.id).where(Boost.open_key == key))).first()
        if there is None:
            raise
        raise BoostExists(there) from None
    return await _go_on(app, boost_id)


async def stop_boost(app: Resources, boost_id: str) -> Shown:
    """Let it spend no more; one that stops, or does not spend anyway, is left as it is. Raises BoostNotFound."""
    async with app.read() as session:
        boost = await get_boost(session, app, boost_id)
    who = acting().name
    detail = keep_whole(ads_boosts.boost_stopped_by(who) if who else ads_boosts.STOPPED_BY_PERSON)
    values = {"state": BoostState.stopping, "reason": "stopped_by_person", "detail": detail}
    await _decide(app, boost, CAN_STOP, values, "boost.stopped")
    return await _go_on(app, boost_id)


async def _decide(
    app: Resources, boost: Boost, states: Sequence[BoostState], values: dict[str, Any], action: str
) -> None:
    """Write a person's decision down; of two who decide the same one is noted. Raises IntegrityError."""
    async with app.transaction() as session:
        changed = await session.exec(
            sa.update(Boost)
            .where(col(Boost.id) == boost.id, col(Boost.state).in_(states))
            .values(next_at=utcnow(), checks=0, trouble=None, updated_at=utcnow(), **values)
        )
        if changed.rowcount != 1:
            return
        record(
            session, action, object_kind="boost", object_id=boost.id, object_name=boost.title,
            before={"state": boost.state.value}, after={"state": values["state"].value},
        )  # fmt: skip
        enqueue(session, CARRY_OUT, boost.id, job_id=f"{CARRY_OUT}:{boost.id}")


async def _go_on(app: Resources, boost_id: str) -> Shown:
    """Tell TikTok now, if no worker has it in hand; then show it as it is."""
    from app.ads.boosts.carry_out import carry_out

    await carry_out(app, boost_id)
    return await show_boost(app, boost_id)


async def wake_due(app: Resources) -> None:
    """Wake a worker for each boost that is due, whose worker died, or of which Redis forgot."""
    now = utcnow()
    free = sa.or_(col(Boost.lease_until).is_(None), col(Boost.lease_until) < now)
    async with app.transaction() as session:
        query = (
            select(Boost.id)
            .where(Boost.mode == mode_of(app), col(Boost.state).in_(UNDER_WAY), col(Boost.next_at) <= now, free)
            .order_by(col(Boost.next_at))
            .limit(_BATCH)
        )
        for boost_id in (await session.exec(query)).all():
            enqueue(session, CARRY_OUT, boost_id, job_id=f"{CARRY_OUT}:{boost_id}")
