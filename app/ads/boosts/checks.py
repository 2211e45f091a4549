"""Whether a post can be boosted, and every reason why not, before anything is sent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Literal

from sqlmodel import col, select

from app.ads.access import mode_of
from app.ads.boosts.asking import LEAST_DAY
from app.ads.boosts.facts import PostFacts
from app.ads.boosts.lending import Lender, lends_by_itself
from app.ads.connections.roles import Need, forbids
from app.ads.guard_limits import Guards, read_guards
from app.ads.models import Advertiser, AdvertiserGrant, Boost, BoostState
from app.kit.clock import utcnow
from app.messages import ads, ads_boosts
from app.messages.kinds import Amount, Quote
from app.messages.message import Message
from app.resources import Resources

POLITICAL = "political_account"
_OPEN = (BoostState.preparing, BoostState.ready, BoostState.starting, BoostState.running, BoostState.stopping)


@dataclass(frozen=True, slots=True)
class Check:
    """One question and its answer. `is_good` is None where it cannot be known before, or is only a hint."""

    name: str
    is_good: bool | None
    why: Message


@dataclass(frozen=True, slots=True)
class Verdict:
    """All answers for one post in one ad account. `boost_id` is the boost that is open there already.

    `lends_by`: who lends the post without a Spark code that somebody pastes. `account`: the account itself, which is
    connected here; `link`: its link to the ad account; `earlier`: an earlier boost's code. None where nobody is known.
    """

    checks: Sequence[Check]
    lends_by: Literal["account", "link", "earlier"] | None
    boost_id: str | None = None

    @property
    def needs_code(self) -> bool:
        return self.lends_by is None

    @property
    def can_boost(self) -> bool:
        return all(one.is_good is not False for one in self.checks)


@dataclass(frozen=True, slots=True)
class _Known:
    """What stands in the database of an ad account and of this post's boosts."""

    advertiser: Advertiser | None
    role: str | None
    is_connected: bool
    guards: Guards | None
    open_boost: str | None
    is_political: bool | None
    is_lent: bool


async def judge(
    app: Resources,
    facts: PostFacts,
    advertiser_id: str | None,
    *,
    linked: Lender | None = None,
    is_ahead: bool = False,
) -> Verdict:
    """Answer from what is known here, without asking TikTok; `linked` is what a look there has found.

    `is_ahead`: for a post that is not out yet, whether it could be boosted then.
    """
    known = await _read(app, facts, advertiser_id)
    if linked is not None:
        known = replace(known, is_political=linked.is_political)
    checks = [*(_of_post_ahead(facts) if is_ahead else _of_post(facts)), *_of_account(known), _of_politics(known)]
    lends_by: Literal["account", "link", "earlier"] | None = None
    if linked is not None:
        lends_by, code = "link", Check("code", True, ads_boosts.boost_linked(Quote(linked.name)))
    elif lends_by_itself(facts.account):
        lends_by, code = "account", Check("code", True, ads_boosts.LENDS_ITSELF)
    elif known.is_lent:
        lends_by, code = "earlier", Check("code", True, ads_boosts.HAS_CODE)
    else:
        code = Check("code", None, ads_boosts.NEEDS_CODE_AHEAD if is_ahead else ads_boosts.NEEDS_CODE)
    return Verdict([*checks, code], lends_by, boost_id=known.open_boost)


def _of_post(facts: PostFacts) -> Iterator[Check]:
    said = ads_boosts
    for name, is_good, good, bad in (
        ("published", facts.is_out, said.PUBLISHED, said.NOT_PUBLISHED),
        ("post_id", facts.item_id is not None, said.HAS_POST_ID, said.NO_POST_ID),
        ("public", facts.is_public, said.IS_PUBLIC, said.NOT_PUBLIC),
        ("article", not facts.is_withdrawn, said.NOT_WITHDRAWN, said.WITHDRAWN),
    ):
        yield Check(name, is_good, good if is_good else bad)


def _of_post_ahead(facts: PostFacts) -> Iterator[Check]:
    """Whoever sends it off still chooses who can see it."""
    yield Check("public", None, ads_boosts.PUBLIC_AHEAD)
    said = ads_boosts.WITHDRAWN if facts.is_withdrawn else ads_boosts.NOT_WITHDRAWN
    yield Check("article", not facts.is_withdrawn, said)


def _of_account(known: _Known) -> Iterator[Check]:
    account = known.advertiser
    if not known.is_connected or account is None:
        yield Check("advertiser", False, ads_boosts.NO_ACCOUNT)
        return
    if forbids(known.role, Need.write):
        yield Check("advertiser", False, ads.role_only_reads(role=known.role or ""))
    elif account.status and account.status != "STATUS_ENABLE":
        yield Check("advertiser", False, ads_boosts.ACCOUNT_NOT_ACTIVE)
    else:
        yield Check("advertiser", True, ads_boosts.boost_account_good(Quote(account.name)))
    yield check_balance(_decimal(account.balance), account.currency)
    if known.guards is not None:
        yield _check_guard(known.guards, account.currency)
    yield Check(
        "boosted",
        known.open_boost is None,
        ads_boosts.NOT_ALREADY if known.open_boost is None else ads_boosts.ALREADY,
    )


def check_balance(balance: Decimal | None, currency: str) -> Check:
    """Tell whether a day can be paid for."""
    if balance is None:
        return Check("balance", None, ads_boosts.BALANCE_UNKNOWN)
    if balance < LEAST_DAY:
        return Check(
            "balance", False, ads_boosts.boost_balance_low(Amount(f"{balance:f}"), currency, Amount(str(LEAST_DAY)))
        )
    return Check("balance", True, ads_boosts.boost_balance_good(Amount(f"{balance:f}"), currency))


def _check_guard(guards: Guards, currency: str) -> Check:
    most = guards.max_daily_budget
    if most <= 0:
        return Check("guards", None, ads_boosts.NO_GUARD)
    if most < LEAST_DAY:
        return Check(
            "guards", None, ads_boosts.boost_guard_too_low(Amount(f"{most:f}"), currency, Amount(str(LEAST_DAY)))
        )
    return Check("guards", True, ads_boosts.boost_guarded(Amount(f"{most:f}"), currency))


def _of_politics(known: _Known) -> Check:
    if known.is_political:
        return Check("political", False, ads_boosts.POLITICAL)
    if known.is_political is None:
        return Check("political", None, ads_boosts.PERHAPS_POLITICAL)
    return Check("political", True, ads_boosts.NOT_POLITICAL)


async def _read(app: Resources, facts: PostFacts, advertiser_id: str | None) -> _Known:
    mode = mode_of(app)
    async with app.read() as session:
        boosts = (
            await session.exec(
                select(Boost)
                .where(Boost.account_id == facts.account.id, Boost.mode == mode)
                .order_by(col(Boost.id).desc())
                .limit(50)
            )
        ).all()
        account = await session.get(Advertiser, advertiser_id) if advertiser_id else None
        grants = (
            (
                await session.exec(
                    select(AdvertiserGrant).where(
                        AdvertiserGrant.advertiser_id == advertiser_id, AdvertiserGrant.mode == mode
                    )
                )
            ).all()
            if advertiser_id
            else []
        )
    here = [one for one in boosts if one.post_id == facts.post.id and one.advertiser_id == advertiser_id]
    writers = [grant.role for grant in grants if not forbids(grant.role, Need.write)]
    role = writers[0] if writers else (grants[0].role if grants else None)
    return _Known(
        advertiser=account,
        role=role,
        is_connected=bool(grants),
        guards=await read_guards(app, advertiser_id) if advertiser_id else None,
        open_boost=next((one.id for one in here if one.state in _OPEN), None),
        is_political=_is_political(boosts),
        is_lent=any(_lends_still(one, utcnow()) for one in here),
    )


def _lends_still(boost: Boost, now: datetime) -> bool:
    """Tell whether the code of an earlier boost was taken up, and has not ended as far as is known."""
    is_over = boost.code_ends_at is not None and boost.code_ends_at <= now
    return bool(boost.code_encrypted and boost.identity_id) and not is_over


def _is_political(boosts: Sequence[Boost]) -> bool | None:
    """What the newest boost of this account that came so far has shown; None where there was none."""
    for one in boosts:
        if one.reason == POLITICAL:
            return True
        if one.campaign_id is not None:
            return False
    return None


def _decimal(text: str | None) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None
