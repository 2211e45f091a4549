"""What becomes of ad groups: changed, switched, and given other budgets."""

from typing import Annotated, Any, Literal

import msgspec

from app.emulator.business_api import objects
from app.emulator.business_api.access import need_advertiser
from app.emulator.business_api.adgroup_fields import KEPT
from app.emulator.business_api.adgroups import DeepBid, Number, read_budget, read_schedule, show_price
from app.emulator.business_api.call import Call, write
from app.emulator.business_api.delivery import settle, today
from app.emulator.business_api.errors import BusinessError, refuse
from app.emulator.business_api.objects import OperationStatus
from app.emulator.business_api.standing import plant, stand_adgroup
from app.emulator.business_api.store import Doc
from app.emulator.business_api.times import local, read_stamp, stamp


class Update(msgspec.Struct):
    advertiser_id: str
    adgroup_id: str
    adgroup_name: str | None = None
    location_ids: Annotated[list[str], msgspec.Meta(min_length=1, max_length=3_000)] | None = None
    budget: Number | None = None
    schedule_type: Literal["SCHEDULE_FROM_NOW", "SCHEDULE_START_END"] | None = None
    schedule_start_time: str | None = None
    schedule_end_time: str | None = None
    bid_type: str | None = None
    bid_price: Number | None = None
    conversion_bid_price: Number | None = None
    deep_bid_type: DeepBid | None = None
    pacing: Literal["PACING_MODE_SMOOTH", "PACING_MODE_FAST"] | None = None


class Switch(msgspec.Struct):
    advertiser_id: str
    adgroup_ids: list[str]
    operation_status: OperationStatus
    allow_partial_success: bool = False


class Budget(msgspec.Struct):
    adgroup_id: str
    budget: Number


class ScheduledBudget(msgspec.Struct):
    adgroup_id: str
    scheduled_budget: Number


class Budgets(msgspec.Struct):
    advertiser_id: str
    budget: list[Budget] | None = None
    scheduled_budget: list[ScheduledBudget] | None = None


@write("adgroup/update/", 211, sandbox=True)
def update_adgroup(call: Call) -> Any:
    asked, kept = call.take_with(Update, KEPT)
    advertiser = settle(call.book, need_advertiser(call, asked.advertiser_id))
    adgroup = objects.need_object(call, "ADGROUP", asked.adgroup_id, asked.advertiser_id)
    objects.refuse_smart_plus(adgroup)
    changes = kept | _read_changes(call, advertiser, adgroup, asked)
    if not changes:
        raise BusinessError(40012, "There is nothing to update.")
    changed = objects.save_changed(call, "ADGROUP", adgroup, changes)
    return objects.show(changed, stand_adgroup(plant(call.book, advertiser), changed), sandbox=call.sandbox)


def _read_changes(call: Call, advertiser: Doc, adgroup: Doc, asked: Update) -> Doc:
    changes: Doc = {
        name: value
        for name in ("location_ids", "bid_type", "deep_bid_type", "pacing")
        if (value := getattr(asked, name)) is not None
    }
    if asked.adgroup_name is not None:
        objects.check_name("adgroup_name", asked.adgroup_name)
        changes["adgroup_name"] = asked.adgroup_name
    for name in ("bid_price", "conversion_bid_price"):
        if getattr(asked, name) is not None:
            changes[name] = show_price(name, getattr(asked, name))
    if asked.schedule_type or asked.schedule_start_time or asked.schedule_end_time:
        kind = asked.schedule_type or adgroup["schedule_type"]
        start = asked.schedule_start_time or adgroup["schedule_start_time"]
        end = asked.schedule_end_time or adgroup["schedule_end_time"]
        starts, ends = read_schedule(call, kind, start, end)
        changes |= {"schedule_type": kind, "schedule_start_time": stamp(starts)}
        changes |= {"schedule_end_time": stamp(ends)} if ends is not None else {}
    if asked.budget is not None:
        changes["budget"] = _read_new_budget(call, advertiser, {**adgroup, **changes}, asked.budget)
    return changes


def _read_new_budget(call: Call, advertiser: Doc, adgroup: Doc, budget: Any) -> float:
    starts = read_stamp("schedule_start_time", adgroup["schedule_start_time"])
    ends = read_stamp("schedule_end_time", adgroup["schedule_end_time"])
    new = read_budget(adgroup["budget_mode"], budget, advertiser, (starts, ends), current=True)
    day = None if adgroup["budget_mode"] == "BUDGET_MODE_TOTAL" else today(call.book, advertiser)
    if new * 100 < objects.spent(call.book, "adgroup_id", adgroup["adgroup_id"], day) * 1.05:
        raise refuse("budget", "it is at least 105% of what is spent already")
    return new


@write("adgroup/status/update/", 211, sandbox=True)
def switch_adgroups(call: Call) -> Any:
    asked = call.take(Switch)
    settle(call.book, need_advertiser(call, asked.advertiser_id))
    objects.check_many("adgroup_ids", asked.adgroup_ids)
    done, errors = [], []
    for one in asked.adgroup_ids:
        try:
            adgroup = objects.need_object(call, "ADGROUP", one, asked.advertiser_id)
            objects.refuse_smart_plus(adgroup)
            objects.switch_one(call, "ADGROUP", adgroup, asked.operation_status)
            done.append(one)
        except BusinessError as error:
            if not asked.allow_partial_success:
                raise
            errors.append({"adgroup_id": one, "error_message": error.message})
    if errors:
        call.partial, call.message = True, "Partially successful."
    return {"adgroup_ids": done, "status": asked.operation_status, "error_list": errors}


@write("adgroup/budget/update/", 211)
def change_budgets(call: Call) -> Any:
    asked = call.take(Budgets)
    advertiser = settle(call.book, need_advertiser(call, asked.advertiser_id))
    given = [*((one.adgroup_id, one.budget, False) for one in asked.budget or [])]
    given += [(one.adgroup_id, one.scheduled_budget, True) for one in asked.scheduled_budget or []]
    if bool(asked.budget) == bool(asked.scheduled_budget):
        raise refuse("budget", "exactly one of budget and scheduled_budget is given")
    objects.check_many("adgroup_ids", [one for one, _, _ in given])
    wall = local(call.now, advertiser["timezone"])
    if (wall.hour, wall.minute) >= (23, 55):
        raise BusinessError(40002, "Budgets cannot be changed from 23:55 to 00:00 of the ad account's time.")
    for adgroup_id, budget, daily in given:
        adgroup = objects.need_object(call, "ADGROUP", adgroup_id, asked.advertiser_id)
        objects.refuse_smart_plus(adgroup)
        if daily != (adgroup["budget_mode"] != "BUDGET_MODE_TOTAL"):
            field = "scheduled_budget" if daily else "budget"
            raise refuse(field, f"it does not fit {adgroup['budget_mode']} of ad group {adgroup_id}")
        new = _read_new_budget(call, advertiser, adgroup, budget)
        objects.save_changed(call, "ADGROUP", adgroup, _schedule(call, advertiser, new) if daily else {"budget": new})
    return {"adgroup_ids": [one for one, _, _ in given]}


def _schedule(call: Call, advertiser: Doc, budget: float) -> Doc:
    """A daily budget changes with the next day of the account; until then both stand there."""
    return {"scheduled_budget": budget, "scheduled_after": today(call.book, advertiser)}


operations = (update_adgroup, switch_adgroups, change_budgets)
