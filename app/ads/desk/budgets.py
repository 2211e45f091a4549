"""Budgets of several ad groups at once: of lifetime ones at once, of daily ones from the next day on."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from app.ads.connections.reach import Reach
from app.ads.desk.adgroup_inputs import least_budget_of
from app.ads.desk.errors import InvalidInput
from app.ads.desk.inputs import DeskInput, least_budget
from app.ads.desk.kinds import ADGROUPS
from app.ads.desk.listing import list_all
from app.ads.desk.writing import Desk
from app.ads.guard_limits import read_guards
from app.ads.internal.operations import Limit
from app.ads.internal.spending import budget_limits
from app.ads.values import Id, Money
from app.messages import ads_values
from app.tiktok_business.adgroups import AdGroup
from app.tiktok_business.campaigns import BudgetMode

MOST_AT_ONCE = 20
_NOW, _TOMORROW = "budget", "scheduled_budget"


class _Row(DeskInput):
    required: ClassVar[frozenset[str]] = frozenset({"adgroup_id", "budget"})
    adgroup_id: Id | None = None
    budget: Money | None = None


class _ScheduledRow(DeskInput):
    required: ClassVar[frozenset[str]] = frozenset({"adgroup_id", "scheduled_budget"})
    adgroup_id: Id | None = None
    scheduled_budget: Money | None = None


class BudgetsInput(DeskInput):
    """TikTok's own two forms, of which one is given."""

    budget: list[Any] | None = None
    scheduled_budget: list[Any] | None = None

    def faults(self) -> Iterator[tuple[str, str]]:
        if (self.budget is None) == (self.scheduled_budget is None):
            yield _NOW, ads_values.value_one_of_two("scheduled_budget")


async def change_budgets(desk: Desk, advertiser_id: str, body: object) -> list[dict[str, Any]]:
    """Change budgets; give a row for each ad group. Raises InvalidInput, and what `Desk.write` raises."""
    name, wanted = _read(body)

    async def prepare(reach: Reach) -> Sequence[Limit]:
        rows = await list_all(reach, ADGROUPS, {"adgroup_ids": list(wanted)})
        known: dict[str, AdGroup] = {row.adgroup_id: row for row in rows}
        faults = dict(_faults(name, wanted, known, reach))
        if faults:
            raise InvalidInput(faults)
        guards = await read_guards(desk.app, advertiser_id)
        return [
            limit
            for one, budget in wanted.items()
            for limit in budget_limits(guards, known[one].budget_mode, budget, before=known[one].budget)
        ]

    async def work(reach: Reach) -> list[dict[str, Any]]:
        given = {"now": wanted} if name == _NOW else {"tomorrow": wanted}
        changed = await reach.client.adgroups.update_budgets(advertiser_id, **given)
        failed = {one.adgroup_id: one.error_message for one in changed.error_list or []}
        return [_shown(name, one, budget, failed.get(one)) for one, budget in wanted.items()]

    payload = {name: [{"adgroup_id": one, name: f"{budget:f}"} for one, budget in wanted.items()]}
    return await desk.write("ads.adgroups.budget", advertiser_id, payload, work, prepare)


def _read(body: object) -> tuple[str, dict[str, Decimal]]:
    given, faults = BudgetsInput.try_read(body)
    name, kind = (_NOW, _Row) if given.budget is not None else (_TOMORROW, _ScheduledRow)
    rows: list[Any] = getattr(given, name) or []
    if not faults and not 0 < len(rows) <= MOST_AT_ONCE:
        faults[name] = ads_values.value_list_up_to(str(MOST_AT_ONCE))
    wanted: dict[str, Decimal] = {}
    for number, row in enumerate(rows[:MOST_AT_ONCE]):
        made, wrong = kind.try_read(row)
        faults |= {f"{name}.{number}.{field}": why for field, why in wrong.items()}
        one = getattr(made, "adgroup_id", None)
        if one in wanted:
            faults[f"{name}.{number}.adgroup_id"] = ads_values.TWICE
        elif not wrong:
            wanted[str(one)] = getattr(made, name)
    if faults:
        raise InvalidInput(faults)
    return name, wanted


def _faults(
    name: str, wanted: Mapping[str, Decimal], known: Mapping[str, AdGroup], reach: Reach
) -> Iterator[tuple[str, str]]:
    """Tell what is wrong with budgets, by what the ad groups are."""
    for number, (one, budget) in enumerate(wanted.items()):
        adgroup, place = known.get(one), f"{name}.{number}"
        if adgroup is None:
            yield f"{place}.adgroup_id", ads_values.NO_ADGROUP
        elif adgroup.budget_mode == BudgetMode.INFINITE:
            yield f"{place}.{name}", ads_values.MODE_STAYS
        elif adgroup.budget_mode == BudgetMode.TOTAL and name == _TOMORROW:
            yield f"{place}.{name}", ads_values.LIFETIME_BUDGET
        elif adgroup.budget_mode != BudgetMode.TOTAL and name == _NOW:
            yield f"{place}.{name}", ads_values.DAILY_BUDGET
        else:
            span = adgroup.schedule_start_time, adgroup.schedule_end_time
            if why := least_budget(budget, least_budget_of(adgroup.budget_mode, *span), reach.currency):
                yield f"{place}.{name}", why


def _shown(name: str, adgroup_id: str, budget: Decimal, said: str | None) -> dict[str, Any]:
    told = None if said is None else {"code": "tiktok_refused", "message": said or "TikTok did not change it."}
    return {"adgroup_id": adgroup_id, name: budget, "error": told}
