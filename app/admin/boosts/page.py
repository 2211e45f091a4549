"""What the pages of boosts show, and the panel on a post's page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from app.admin.ads.desk import explain_ads, read_desk
from app.admin.ads.numbers import NOTHING, count, money
from app.admin.ads.words import GUARDS
from app.admin.boosts.form import BoostForm
from app.admin.boosts.places import read_places
from app.admin.boosts.views import (
    Ask,
    BoostLine,
    BoostListPage,
    BoostPage,
    BoostPanel,
    CheckLine,
    NewBoostPage,
    StepLine,
)
from app.admin.boosts.words import CALLS, FIELDS, OBJECTIVES, STATES, STEP_STATES
from app.errors import AppError
from app.messages.message import read_whole
from app.messages.translator import N_, Translator
from app.resources import Resources

if TYPE_CHECKING:
    from app.ads.boosts.checks import Verdict
    from app.ads.boosts.service import Shown
    from app.ads.models import Boost

PATH, TAB = "/admin/ads/boosts", "boosts"
_MOST_ON_POST = 20
_CHIPS = {True: "good", False: "bad", None: "warn"}


async def read_panel(
    app: Resources, i18n: Translator, post_id: str, admin_id: str, *, form: BoostForm | None = None,
    problem: Sequence[str] = (), ask: Ask | None = None, is_looked_up: bool = False,
) -> BoostPanel:  # fmt: skip
    """Collect the panel from what is known here, and with `is_looked_up` from what TikTok says. Raises NotFound."""
    # The ads desk is read when somebody looks at it: most processes need not carry it.
    from app.ads.boosts import choosing, facts, service

    typed = form or BoostForm()
    accounts = await choosing.list_accounts(app)
    verdict, chosen = await choosing.judge_post(
        app, post_id, typed.advertiser_id or None, admin_id, is_looked_up=is_looked_up
    )
    listed = await service.list_boosts(app, post_id=post_id, limit=_MOST_ON_POST)
    async with app.read() as session:
        known = await facts.read_facts(session, post_id)
    url = known.article.url or ""
    found = await read_places(app, i18n, chosen if is_looked_up and verdict.can_boost else None, typed)
    return BoostPanel(
        post_id=post_id,
        can_boost=verdict.can_boost,
        lends_by=verdict.lends_by,
        checks=_checks(i18n, verdict),
        boosts=[_line(i18n, one) for one in listed.items],
        accounts=accounts,
        form=typed.model_copy(update={"advertiser_id": chosen or ""}),
        currency=next((one.currency for one in accounts if one.advertiser_id == chosen), ""),
        article_url=url if url.startswith("http") else "",
        fields=_said(i18n, FIELDS),
        objectives=_said(i18n, OBJECTIVES),
        calls=_said(i18n, CALLS),
        places=found[0],
        are_places_tiktok_s=found[1],
        problem=problem,
        ask=ask,
    )


@dataclass(frozen=True, slots=True)
class BoostAhead:
    """Whether a post that is not out yet could be boosted then."""

    can_boost: bool
    checks: Sequence[CheckLine]


async def read_ahead(app: Resources, i18n: Translator, post_id: str, admin_id: str) -> BoostAhead:
    """Judge it from what is known here: TikTok is not asked. Raises NotFound."""
    from app.ads.boosts.choosing import judge_post

    verdict, _ = await judge_post(app, post_id, None, admin_id, is_ahead=True)
    return BoostAhead(verdict.can_boost, _checks(i18n, verdict))


async def read_new_page(
    app: Resources, i18n: Translator, post_id: str, admin_id: str, *, form: BoostForm | None = None,
    error: AppError | None = None,
) -> NewBoostPage:  # fmt: skip
    """Collect the page of a new boost; with an error what stands in its way. Raises NotFound."""
    from app.ads.boosts import facts
    from app.ads.desk.errors import GuardBroken

    problem, ask = ([] if error is None else _explain(i18n, error)), None
    desk = await read_desk(app, admin_id, TAB)
    if isinstance(error, GuardBroken):
        guards = [
            (i18n.gettext(GUARDS.get(one["name"], one["name"])), money(i18n, Decimal(one["most"]), desk.currency))
            for one in error.members["guards"]
        ]
        problem, ask = [], Ask(guards, str(error.members["confirm"]))
    panel = await read_panel(app, i18n, post_id, admin_id, form=form, problem=problem, ask=ask, is_looked_up=True)
    async with app.read() as session:
        title = (await facts.read_facts(session, post_id)).title
    return NewBoostPage(desk=desk, title=title, panel=panel)


def _explain(i18n: Translator, error: AppError) -> list[str]:
    """Say what is wrong, each field by the name that stands beside it."""
    members = getattr(error, "members", {})
    faults = members.get("errors") or ()
    if not faults:
        return explain_ads(i18n, error)
    lines = []
    for fault in faults:
        name = i18n.gettext(FIELDS[fault["field"]]) if fault["field"] in FIELDS else ""
        why = fault["message"].shown(i18n) if hasattr(fault["message"], "shown") else str(fault["message"])
        lines.append(f"{name}: {why}" if name else why)
    return [i18n.gettext(N_("This was not sent.")), *lines]


async def read_list_page(app: Resources, i18n: Translator, admin_id: str, cursor: str | None) -> BoostListPage:
    """Collect the list of all boosts, the newest first."""
    from app.ads.boosts import service

    page = await service.list_boosts(app, cursor=cursor)
    desk = await read_desk(app, admin_id, TAB)
    return BoostListPage(desk, [_line(i18n, one) for one in page.items], page.next_cursor)


async def read_boost_page(
    app: Resources, i18n: Translator, boost_id: str, admin_id: str, *, error: AppError | None = None
) -> BoostPage:
    """Collect the page of one boost. Raises BoostNotFound."""
    from app.ads.boosts import service
    from app.ads.boosts.lease import UNDER_WAY

    shown = await service.show_boost(app, boost_id)
    boost = shown.boost
    return BoostPage(
        desk=await read_desk(app, admin_id, TAB),
        boost=boost,
        words=STATES[boost.state],
        detail=read_whole(boost.detail).shown(i18n) if boost.detail else "",
        trouble=read_whole(boost.trouble).shown(i18n) if boost.trouble else "",
        steps=_steps(i18n, shown),
        rows=_rows(i18n, shown),
        budget=money(i18n, Decimal(boost.budget), boost.currency),
        rules=_rules(i18n, boost),
        objective=i18n.gettext(OBJECTIVES.get(boost.objective_type, boost.objective_type)),
        can_start=boost.state in service.CAN_START,
        can_stop=boost.state in service.CAN_STOP,
        is_settled=boost.state not in UNDER_WAY,
        problem=[] if error is None else explain_ads(i18n, error),
    )


def _checks(i18n: Translator, verdict: "Verdict") -> list[CheckLine]:
    words = {True: N_("good"), False: N_("in the way"), None: N_("note")}
    order = {False: 0, None: 1, True: 2}
    return [
        CheckLine(_CHIPS[one.is_good], i18n.gettext(words[one.is_good]), one.why.shown(i18n))
        for one in sorted(verdict.checks, key=lambda one: order[one.is_good])
    ]


def _line(i18n: Translator, shown: "Shown") -> BoostLine:
    boost = shown.boost
    return BoostLine(
        href=f"{PATH}/{boost.id}",
        title=boost.title,
        words=STATES[boost.state],
        budget=money(i18n, Decimal(boost.budget), boost.currency),
        spent=money(i18n, shown.paid.spend, boost.currency),
        boost=boost,
    )


def _steps(i18n: Translator, shown: "Shown") -> list[StepLine]:
    from app.messages import ads_boosts

    return [
        StepLine(
            ads_boosts.STEPS[one.name].shown(i18n), i18n.gettext(STEP_STATES[one.state][0]), STEP_STATES[one.state][1],
            one.result_id or "",
        )
        for one in shown.steps
    ]  # fmt: skip


def _rows(i18n: Translator, shown: "Shown") -> list[tuple[str, str, str]]:
    """Figures side by side: of the post itself, and of the boost."""
    paid, organic, currency = shown.paid, shown.organic, shown.boost.currency
    both = (
        (N_("Views"), organic.views, paid.views),
        (N_("Likes"), organic.likes, paid.likes),
        (N_("Comments"), organic.comments, paid.comments),
        (N_("Shares"), organic.shares, paid.shares),
        (N_("Times shown"), None, paid.impressions),
        (N_("Clicks"), None, paid.clicks),
    )
    rows = [(i18n.gettext(name), count(i18n, free), count(i18n, bought)) for name, free, bought in both]
    costs = (
        (N_("Spent"), paid.spend),
        (N_("Cost of a thousand times shown"), paid.cost_per_thousand),
        (N_("Cost of a click"), paid.cost_per_click),
    )
    return rows + [(i18n.gettext(name), NOTHING, money(i18n, amount, currency)) for name, amount in costs]


def _rules(i18n: Translator, boost: "Boost") -> list[str]:
    told = []
    if boost.max_spend:
        told.append((FIELDS["max_spend"], money(i18n, Decimal(boost.max_spend), boost.currency)))
    if boost.max_hours:
        told.append((FIELDS["max_hours"], count(i18n, boost.max_hours)))
    if boost.max_bad_comments:
        words = ", ".join(boost.bad_words[:10])
        told.append((FIELDS["max_bad_comments"], f"{count(i18n, boost.max_bad_comments)} ({words})"))
    return [f"{i18n.gettext(name)}: {value}" for name, value in told]


def _said(i18n: Translator, words: Mapping[str, str]) -> dict[str, str]:
    return {name: i18n.gettext(text) for name, text in words.items()}
