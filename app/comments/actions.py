"""What can be done to comments, by whom, and what became of it. It needs nothing of TikTok's client."""

from dataclasses import dataclass, field
from enum import StrEnum

from app.errors import AppError


@dataclass(frozen=True, slots=True)
class By:
    """Who acts: the name stands on record. `admin_id` is None for a program."""

    name: str
    admin_id: str | None = None


class Action(StrEnum):
    """What can be done to many at once. Programs read these names: they never change."""

    hide = "hide"
    show = "show"
    delete = "delete"
    done = "done"
    open = "open"
    unread = "unread"
    assign = "assign"
    pin = "pin"
    unpin = "unpin"
    like = "like"
    unlike = "unlike"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one comment. `was_changed`: it is not as it was."""

    row_id: str
    error: AppError | None = None
    was_changed: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """An action on some comments. `assignee_id` is for `assign` alone."""

    action: Action
    row_ids: list[str]
    assignee_id: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What became of each, and the steps that bring back what was before; of a deletion there are none."""

    outcomes: list[Outcome]
    undo: list[Step] = field(default_factory=list)
