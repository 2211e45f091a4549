"""What the forms of the ads send, read leniently: a newsroom writes 1 200,50 where a program writes 1200.50."""

from typing import Annotated
from urllib.parse import parse_qsl

from pydantic import BaseModel, Field

from app.admin.ads.tree_query import TreeQuery, read_query

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
