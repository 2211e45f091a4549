"""What the forms of the ads send, read leniently: a newsroom writes 1 200,50 where a program writes 1200.50."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, Field

from app.admin.ads.tree_query import TreeQuery, read_query
from app.ads.models import ReportEvery, WatchKind
from app.messages.translator import N_

Short = Annotated[str, Field(max_length=2000)]
_SPACES = str.maketrans("", "", " \u00a0\u202f\t")


def plain_amount(text: str) -> str:
    """Give an amount as programs write it; what is none stays as it is, and is refused where it is read."""
    bare = text.translate(_SPACES)
    return bare.replace(",", ".") if bare.count(",") == 1 and "." not in bare else bare


class TreeForm(BaseModel):
    """Base of the forms in the tree: `tree` is the address of the list in which they stand."""

    tree: Annotated[str, Field(max_length=4000)] = ""
    seen: Short = ""

    @property
    def query(self) -> TreeQuery:
        return read_query(parse_qsl(self.tree.partition("?")[2]))


class BudgetInput(TreeForm):
    """A new budget. `confirm` names the guards that this very amount may pass."""

    budget: Short = ""
    confirm: Short = ""

    @property
    def amount(self) -> str:
        return plain_amount(self.budget)

    @property
    def confirmed(self) -> list[str]:
        return [part for part in self.confirm.split(",") if part]


class SwitchInput(TreeForm):
    """Whether it is to be on."""

    on: bool = False


class CurrentInput(BaseModel):
    """On which ad account somebody wants to work, and from which page they come."""

    advertiser_id: Short = ""
    back: Short = ""


class GuardsForm(BaseModel):
    """The form; empty is the installation's, 0 is no guard."""

    max_raise_percent: Short = ""
    max_daily_budget: Short = ""
    max_total_budget: Short = ""
    max_transfer: Short = ""

    def given(self) -> dict[str, Any]:
        amounts = {name: plain_amount(value) for name, value in self.model_dump().items()}
        # An amount is above zero where it is read; that there is no guard is said by a number.
        return {name: 0 if value.strip("0.") == "" else value for name, value in amounts.items() if value}


WATCH_KINDS: Sequence[tuple[str, str, bool]] = (
    ("status:advertiser", N_("Status of the ad account"), False),
    ("status:campaign", N_("Status of campaigns"), False),
    ("status:adgroup", N_("Status of ad groups"), False),
    ("status:ad", N_("Status of ads"), False),
    ("review:adgroup", N_("Review of ad groups"), False),
    ("review:ad", N_("Review of ads"), False),
    ("spend:advertiser", N_("Spending of the ad account"), True),
    ("spend:campaign", N_("Spending of each campaign"), True),
    ("spend:adgroup", N_("Spending of each ad group"), True),
    ("spend:ad", N_("Spending of each ad"), True),
    ("balance:advertiser", N_("Balance of the ad account"), True),
)
"""What can be watched, and whether an amount belongs to it."""
_OF_MONEY = {name for name, _, is_of_money in WATCH_KINDS if is_of_money}


class WatchForm(BaseModel):
    """The form. What does not belong to the kind is not sent on: the page hides those fields."""

    what: Short = ""
    name: Short = ""
    threshold: Short = ""
    period: Short = "day"
    object_ids: Short = ""

    def body(self, advertiser_id: str) -> dict[str, Any]:
        kind, _, level = self.what.partition(":")
        body: dict[str, Any] = {"advertiser_id": advertiser_id, "kind": kind, "level": level}
        ids = [one for one in self.object_ids.replace(",", " ").split() if one]
        if self.name.strip():
            body["name"] = self.name.strip()
        if self.what in _OF_MONEY and self.threshold.strip():
            body["threshold"] = plain_amount(self.threshold)
        if kind == WatchKind.spend:
            body["period"] = self.period
        if ids and level != "advertiser":
            body["object_ids"] = ids
        return body


class ReportForm(BaseModel):
    """Which report is to be made: its address on the page."""

    report: Annotated[str, Field(max_length=4000)] = ""


class KeepForm(ReportForm):
    """Under which name it is kept, and when it is told."""

    name: Short = ""
    every: ReportEvery = ReportEvery.never
    hour: Annotated[int, Field(ge=0, le=23)] = 8
