"""What the forms of the inbox send, read leniently."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

from app.admin.comments.query import InboxQuery, query_of
from app.admin.shell.forms import list_of
from app.comments.actions import Action, Step

Id = Annotated[str, Field(max_length=36)]
Ids = Annotated[list[Id], BeforeValidator(list_of), Field(max_length=500)]
Short = Annotated[str, Field(max_length=2000)]
_UNDO = Annotated[str, Field(max_length=25_000)]


class InboxForm(BaseModel):
    """Base of the forms: `query` is the address of the queue in which they stand."""

    query: Short = ""

    @property
    def inbox(self) -> InboxQuery:
        return query_of(self.query)


class ReplyInput(InboxForm):
    """An answer. `then` "next" goes on to the comment `next`; `again`: the same words are meant a second time."""

    text: Annotated[str, Field(max_length=5000)] = ""
    then: Short = ""
    next: Id = ""
    again: bool = False


class OwnCommentInput(BaseModel):
    """A comment of one's own. `again`: the same words are meant a second time."""

    text: Annotated[str, Field(max_length=5000)] = ""
    account_id: Id = ""
    again: bool = False


class ActInput(InboxForm):
    """One thing done to some comments. `assigned_to` is for `assign` alone, "" being nobody."""

    ids: Ids = []
    action: Action
    assigned_to: Id = ""


class UndoInput(InboxForm):
    """The steps back, as `write_step` wrote them."""

    steps: Annotated[list[_UNDO], BeforeValidator(list_of), Field(max_length=50)] = []

    def to_steps(self) -> list[Step]:
        return [step for written in self.steps if (step := _read_step(written)) is not None]


class SyncInput(InboxForm):
    """Ask TikTok for new comments now."""


class CannedInput(BaseModel):
    """A prepared answer."""

    title: Short = ""
    text: Annotated[str, Field(max_length=5000)] = ""
    language: Annotated[str, Field(max_length=60)] = ""


class WordsInput(BaseModel):
    """Blocked words of an ad account: some are added, one a line, and what is ticked in `drop` is let go."""

    advertiser_id: Annotated[str, Field(max_length=20)] = ""
    add: Annotated[str, Field(max_length=60_000)] = ""
    drop: Annotated[list[Annotated[str, Field(max_length=255)]], BeforeValidator(list_of), Field(max_length=500)] = []


class RuleInput(BaseModel):
    """Of which new comments the newsroom is told."""

    words: Annotated[str, Field(max_length=60_000)] = ""
    negative: bool = False
    questions: bool = False
    every: bool = False


def write_step(step: Step) -> str:
    """Write a step for a hidden field."""
    return "|".join((step.action.value, step.assignee_id or "", ",".join(step.row_ids)))


def _read_step(written: str) -> Step | None:
    action, _, rest = written.partition("|")
    assignee_id, _, ids = rest.partition("|")
    if action not in set(Action) or not ids:
        return None
    return Step(Action(action), ids.split(",")[:500], assignee_id or None)


def lines_of(written: str) -> list[str]:
    """One entry a line."""
    return [line.strip() for line in written.splitlines() if line.strip()]
