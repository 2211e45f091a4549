"""A boost is asked for: what can be known is looked at, then its row is on disk, and a worker goes on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.access import mode_of
from app.ads.boosts.asking import LEAST_DAY, BoostInput
from app.ads.boosts.checks import Check, Verdict, check_balance, judge
from app.ads.boosts.codes import open_code, seal_code
from app.ads.boosts.errors import BoostExists, CannotBoost
from app.ads.boosts.facts import PostFacts, read_facts
from app.ads.boosts.lending import find_linked
from app.ads.boosts.places import place_of
from app.ads.connections.reach import Reach, reach_advertiser
from app.ads.connections.roles import Need
from app.ads.desk.errors import GuardBroken, InvalidInput
from app.ads.desk.inputs import least_budget
from app.ads.desk.writing import PATIENCE
from app.ads.guard_limits import read_guards
from app.ads.internal.keys import request_id_of
from app.ads.internal.spending import budget_limits, unconfirmed
from app.ads.models import Boost, BoostStep, StepName
from app.ads.money.service import find_balance
from app.ads.refusals import told_in_our_words
from app.ads.values import LONGEST_NAME, plain_text
from app.audit.record import record
from app.errors import AppError
from app.jobs import enqueue
from app.messages import ads_boosts
from app.resources import Resources
from app.tiktok_business.campaigns import BudgetMode

CARRY_OUT = "ads.boost"
"""The job that does what is due of a boost."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who boosts: `confirmed` lets exactly these values past a guard."""

    admin_id: str | None
    confirmed: Sequence[str] = field(default_factory=tuple)


async def make_boost(app: Resources, post_id: str, body: object, asker: Asker) -> Boost:
    """Begin a boost. Raises NotFound, InvalidInput, CannotBoost, BoostExists, GuardBroken, and what reaching raises."""
    asked = BoostInput.read(body)
    async with app.read() as session:
        facts = await read_facts(session, post_id)
    verdict = await judge(app, facts, asked.advertiser_id)
    _check(verdict)
    reach = await reach_advertiser(app, asked.advertiser_id or "", need=Need.write, patience=PATIENCE)
    if verdict.needs_code and asked.auth_code is None:
        await _need_link(app, reach, facts)
    if why := least_budget(asked.budget, LEAST_DAY, reach.currency):
        raise InvalidInput({"budget": why})
    boost = _fill(app, facts, asked, reach, asker)
    await _check_guards(app, asked, asker)
    await _check_balance(app, reach)
    takes_earlier = asked.auth_code is None and verdict.lends_by == "earlier"
    return await _store(app, boost, asked, takes_earlier=takes_earlier)


async def _need_link(app: Resources, reach: Reach, facts: PostFacts) -> None:
    """Look at TikTok for a link that lends the post without a code. Raises InvalidInput, CannotBoost, AppError."""
    async with told_in_our_words(app, reach):
        linked = await find_linked(reach, facts.item_id or "", facts.account.username)
    if linked is None:
        raise InvalidInput({"auth_code": ads_boosts.CODE_NEEDED})
    _check(await judge(app, facts, reach.advertiser_id, linked=linked))


def _check(verdict: Verdict) -> None:
    bad = [one for one in verdict.checks if one.is_good is False]
    if verdict.boost_id and len(bad) == 1:
        raise BoostExists(verdict.boost_id)
    if bad:
        raise CannotBoost(bad[0].why, show_checks(bad))


def show_checks(checks: Sequence[Check]) -> list[dict[str, Any]]:
    """The checks as the API shows them."""
    return [{"name": one.name, "ok": one.is_good, "why": one.why.said()} for one in checks]


async def _check_guards(app: Resources, asked: BoostInput, asker: Asker) -> None:
    guards = await read_guards(app, asked.advertiser_id or "")
    limits = [
        *budget_limits(guards, BudgetMode.DAY, asked.budget),
        *budget_limits(guards, BudgetMode.TOTAL, asked.total),
    ]
    if broken := unconfirmed(limits, asker.confirmed):
        raise GuardBroken(broken)


async def _check_balance(app: Resources, reach: Reach) -> None:
    """Ask TikTok what is left. Where it cannot tell, TikTok decides itself."""
    balance: Decimal | None = None
    try:
        async with told_in_our_words(app, reach):
            balance = (await find_balance(app, reach)).account_balance
    except AppError:
        balance = None
    check = check_balance(balance, reach.currency)
    if check.is_good is False:
        raise CannotBoost(check.why, show_checks([check]))


def _fill(app: Resources, facts: PostFacts, asked: BoostInput, reach: Reach, asker: Asker) -> Boost:
    link = asked.landing_page_url or (facts.article.url if (facts.article.url or "").startswith("http") else None)
    objective = asked.objective_type or ("TRAFFIC" if link else "VIDEO_VIEWS")
    faults: dict[str, str] = {}
    if objective == "TRAFFIC" and link is None:
        faults["landing_page_url"] = ads_boosts.LINK_NEEDED
    country = place_of(reach.advertiser.country) if reach.advertiser else None
    if not asked.location_ids and country is None:
        faults["location_ids"] = ads_boosts.NO_COUNTRY
    if faults:
        raise InvalidInput(faults)
    advertiser_id = asked.advertiser_id or ""
    return Boost(
        mode=mode_of(app),
        post_id=facts.post.id,
        article_id=facts.article.id,
        account_id=facts.account.id,
        advertiser_id=advertiser_id,
        admin_id=asker.admin_id,
        open_key=open_key_of(mode_of(app), advertiser_id, facts.post.id),
        title=plain_text(facts.title, LONGEST_NAME),
        item_id=facts.item_id or "",
        is_video=facts.is_video,
        currency=reach.currency,
        budget=f"{asked.budget:f}",
        days=asked.days or 1,
        objective_type=objective,
        call_to_action=asked.call_to_action or ("READ_MORE" if link else None),
        landing_page_url=link,
        location_ids=asked.location_ids or [country or ""],
        max_spend=None if asked.max_spend is None else f"{asked.max_spend:f}",
        max_hours=asked.max_hours,
        max_bad_comments=asked.max_bad_comments,
        bad_words=list(dict.fromkeys(asked.bad_words or [])),
    )


def open_key_of(mode: str, advertiser_id: str, post_id: str) -> str:
    """What only one boost of a post in an ad account may have at a time."""
    return f"{mode}:{advertiser_id}:{post_id}"


async def _store(app: Resources, boost: Boost, asked: BoostInput, *, takes_earlier: bool) -> Boost:
    try:
        async with app.transaction() as session:
            code = await _known_code(app, session, boost) if takes_earlier else asked.auth_code
            if code is not None:
                boost.code_encrypted = seal_code(app.keyring, boost.id, code)
            session.add(boost)
            await session.flush()
            session.add_all(_steps_of(boost))
            record(
                session, "boost.made", object_kind="boost", object_id=boost.id, object_name=boost.title,
                after={"post": boost.post_id, "ad account": boost.advertiser_id, "budget": boost.budget,
                       "days": boost.days, "currency": boost.currency},
            )  # fmt: skip
            enqueue(session, CARRY_OUT, boost.id, job_id=f"{CARRY_OUT}:{boost.id}")
    except IntegrityError:
        async with app.read() as session:
            query = select(Boost.id).where(Boost.open_key == boost.open_key)
            if (there := (await session.exec(query)).first()) is None:
                raise
        raise BoostExists(there) from None
    return boost


def _steps_of(boost: Boost) -> list[BoostStep]:
    with_id = {StepName.campaign, StepName.adgroup}
    return [
        BoostStep(
            boost_id=boost.id,
            position=position,
            name=name,
            request_id=request_id_of(f"boost:{boost.id}:{name}") if name in with_id else None,
        )
        for position, name in enumerate(StepName)
    ]


async def _known_code(app: Resources, session: AsyncSession, boost: Boost) -> str | None:
    """Take the Spark code of an earlier boost of this post: it lends the post until it ends."""
    query = (
        select(Boost)
        .where(Boost.post_id == boost.post_id, Boost.mode == boost.mode, col(Boost.code_encrypted).is_not(None))
        .order_by(col(Boost.id).desc())
    )
    earlier = (await session.exec(query.limit(1))).first()
    return open_code(app.keyring, earlier) if earlier is not None else None
