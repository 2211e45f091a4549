"""Spending guards: pure decisions on amounts, before anything is called."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from app.ads.guard_limits import Guards
from app.ads.internal.answers import Code, Failure
from app.ads.internal.operations import Limit
from app.tiktok_business.campaigns import BudgetMode

_DAILY = {BudgetMode.DAY, BudgetMode.DYNAMIC_DAILY}


def budget_limits(
    guards: Guards, mode: str, budget: Decimal | None, *, before: Decimal | None = None
) -> Sequence[Limit]:
    """Tell which guards a new budget breaks; `before` is the present one."""
    if budget is None:
        return ()
    broken = []
    if mode in _DAILY and 0 < guards.max_daily_budget < budget:
        most = guards.max_daily_budget
        broken.append(Limit("ADS_MAX_DAILY_BUDGET", budget, most, "budget", "a daily budget"))
    # A mode that is new at TikTok is held to the limit of a lifetime budget too.
    if mode not in _DAILY and 0 < guards.max_total_budget < budget:
        most = guards.max_total_budget
        broken.append(Limit("ADS_MAX_TOTAL_BUDGET", budget, most, "budget", "a lifetime budget"))
    percent = guards.max_raise_percent
    if before is not None and before > 0 and percent > 0:
        most = before * (100 + percent) / 100
        if budget > most:
            broken.append(Limit("ADS_MAX_RAISE_PERCENT", budget, most, "budget", f"a raise from {before:f}"))
    return broken


def transfer_limits(guards: Guards, amount: Decimal) -> Sequence[Limit]:
    """Tell which guards a transfer breaks."""
    most = guards.max_transfer
    return [Limit("ADS_MAX_TRANSFER", amount, most, "amount", "a transfer")] if 0 < most < amount else ()


def unconfirmed(limits: Sequence[Limit], confirmed: Sequence[str]) -> Sequence[Limit]:
    """Leave out the guards of which exactly this value was confirmed."""
    given = {parsed for text in confirmed if (parsed := _parse(text))}
    return [limit for limit in limits if (limit.name, limit.value) not in given]


def guard_failure(limits: Sequence[Limit]) -> Failure:
    """Say what is broken, and what lets exactly this pass once."""
    told = "; ".join(one.why or f"{one.name}: {one.what} to {one.value:f} is over {one.most:f}" for one in limits)
    confirm = ", ".join(one.confirmation for one in limits)
    help_ = f'If that is meant, send it with context.confirm "{confirm}", or change the setting.'
    fields = {one.field: one.why or f"{one.name} allows {one.most:f}, and this is {one.value:f}" for one in limits}
    return Failure(Code.GUARD, told, help_, fields=fields)


def _parse(text: str) -> tuple[str, Decimal] | None:
    name, colon, value = text.partition(":")
    try:
        amount = Decimal(value.strip())
    except InvalidOperation:
        return None
    return (name.strip().upper(), amount) if colon and amount.is_finite() else None
