"""The page of an ad account's spending guards: what counts, and where it comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.admin.ads.desk import AdsDesk, explain_ads
from app.admin.ads.forms import GuardsForm
from app.admin.ads.numbers import money
from app.ads.guards.face import change_guards, show_guards
from app.errors import AppError
from app.messages.translator import N_, Translator
from app.resources import Resources

PATH = "/admin/ads/guards"

GUARDS: Sequence[tuple[str, str, str]] = (
    ("max_daily_budget", N_("Highest daily budget"), N_("Of a campaign or ad group.")),
    (
        "max_total_budget",
        N_("Highest total budget"),
        N_("Of a campaign or ad group that has one budget for all its days."),
    ),
    ("max_raise_percent", N_("Highest raise at once"), N_("In percent of the budget before: 200 lets 50 become 150.")),
    ("max_transfer", N_("Highest transfer"), N_("Money that the gateway moves in or out at once.")),
)


@dataclass(frozen=True, slots=True)
class GuardLine:
    """One guard. `own` is what stands in its field."""

    name: str
    label: str
    hint: str
    own: str
    counts: str
    of_all: str
    is_own: bool
    fault: str


@dataclass(frozen=True, slots=True)
class GuardsPage:
    desk: AdsDesk
    problem: Sequence[str]
    lines: Sequence[GuardLine]


async def read_guards_page(
    app: Resources, i18n: Translator, desk: AdsDesk, *, form: GuardsForm | None = None, error: AppError | None = None
) -> GuardsPage:
    """Collect the page; a form that was not taken keeps what was typed."""
    if desk.current is None:
        return GuardsPage(desk, (), ())
    told = await show_guards(app, desk.advertiser_id)
    faults = {one["field"]: one["message"].shown(i18n) for one in getattr(error, "members", {}).get("errors", ())}
    lines = [_line(i18n, desk, told, name, label, hint, form, faults) for name, label, hint in GUARDS]
    problem = explain_ads(i18n, error)[:1] if error is not None else ()
    return GuardsPage(desk, problem, lines)


async def set_guards(app: Resources, desk: AdsDesk, form: GuardsForm) -> None:
    """Set them. Raises InvalidInput."""
    await change_guards(app, desk.advertiser_id, form.given())


def _line(
    i18n: Translator,
    desk: AdsDesk,
    told: Mapping[str, Any],
    name: str,
    label: str,
    hint: str,
    form: GuardsForm | None,
    faults: Mapping[str, str],
) -> GuardLine:
    own: Decimal | None = told["own"][name]
    stored = "" if own is None else f"{own:f}"
    fault = faults.get(name, "")
    return GuardLine(
        name=name,
        label=label,
        hint=hint,
        own=getattr(form, name) if form is not None else stored,
        counts=_said(i18n, desk, name, told["guards"][name]),
        of_all=_said(i18n, desk, name, told["installation"][name]),
        is_own=own is not None,
        fault=fault[:1].upper() + fault[1:],
    )


def _said(i18n: Translator, desk: AdsDesk, name: str, amount: Decimal) -> str:
    if not amount:
        return i18n.gettext(N_("no guard"))
    return money(i18n, amount, "%" if name == "max_raise_percent" else desk.currency)
