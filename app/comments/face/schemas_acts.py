"""What is done to comments, as the API takes it and answers."""

from typing import Annotated, Self

from pydantic import BaseModel, Field

from app.comments.actions import Action, Done, Outcome, Step
from app.comments.face.schemas import ReplyRead, Strict
from app.messages.message import Message

Ids = Annotated[list[Annotated[str, Field(max_length=36)]], Field(min_length=1, max_length=500)]


class ReplyAsk(Strict):
    """`again`: the same text is meant a second time."""

    text: Annotated[str, Field(max_length=5000)]
    again: bool = False


class ReplyAnswer(ReplyRead):
    """`replayed`: it had been said before, and nothing was sent now."""

    replayed: bool


class BulkAsk(Strict):
    """`assigned_to` is for `assign`: a person's id, or null for nobody."""

    action: Action
    ids: Ids
    assigned_to: Annotated[str, Field(max_length=36)] | None = None


class ErrorRead(BaseModel):
    code: str
    message: Message


class OutcomeRead(BaseModel):
    id: str
    ok: bool
    changed: bool
    error: ErrorRead | None

    @classmethod
    def of(cls, one: Outcome) -> Self:
        error = ErrorRead(code=one.error.code, message=one.error.message) if one.error else None
        return cls(id=one.row_id, ok=one.error is None, changed=one.was_changed, error=error)


class StepRead(BaseModel):
    """What stands here is a body for the same address."""

    action: Action
    ids: list[str]
    assigned_to: str | None

    @classmethod
    def of(cls, step: Step) -> Self:
        return cls(action=step.action, ids=step.row_ids, assigned_to=step.assignee_id)


class BulkAnswer(BaseModel):
    """What became of each; `undo` brings back what was before, and is empty where nothing can."""

    results: list[OutcomeRead]
    undo: list[StepRead]

    @classmethod
    def of(cls, done: Done) -> Self:
        return cls(results=[OutcomeRead.of(one) for one in done.outcomes], undo=[StepRead.of(one) for one in done.undo])


class AssigneeAsk(Strict):
    assigned_to: Annotated[str, Field(max_length=36)] | None


class AnsweringRead(BaseModel):
    """Who else answers this comment just now."""

    answering: list[str]
