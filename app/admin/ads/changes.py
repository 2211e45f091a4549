"""What the buttons of the tree do: a step of the desk, and the tree as it is afterwards with the way back."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.admin.ads.desk import AdsDesk, explain_ads
from app.admin.ads.forms import BudgetInput, SwitchInput
from app.admin.ads.numbers import NOTHING, money
from app.admin.ads.tree import Ask, Done, say_budget
from app.admin.ads.words import GUARDS
from app.ads.desk.errors import GuardBroken
from app.ads.desk.steps import Step, change_budget, switch
from app.ads.desk.writing import Desk
from app.errors import AppError
from app.messages.translator import N_, Translator
from app.resources import Resources
from app.tiktok_business.fields import read_amount

ON, OFF = "ENABLE", "DISABLE"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a button, and the answer's status."""

    status: int = 200
    problem: Sequence[str] = ()
    done: Done | None = None
    ask: Ask | None = None


async def set_budget(
    app: Resources, i18n: Translator, desk: AdsDesk, who: str, plural: str, object_id: str, form: BudgetInput
) -> Outcome:
    """Set a budget; a guard asks first."""
    writer = Desk(app, who, form.confirmed)
    try:
        step = await change_budget(writer, plural, desk.advertiser_id, object_id, form.amount, seen=form.seen)
    except GuardBroken as broken:
        return Outcome(broken.status_code, ask=_ask(i18n, desk, plural, object_id, form, broken))
    except AppError as error:
        return Outcome(error.status_code, problem=explain_ads(i18n, error))
    return Outcome(done=_budget_done(i18n, desk, step))


async def set_switch(
    app: Resources, i18n: Translator, desk: AdsDesk, who: str, plural: str, object_id: str, form: SwitchInput
) -> Outcome:
    """Switch something on or off."""
    to = ON if form.on else OFF
    try:
        step = await switch(Desk(app, who), plural, desk.advertiser_id, object_id, to, seen=form.seen)
    except AppError as error:
        return Outcome(error.status_code, problem=explain_ads(i18n, error))
    words = {ON: i18n.gettext(N_("On")), OFF: i18n.gettext(N_("Switched off"))}
    return Outcome(
        done=Done(
            name=step.name, plural=plural, object_id=object_id, is_budget=False,
            before=words.get(step.before, step.before), after=words[step.after],
            undo_value="on" if step.before == ON else "", undo_seen=step.after,
        )
    )  # fmt: skip


def _budget_done(i18n: Translator, desk: AdsDesk, step: Step) -> Done:
    return Done(
        name=step.name, plural=step.plural, object_id=step.object_id, is_budget=True,
        before=money(i18n, read_amount(step.before), desk.currency),
        after=say_budget(i18n, read_amount(step.after), step.budget_mode, desk.currency),
        undo_value=step.before, undo_seen=step.after,
    )  # fmt: skip


def _ask(i18n: Translator, desk: AdsDesk, plural: str, object_id: str, form: BudgetInput, broken: GuardBroken) -> Ask:
    guards = [
        (i18n.gettext(GUARDS.get(one["name"], one["name"])), money(i18n, Decimal(one["most"]), desk.currency))
        for one in broken.members["guards"]
    ]
    return Ask(
        plural=plural, object_id=object_id, before=money(i18n, read_amount(form.seen), desk.currency) or NOTHING,
        after=money(i18n, read_amount(form.amount), desk.currency), value=form.amount, seen=form.seen,
        confirm=str(broken.members["confirm"]), guards=guards,
    )  # fmt: skip
