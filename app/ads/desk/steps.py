"""One step of a person's at the desk: a budget or a switch, from what was on the screen to what is there afterwards.

What somebody saw goes with the step, so that nothing is changed that is another than they thought; and what was before
and after stands in the audit log, from where it can be taken back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.ads.connections.reach import reach_advertiser
from app.ads.connections.roles import Need
from app.ads.desk.changing import update_adgroup, update_campaign
from app.ads.desk.errors import ChangedMeanwhile, InvalidInput, SmartPlusReadOnly
from app.ads.desk.kinds import ADGROUPS, CAMPAIGNS, KINDS, ObjectKind
from app.ads.desk.listing import get_object
from app.ads.desk.switching import switch_objects
from app.ads.desk.writing import Desk
from app.audit.record import record
from app.errors import Conflict
from app.messages import ads_values
from app.messages.message import recognise
from app.tiktok_business.fields import read_amount

BUDGET, STATUS = "budget", "operation_status"
_UPDATES = {CAMPAIGNS: update_campaign, ADGROUPS: update_adgroup}


@dataclass(frozen=True, slots=True)
class Step:
    """What was changed: `before` and `after` are amounts as decimal text, or ENABLE and DISABLE."""

    plural: str
    object_id: str
    name: str
    field: str
    before: str
    after: str
    budget_mode: str = ""


async def change_budget(desk: Desk, plural: str, advertiser_id: str, object_id: str, budget: str, *, seen: str) -> Step:
    """Set the budget of a campaign or ad group, which was `seen` before. Raises ChangedMeanwhile, GuardBroken, …"""
    kind = KINDS[plural]
    if kind not in _UPDATES:
        raise InvalidInput({BUDGET: ads_values.NO_BUDGET_HERE})
    was = await _look(desk, kind, advertiser_id, object_id)
    before = read_amount(was.get(BUDGET))
    if before is None or before != read_amount(seen):
        raise ChangedMeanwhile
    after = await _UPDATES[kind](desk, advertiser_id, object_id, {BUDGET: budget})
    made = read_amount(after.get(BUDGET))
    step = Step(
        plural, object_id, _name(kind, was), BUDGET, seen, f"{made or Decimal(0):f}", str(was.get("budget_mode") or "")
    )
    await _note(desk, "ads.budget_changed", kind, step)
    return step


async def switch(desk: Desk, plural: str, advertiser_id: str, object_id: str, status: str, *, seen: str) -> Step:
    """Switch one object on (ENABLE) or off (DISABLE), which was `seen` before. Raises ChangedMeanwhile, …"""
    kind = KINDS[plural]
    was = await _look(desk, kind, advertiser_id, object_id)
    if was.get(STATUS) != seen:
        raise ChangedMeanwhile
    (row,) = await switch_objects(desk, kind, advertiser_id, {"ids": [object_id], STATUS: status})
    if row["error"]:
        raise Conflict(recognise(row["error"]["message"]), code=row["error"]["code"])
    step = Step(plural, object_id, _name(kind, was), STATUS, seen, status)
    await _note(desk, "ads.switched", kind, step)
    return step


async def _look(desk: Desk, kind: ObjectKind, advertiser_id: str, object_id: str) -> Mapping[str, Any]:
    """See what is there. The role comes first: whoever may only read is told so before anything is asked."""
    await reach_advertiser(desk.app, advertiser_id, need=Need.write)
    was = await get_object(desk.app, kind, advertiser_id, object_id)
    if was["smart_plus"]:
        raise SmartPlusReadOnly
    return was


def _name(kind: ObjectKind, was: Mapping[str, Any]) -> str:
    return str(was.get(kind.name_field) or was[kind.id_field])


async def _note(desk: Desk, action: str, kind: ObjectKind, step: Step) -> None:
    async with desk.app.transaction() as session:
        record(
            session, action, object_kind=kind.level, object_id=step.object_id, object_name=step.name,
            before={step.field: step.before}, after={step.field: step.after},
        )  # fmt: skip
