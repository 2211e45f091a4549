"""The record of what was asked of the ads, by the gateway and by people: what became of it, and may it be repeated."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from app.admin.ads.desk import AdsDesk
from app.ads.internal import audit
from app.ads.models import InternalCall
from app.messages.translator import N_
from app.resources import Resources

PATH = "/admin/ads/calls"
_AT_ONCE = 50

OUTCOMES: Mapping[str, tuple[str, str]] = {
    "done": (N_("Done"), "good"),
    "not_done": (N_("Not done"), "bad"),
    "partial": (N_("Done in part"), "warn"),
    "unknown": (N_("Answer lost"), "odd"),
}
_OPEN = (N_("Under way, or its process died"), "odd")

_ANSWERED = N_("A repeat with the same key gets this very answer, and nothing is sent.")
_LOOKED_UP = N_("A repeat with the same key is looked up at TikTok first, and never sent on a guess.")
_NOTHING_DONE = N_("Nothing was done at TikTok: it may be sent again.")
_NO_KEY = N_("It had no key: whoever repeats it has it done a second time.")
_READS = N_("It only read: it may be asked again at any time.")
_SETS = N_("It sets how something stands: done twice, it is the same.")
_LOOK_FIRST = N_("It had no key, and may have been done: look at TikTok before anybody repeats it.")

_READING = frozenset({"Ping", "TestPing", "GetCampaign", "ListCampaigns", "GetReport", "ListAdvertisers"})
_SETTING = ("UpdateCampaign", "UpdateCampaignStatus", ".status", ".update", ".budget")


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call. `repeat` says what a repeat of it does."""

    call: InternalCall
    label: str
    tone: str
    repeat: str
    payload: str


@dataclass(frozen=True, slots=True)
class CallsPage:
    desk: AdsDesk
    problem: Sequence[str]
    calls: Sequence[CallLine]
    operation: str
    outcome: str
    outcomes: Sequence[tuple[str, str]]
    older: str

    @property
    def is_plain(self) -> bool:
        return not (self.operation or self.outcome)


async def read_calls(app: Resources, desk: AdsDesk, *, operation: str, outcome: str, cursor: str) -> CallsPage:
    """Collect the page. The record is of the whole installation, whichever ad account is chosen."""
    outcome = outcome if outcome in OUTCOMES else ""
    await audit.flush(app)
    async with app.read() as session:
        page = await audit.list_calls(
            session, operation=operation or None, outcome=outcome or None, limit=_AT_ONCE, cursor=cursor or None
        )
    asked = {"operation": operation, "outcome": outcome, "cursor": page.next_cursor or ""}
    given = {name: value for name, value in asked.items() if value}
    return CallsPage(
        desk=desk,
        problem=(),
        calls=[_line(call) for call in page.items],
        operation=operation,
        outcome=outcome,
        outcomes=[(name, label) for name, (label, _) in OUTCOMES.items()],
        older=f"{PATH}?{urlencode(given)}" if page.next_cursor else "",
    )


def _line(call: InternalCall) -> CallLine:
    label, tone = OUTCOMES.get(call.outcome or "", _OPEN) if call.success is not None else _OPEN
    text = json.dumps(call.payload, ensure_ascii=False, indent=2, sort_keys=True)
    return CallLine(call, label, tone, _repeat(call), text)


def _repeat(call: InternalCall) -> str:
    if call.operation in _READING:
        return _READS
    if call.success is not None and call.outcome == "not_done":
        return _NOTHING_DONE
    is_settled = call.success is not None and call.outcome == "done"
    if call.idempotency_key:
        return _ANSWERED if is_settled else _LOOKED_UP
    if call.operation.endswith(_SETTING):
        return _SETS
    return _NO_KEY if is_settled else _LOOK_FIRST
